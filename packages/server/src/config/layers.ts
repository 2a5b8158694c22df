/** Settings with their places, and merging of settings from several places. */

type Origin = 'file' | 'environment' | 'flag';

export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly origin: Origin;
  /** The place, for messages: `fairlead.yaml:3:5`, `FAIRLEAD_HTTP__LISTEN`, `--http`. */
  readonly where: string;
  /** The place of the first `depth` keys of the path, which is a section that contains this value. */
  readonly whereAbove: (depth: number) => string;
}

type Tree = { [key: string]: unknown };

export const pathText = (path: readonly PropertyKey[]): string => path.map(String).join('.');

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Flattens a nested object into settings. A key without a value (`null`) sets nothing: its setting has the value
 * undefined and exists only so that its key can be checked.
 */
export function* settingsOf(
  value: unknown,
  origin: Origin,
  where: (path: readonly string[]) => string,
  path: readonly string[] = [],
): Generator<Setting> {
  if (value === undefined || (value === null && path.length === 0)) return;
  if (!isTree(value) || (Object.keys(value).length === 0 && path.length > 0)) {
    const whereAbove = (depth: number) => where(path.slice(0, depth));
    yield { path, value: value ?? undefined, origin, where: where(path), whereAbove };
    return;
  }
  for (const [key, child] of Object.entries(value)) yield* settingsOf(child, origin, where, [...path, key]);
}

/** Merges settings. Later settings override earlier ones; lists are replaced as a whole. */
export function layered(settings: readonly Setting[]): unknown {
  // Without a prototype, so that a key such as __proto__ is an ordinary key and is refused as unknown.
  const root: Tree = Object.create(null);
  for (const { path, value } of settings) {
    if (path.length === 0) return value;
    let at = root;
    for (const key of path.slice(0, -1)) {
      if (!isTree(at[key])) at[key] = Object.create(null);
      at = at[key] as Tree;
    }
    const last = path.at(-1) as string;
    if (!(isTree(value) && isTree(at[last]))) at[last] = value;
  }
  return root;
}
