/** One default bound: what it is, and why it has that value. `docs/limits.md` is generated from these. */
export interface LimitEntry {
  readonly value: number;
  readonly unit: 'bytes' | 'ms' | 'items' | 'per second';
  /** What is bounded, and what happens when the bound is met. */
  readonly meaning: string;
  /** Where a user changes it. */
  readonly option?: string;
  /**
   * Set where the bound holds for each peer (client, link, device, run), so that the sum grows with their number: what
   * bounds them all together. A `package.limit` in backquotes names a limit, which a test looks up.
   */
  readonly overAll?: string;
}

export interface LimitTable<T extends Record<string, LimitEntry>> {
  readonly owner: string;
  readonly entries: T;
  /** The values alone. */
  readonly values: { readonly [K in keyof T]: number };
}

/** Declares the default bounds of a package: each package has one such table. */
export function defineLimits<const T extends Record<string, LimitEntry>>(
  owner: string,
  entries: T,
): LimitTable<T> {
  const values = Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, entry.value]));
  return { owner, entries, values: values as LimitTable<T>['values'] };
}
