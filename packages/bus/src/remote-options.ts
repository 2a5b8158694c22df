/** The options that all buses have in common whose other side is reached over a connection. */
import { type Clock, type Duration, type Log, type Size, silentLog, systemClock } from '@fairlead/core';
import { busLimits } from './limits.ts';
import { checkKeys, duration, type QueueOptions, queueBounds, size } from './options.ts';
import type { QueuedSettings } from './queued-adapter.ts';
import type { RedialSettings } from './redial.ts';

export interface RemoteOptions {
  readonly reconnect?: { readonly min?: Duration; readonly max?: Duration };
  readonly closeGrace?: Duration;
  readonly queue?: QueueOptions;
  readonly maxPayload?: Size;
  readonly log?: Log;
  readonly clock?: Clock;
  /** 0 (inclusive) to 1 (exclusive); jitter of reconnect delays. */
  readonly random?: () => number;
}

export type RemoteSettings = QueuedSettings & RedialSettings;

export const REMOTE_KEYS: readonly string[] = [
  'reconnect',
  'closeGrace',
  'queue',
  'maxPayload',
  'log',
  'clock',
  'random',
];

/**
 * The options with their defaults, in milliseconds and bytes. Throws OPTION_UNKNOWN, OPTION_INVALID.
 *
 * @param largest bytes of a payload that the protocol can carry
 */
export function remoteSettings(options: RemoteOptions, largest: number): RemoteSettings {
  const { reconnect = {} } = options;
  checkKeys(reconnect, ['min', 'max'], '"reconnect"');
  const { values } = busLimits;
  return {
    reconnect: {
      min: duration('reconnect.min', reconnect.min, values.reconnectMin),
      max: duration('reconnect.max', reconnect.max, values.reconnectMax),
    },
    closeGrace: duration('closeGrace', options.closeGrace, values.closeGrace, 0),
    queue: queueBounds(options.queue),
    maxPayload: size('maxPayload', options.maxPayload, values.payload, largest),
    log: options.log ?? silentLog,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}
