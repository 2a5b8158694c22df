/** A default limit. `docs/limits.md` is generated from these entries. */
export interface LimitEntry {
  readonly value: number;
  readonly unit: 'bytes' | 'ms' | 'items' | 'per second';
  /** What the limit bounds, and what happens when it is reached. */
  readonly meaning: string;
  /** The option that changes the limit. */
  readonly option?: string;
  /**
   * Set if the limit applies to each peer (client, link, device, run), so that the sum grows with their number: it describes what
   * bounds the sum. A `package.limit` in backquotes names another limit; a test checks that it exists.
   */
  readonly overAll?: string;
}

export interface LimitTable<T extends Record<string, LimitEntry>> {
  readonly owner: string;
  readonly entries: T;
  /** Only the values. */
  readonly values: { readonly [K in keyof T]: number };
}

/** Declares the default limits of a package. Each package has one such table. */
export function defineLimits<const T extends Record<string, LimitEntry>>(
  owner: string,
  entries: T,
): LimitTable<T> {
  const values = Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, entry.value]));
  return { owner, entries, values: values as LimitTable<T>['values'] };
}
