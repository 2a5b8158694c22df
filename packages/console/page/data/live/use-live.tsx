/** The live stream for components. */
import type { StateTopic, StateValues } from '@fairlead/api';
import { type QueryKey, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { connectLive } from './connect.ts';
import type { HeardEvent, LiveClient } from './live-client.ts';
import type { LiveStatus } from './talk.ts';

const Context = createContext<LiveClient | undefined>(undefined);

export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const [client] = useState(connectLive);
  return <Context value={client}>{children}</Context>;
}

export function useLiveClient(): LiveClient {
  const client = useContext(Context);
  if (client === undefined) throw new Error('useLiveClient outside LiveProvider');
  return client;
}

/** What is known of the stream. It changes with each heartbeat of the service. */
export function useLiveStatus(): LiveStatus {
  const client = useLiveClient();
  return useSyncExternalStore(client.onStatus, client.status);
}

/**
 * Calls the listener with what happens to a topic while the component is there: states, records, skipped records, and `reset`,
 * after which records are missing. @param topic undefined: nothing is watched
 */
export function useTopic(topic: string | undefined, listener: (event: HeardEvent) => void): void {
  const client = useLiveClient();
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(
    () => (topic === undefined ? undefined : client.listen(topic, (event) => latest.current(event))),
    [client, topic],
  );
}

interface LiveValue<V> {
  readonly value: V | undefined;
  /** Why there is none. */
  readonly gone?: { readonly code: string; readonly detail: string };
}

/** The value of a state topic, such as `useLive<'device'>('device/pump')`. */
export function useLive<T extends StateTopic>(topic: string | undefined): LiveValue<StateValues[T]> {
  const [live, setLive] = useState<{ readonly topic: string | undefined } & LiveValue<StateValues[T]>>();
  useTopic(topic, (event) => {
    if (event.event === 'state') setLive({ topic, value: event.value as StateValues[T] });
    else if (event.event === 'gone') {
      const { code, detail } = event;
      setLive({ topic, value: undefined, gone: { code, detail } });
    }
  });
  return live !== undefined && live.topic === topic ? live : { value: undefined };
}

/**
 * The answer to a request, asked once and then kept as it is now by a state topic of the same content. While the stream is lost the last
 * answer stays.
 */
export function useLiveQuery<T extends StateTopic>(
  topic: string,
  queryKey: QueryKey,
  queryFn: () => Promise<StateValues[T]>,
) {
  const queries = useQueryClient();
  useTopic(topic, (event) => {
    if (event.event === 'state') {
      // An answer that is still on its way is older.
      void queries.cancelQueries({ queryKey, exact: true });
      queries.setQueryData(queryKey, event.value);
    } else if (event.event === 'gone') void queries.invalidateQueries({ queryKey, exact: true });
  });
  return useQuery({ queryKey, queryFn, staleTime: Number.POSITIVE_INFINITY });
}

/**
 * Asks a query again when something happens to a topic, at most once in `every` milliseconds, and the last time after the last event.
 */
export function useRefetchOn(topic: string | undefined, queryKey: QueryKey, every: number): void {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useTopic(topic, (event) => {
    if (event.event === 'gone') return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void queries.invalidateQueries({ queryKey, exact: true });
    }, every);
  });
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
}

/** A topic with its id and query. */
export function topicOf(name: string, id?: string, query: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `${name}${id === undefined ? '' : `/${encodeURIComponent(id)}`}${search === '' ? '' : `?${search}`}`;
}
