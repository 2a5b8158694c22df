/** How much comes and goes in a second, from the totals that the service tells. */
import type { ServiceStatus } from '@fairlead/api';
import { useQueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useTopic } from './live/use-live.tsx';
import { type Sample, sampled } from './samples.ts';

const KEY = ['rates'];
const NONE: readonly Sample[] = [];

/** The rates of the last minutes, the newest last. They are kept while the page is open. */
export function useRates(): readonly Sample[] {
  const queries = useQueryClient();
  useTopic('overview', (event) => {
    if (event.event === 'reset') queries.setQueryData(KEY, NONE);
    if (event.event !== 'state' || event.name !== 'overview') return;
    const { traffic } = event.value as ServiceStatus;
    queries.setQueryData(KEY, (before: readonly Sample[] = NONE) =>
      sampled(before, Date.parse(event.time), traffic),
    );
  });
  return useSyncExternalStore(
    (changed) => queries.getQueryCache().subscribe(({ query }) => query.queryKey[0] === KEY[0] && changed()),
    () => queries.getQueryData<readonly Sample[]>(KEY) ?? NONE,
  );
}
