/** The history of a device's values, as charts show it. */
import type { HistoryBucketView } from '@fairlead/api';
import { useQuery } from '@tanstack/react-query';
import { api } from './api.ts';
import { type Series, seriesOf } from './series.ts';

/** The ranges that can be chosen, and the length of their intervals. */
export const ranges = {
  '1h': { ms: 3_600_000, every: '1m', step: 60_000 },
  '6h': { ms: 6 * 3_600_000, every: '5m', step: 300_000 },
  '24h': { ms: 86_400_000, every: '15m', step: 900_000 },
  '7d': { ms: 7 * 86_400_000, every: '1h', step: 3_600_000 },
  '30d': { ms: 30 * 86_400_000, every: '6h', step: 6 * 3_600_000 },
} as const;
export type Range = keyof typeof ranges;

/** Milliseconds between two questions: a new interval begins once a minute at most. */
const AGAIN = 60_000;
const PAGE = 1_000;
const PAGES = 8;

/** All fields of a device over a range; `field`: only this one. */
export function useHistory(name: string, range: Range, field?: string) {
  return useQuery({
    queryKey: ['device', name, 'history', range, field],
    queryFn: () => read(name, range, field),
    refetchInterval: AGAIN,
    staleTime: AGAIN,
    retry: false,
  });
}

async function read(name: string, range: Range, field?: string): Promise<ReadonlyMap<string, Series>> {
  const found: HistoryBucketView[] = [];
  let after: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const { every } = ranges[range];
    const query = { from: range, every, field, limit: PAGE, after };
    const { items, next } = await api.history.buckets({ params: { name }, query });
    found.push(...items);
    after = next;
    if (after === undefined) break;
  }
  return seriesOf(found, ranges[range].step);
}
