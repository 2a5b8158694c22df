/** Where the records of the live topics come from. */
import type { RecordTopic, Topic } from '@fairlead/api';
import type { Clock } from '@fairlead/core';
import type { Gateway, StatusChange, Uplink, UplinkObserver } from '@fairlead/gateway';
import type { Changes } from './changes.ts';
import { statusEvent, uplinkEvent } from './event.ts';
import type { LogTee } from './log-tee.ts';
import type { Notices } from './notices.ts';

interface MessageListener {
  readonly device: string | undefined;
  readonly push: (text: string) => void;
}

/** Messages of devices for topics. Without topics it costs one comparison per batch. */
export class MessageSource implements UplinkObserver {
  readonly #listeners = new Set<MessageListener>();
  readonly #presence = new Set<(text: string) => void>();

  listen(device: string | undefined, push: (text: string) => void): () => void {
    const listener = { device, push };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The changes of presence alone. */
  listenToPresence(push: (text: string) => void): () => void {
    const listener = (text: string) => push(text);
    this.#presence.add(listener);
    return () => this.#presence.delete(listener);
  }

  uplinks(batch: readonly Uplink[]): void {
    if (this.#listeners.size === 0) return;
    for (const uplink of batch) this.#push(uplink.device.name, () => uplinkEvent(uplink));
  }

  status(change: StatusChange): void {
    if (this.#presence.size > 0) {
      const { device, status, since, state, code } = change;
      const text = JSON.stringify({ time: iso(since), device: device.name, status, state, code });
      for (const push of this.#presence) push(text);
    }
    if (this.#listeners.size === 0) return;
    this.#push(change.device.name, () => statusEvent(change));
  }

  #push(name: string, textOf: () => string): void {
    let text: string | undefined;
    for (const { device, push } of this.#listeners) {
      if (device !== undefined && device !== name) continue;
      text ??= textOf();
      push(text);
    }
  }
}

interface RecordSources {
  readonly messages: MessageSource;
  readonly log: LogTee;
  readonly notices: Notices;
  readonly changes: Changes;
  readonly gateway: Pick<Gateway, 'tap'>;
  readonly clock: Clock;
}

/** Throws TAP_TARGET_UNKNOWN or TAPS_FULL. */
export function openRecords(
  { name, params, query }: Topic & { readonly name: RecordTopic },
  push: (text: string) => void,
  { messages, log, notices, changes, gateway, clock }: RecordSources,
): () => void {
  switch (name) {
    case 'messages':
      return messages.listen(query.device as string | undefined, push);
    case 'presence':
      return messages.listenToPresence(push);
    case 'wire': {
      const tap = gateway.tap(params.target as string, (event) =>
        push(JSON.stringify({ ...event, time: iso(event.time) })),
      );
      return () => tap.close();
    }
    case 'notices':
      return notices.listen(push);
    case 'audit':
      return changes.listenToEntries(push);
    case 'objects':
      return changes.listenToObjects(push);
    case 'log':
      return log.listen((line) => push(JSON.stringify({ time: iso(clock.now()), ...line })));
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();
