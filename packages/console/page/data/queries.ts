/** What pages ask the service for, each once for all pages; the live stream keeps the answers as they are now. */
import type { DeviceView, LinkView, StateValues } from '@fairlead/api';
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from './api.ts';
import { patched } from './device-list.ts';
import { topicOf, useLiveQuery, useRefetchOn, useTopic } from './live/use-live.tsx';

/** Entries of a page of devices, and of lists that are topics. */
const PAGE = 1_000;
const LINKS = 1_000;
const LISTED = 200;
/** Milliseconds between two questions for messages that come all the time. */
const STORED = 1_000;
const MESSAGES = 100;
/** 5,000 messages are kept in the page. */
const MESSAGE_PAGES = 50;
/** Milliseconds between two questions for a long list. */
const SELDOM = 5_000;
const forever = Number.POSITIVE_INFINITY;

export const useStatus = () => useLiveQuery<'overview'>('overview', ['status'], () => api.service.status());

/** All devices. Their states change with the stream; the list is read again when devices are added, changed or removed. */
export function useDevices() {
  const queries = useQueryClient();
  const queryKey = useMemo(() => ['devices'], []);
  const again = (): void => void queries.invalidateQueries({ queryKey, exact: true });
  useTopic('presence', (event) => {
    if (event.event === 'skipped' || event.event === 'reset') again();
    if (event.event !== 'records' || event.name !== 'presence') return;
    const before = queries.getQueryData<DeviceView[]>(queryKey);
    if (before === undefined) return;
    const after = patched(before, event.records);
    if (after === undefined) again();
    else queries.setQueryData(queryKey, after);
  });
  useTopic('objects', (event) => {
    if (event.event !== 'records' || event.name !== 'objects') return;
    if (event.records.some(({ kind }) => kind === 'device')) again();
  });
  // Comparing 20,000 devices with those of before takes longer than showing them.
  return useQuery({ queryKey, queryFn: allDevices, staleTime: SELDOM, structuralSharing: false });
}

export const useDevice = (name: string) =>
  useLiveQuery<'device'>(topicOf('device', name), ['device', name], () =>
    api.devices.get({ params: { name } }),
  );

export const useWhy = (name: string) =>
  useLiveQuery<'why'>(topicOf('why', name), ['device', name, 'why'], () =>
    api.devices.why({ params: { name } }),
  );

/** The messages of a device, newest first, by pages. @param before only messages with an id below this one */
export function useMessages(name: string, before?: number) {
  const queryKey = ['device', name, 'messages', before];
  // Older pages do not change.
  useRefetchOn(
    before === undefined ? topicOf('messages', undefined, { device: name }) : undefined,
    queryKey,
    STORED,
  );
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) =>
      api.messages.list({ params: { name }, query: { limit: MESSAGES, before: pageParam } }),
    initialPageParam: before,
    getNextPageParam: (last) => (last.length < MESSAGES ? undefined : last.at(-1)?.id),
    maxPages: MESSAGE_PAGES,
  });
}

/** The profile of this name; undefined: none is asked for. */
export const useProfile = (name: string | undefined) =>
  useQuery({
    queryKey: ['profile', name],
    queryFn: () => api.profiles.get({ params: { name: name as string } }),
    enabled: name !== undefined,
    staleTime: SELDOM,
  });

export const useDesired = (name: string) => {
  const queryKey = ['device', name, 'desired'];
  useRefetchOn(topicOf('device', name), queryKey, 300);
  return useQuery({ queryKey, queryFn: () => api.desired.get({ params: { name } }) });
};

export const useDownlinks = (device: string) =>
  useLiveQuery<'downlinks'>(
    topicOf('downlinks', undefined, { device, limit: '100' }),
    ['device', device, 'downlinks'],
    () => api.downlinks.list({ query: { device, limit: 100 } }),
  );

/** The links of a device, or of all. A list that is longer than a topic is read again when its first part changes. */
export function useLinks(device?: string) {
  const queries = useQueryClient();
  const queryKey = ['links', device];
  const topic = topicOf('links', undefined, {
    limit: String(LISTED),
    ...(device !== undefined && { device }),
  });
  useTopic(topic, (event) => {
    if (event.event !== 'state') return;
    const links = event.value as StateValues['links'];
    if (links.length < LISTED) queries.setQueryData(queryKey, links);
    else queries.setQueryData(queryKey, (all: LinkView[] = []) => joined(links, all));
  });
  return useQuery<LinkView[]>({
    queryKey,
    queryFn: () => api.links.list({ query: { limit: LINKS, device } }),
    staleTime: SELDOM,
  });
}

export const useLink = (id: string) =>
  useLiveQuery<'link'>(topicOf('link', id), ['link', id], () => api.links.get({ params: { id } }));

export const useInbox = () => useLiveQuery<'inbox'>('inbox', ['inbox'], () => api.inbox.list());

export function useInboxEntry(id: string) {
  const queryKey = ['inbox', id];
  useRefetchOn('inbox', queryKey, 500);
  return useQuery({ queryKey, queryFn: () => api.inbox.get({ params: { id } }), staleTime: forever });
}

/** The newest links, then those of the list before that they do not have. */
function joined(newest: readonly LinkView[], before: readonly LinkView[]): LinkView[] {
  const ids = new Set(newest.map(({ id }) => id));
  return [...newest, ...before.filter(({ id }) => !ids.has(id))].slice(0, LINKS);
}

async function allDevices(): Promise<DeviceView[]> {
  const all: DeviceView[] = [];
  for (let after: string | undefined; ; ) {
    const page = await api.devices.list({ query: { limit: PAGE, after } });
    all.push(...page);
    if (page.length < PAGE) return all;
    after = page.at(-1)?.name;
  }
}
