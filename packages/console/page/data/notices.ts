/** What the service complained of, and what this page did: kept for as long as the page is open. */
import type { TopicRecords } from '@fairlead/api';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTopic } from './live/use-live.tsx';
import { joinedNotices } from './notice-list.ts';

export type Notice = TopicRecords['notices'];

const KEY = ['notices'];
const NONE: readonly Notice[] = [];

/** The newest last. */
export function useNotices(): readonly Notice[] {
  const { data = NONE } = useQuery<readonly Notice[]>({
    queryKey: KEY,
    queryFn: () => NONE,
    enabled: false,
    gcTime: Number.POSITIVE_INFINITY,
  });
  return data;
}

/** Gathers the notices of the service. @param told called with those that are new: not with those of before the page */
export function useGatherNotices(told: (notices: readonly Notice[]) => void): void {
  const queries = useQueryClient();
  const begun = useRef(false);
  useTopic('notices', (event) => {
    if (event.event !== 'records' || event.name !== 'notices') return;
    const before = queries.getQueryData<readonly Notice[]>(KEY) ?? NONE;
    const { all, fresh } = joinedNotices(before, event.records);
    queries.setQueryData(KEY, all);
    // The first records are those that the service has kept.
    if (begun.current && fresh.length > 0) told(fresh);
    begun.current = true;
  });
}
