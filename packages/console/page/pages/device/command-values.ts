/** The values of a command's parameters, as they are typed and as they are sent. */

/** What is typed, by parameter. */
export type Typed = Readonly<Record<string, string | boolean>>;

interface Example {
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

export function exampleOf(example: unknown): Example {
  return typeof example === 'object' && example !== null ? (example as Example) : {};
}

export function typedOf(params: Example['params'] = {}): Typed {
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) => [
      key,
      typeof value === 'boolean' || typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}

/** What is typed, as the types that the example has. A text stays a text; what is left empty is left out. */
export function readAs(
  params: Example['params'] = {},
  typed: Typed,
): { readonly params: Record<string, unknown>; readonly wrong: readonly string[] } {
  const read: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const [key, value] of Object.entries(typed)) {
    if (typeof value === 'boolean' || typeof params[key] === 'string') {
      if (value !== '') read[key] = value;
      continue;
    }
    if (value.trim() === '') continue;
    try {
      const parsed: unknown = JSON.parse(value);
      if (typeof params[key] === 'number' && typeof parsed !== 'number') wrong.push(key);
      else read[key] = parsed;
    } catch {
      wrong.push(key);
    }
  }
  return { params: read, wrong };
}
