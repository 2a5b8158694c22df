/** Option checks that both adapters share. */

import { readFile } from 'node:fs/promises';
import { bytes, coreErrors, type Duration, milliseconds, nearest, type Size } from '@fairlead/core';
import { busErrors } from './catalogue.ts';
import { busLimits } from './limits.ts';

/** A secret itself, or the file that holds it (one trailing line end is cut off). */
export type Secret = string | { readonly file: string };

export interface QueueOptions {
  /** Queued bytes at which `publish` returns false. Default 1 MiB. */
  readonly highWater?: Size;
  /** Queued bytes that are never exceeded. Default 32 MiB. */
  readonly limit?: Size;
}

/** Throws OPTION_UNKNOWN for a key that is not in `known`, with the nearest one that is. */
export function checkKeys(options: object, known: readonly string[], where: string): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    const hint = near !== undefined ? `Did you mean "${near}"?` : `Known here: ${known.join(', ')}.`;
    throw coreErrors.error('OPTION_UNKNOWN', { key, where: ` of ${where}`, hint });
  }
}

export function invalid(key: string, reason: string): Error {
  return coreErrors.error('OPTION_INVALID', { key, where: ' of the bus', reason: `${reason}.` });
}

/** A whole number of `min` to `max`. */
export function whole(key: string, value: number | undefined, fallback: number, min: number, max: number) {
  const number = value ?? fallback;
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  throw invalid(key, `expected a whole number from ${min} to ${max}; got ${number}`);
}

/** Milliseconds; at most 2^31 - 1, the limit of timers. */
export function duration(key: string, value: Duration | undefined, fallback: number, min = 1): number {
  return whole(key, Math.round(milliseconds(value ?? fallback, key)), fallback, min, 2 ** 31 - 1);
}

export function size(key: string, value: Size | undefined, fallback: number, max = 2 ** 40): number {
  return whole(key, bytes(value ?? fallback, key), fallback, 1, max);
}

export function queueBounds(options: QueueOptions = {}): { highWater: number; limit: number } {
  checkKeys(options, ['highWater', 'limit'], '"queue"');
  const limit = size('queue.limit', options.limit, busLimits.values.queue);
  const highWater = size('queue.highWater', options.highWater, Math.min(busLimits.values.highWater, limit));
  if (highWater > limit) throw invalid('queue.highWater', `expected at most queue.limit, ${limit}`);
  return { highWater, limit };
}

/** Rejects with BUS_SECRET_UNREADABLE. */
export async function readSecret(key: string, secret: Secret): Promise<string> {
  if (typeof secret === 'string') return secret;
  try {
    return (await readFile(secret.file, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw busErrors.error('BUS_SECRET_UNREADABLE', { file: secret.file, key, reason }, cause);
  }
}
