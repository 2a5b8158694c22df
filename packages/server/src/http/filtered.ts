/** Pages of lists that a filter selects from. */
import { compileFilter, type Filterable } from '@fairlead/api';
import { serverLimits } from '../limits.ts';

type Entry<L extends Filterable> = Parameters<ReturnType<typeof compileFilter<L>>>[0];

/** The entries that match. Throws FILTER_SYNTAX. */
export function filtered<L extends Filterable>(
  list: L,
  filter: string | undefined,
  now: number,
  entries: readonly Entry<L>[],
): readonly Entry<L>[] {
  return filter === undefined ? entries : entries.filter(compileFilter(list, filter, now));
}

/**
 * A page of the entries that match: reads on until it is full or the list ends, and lets others work in between. Rejects with
 * FILTER_SYNTAX.
 *
 * @param read the page after an entry, `limit` entries at most
 */
export async function filteredPage<L extends Filterable>(
  list: L,
  { filter, limit }: { readonly filter?: string | undefined; readonly limit: number },
  now: number,
  read: (after: Entry<L> | undefined, limit: number) => readonly Entry<L>[] | Promise<readonly Entry<L>[]>,
): Promise<Entry<L>[]> {
  if (filter === undefined) return [...(await read(undefined, limit))];
  const matches = compileFilter(list, filter, now);
  const slice = serverLimits.values.filterSlice;
  const found: Entry<L>[] = [];
  let after: Entry<L> | undefined;
  for (;;) {
    const page = await read(after, slice);
    for (const entry of page) {
      if (matches(entry)) found.push(entry);
      if (found.length === limit) return found;
    }
    if (page.length < slice) return found;
    after = page.at(-1);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
