/** Messages that wait to be written to the history. */
import { JsonKeySets, type JsonKeys } from '@fairlead/core';
import { storeLimits } from '../limits.ts';
import type { Uplink } from '../types.ts';

const limits = storeLimits.values;

interface Waiting {
  /** Id of the device. */
  readonly device: string;
  payload: Uint8Array;
  time: number;
  keys: JsonKeys | undefined;
}

/** What waits of one device. */
interface Newest {
  last: Waiting;
  slot: number;
  count: number;
  /** Of messages that come without their keys. */
  keySets: JsonKeySets | undefined;
}

/**
 * Of the messages of a device with the same keys within one interval, only the last one waits: a device that sends thousands a
 * second costs no more than one that sends ten.
 */
export class PendingHistory {
  #waiting: Waiting[] = [];
  readonly #newest = new Map<string, Newest>();
  #bytes = 0;
  /** Messages that were left out because there was no room. */
  dropped = 0;

  get length(): number {
    return this.#waiting.length;
  }

  /** Whether one more waits than before. */
  add({ device, payload, time, keys }: Uplink): boolean {
    if (payload.length > limits.historyPayload) {
      this.dropped++;
      return false;
    }
    const slot = Math.trunc(time / limits.historyResolution);
    const newest = this.#newest.get(device.id);
    if (newest !== undefined && newest.slot === slot && this.#replaced(newest, payload, time, keys))
      return false;
    if (
      this.#waiting.length >= limits.historyPending ||
      this.#bytes + payload.length > limits.historyPendingBytes ||
      (newest !== undefined && newest.count >= limits.historyPerDevice)
    ) {
      this.dropped++;
      return false;
    }
    const last: Waiting = { device: device.id, payload, time, keys };
    if (newest === undefined) this.#newest.set(device.id, { last, slot, count: 1, keySets: undefined });
    else {
      newest.last = last;
      newest.slot = slot;
      newest.count++;
    }
    this.#waiting.push(last);
    this.#bytes += payload.length;
    return true;
  }

  /** The oldest that wait. */
  peek(count: number): readonly Waiting[] {
    return this.#waiting.slice(0, count);
  }

  /** The oldest have been written. */
  remove(count: number): void {
    for (let at = 0; at < count; at++) this.#bytes -= (this.#waiting[at] as Waiting).payload.length;
    this.#waiting = this.#waiting.slice(count);
    // What is being written may not change any more.
    this.#newest.clear();
  }

  forget(device: string): void {
    this.#newest.delete(device);
    this.#waiting = this.#waiting.filter((waiting) => waiting.device !== device);
    this.#bytes = this.#waiting.reduce((sum, { payload }) => sum + payload.length, 0);
  }

  /** A payload may be a small part of a large chunk, which would stay in memory as long as the message waits. */
  settle(): void {
    for (const waiting of this.#waiting) waiting.payload = Uint8Array.from(waiting.payload);
  }

  #replaced(newest: Newest, payload: Uint8Array, time: number, keys: JsonKeys | undefined): boolean {
    const { last } = newest;
    const [before, now] = [last.keys ?? keysOf(newest, last.payload), keys ?? keysOf(newest, payload)];
    if (before === undefined || before !== now) return false;
    this.#bytes += payload.length - last.payload.length;
    last.payload = payload;
    last.time = time;
    last.keys = now;
    return true;
  }
}

function keysOf(newest: Newest, payload: Uint8Array): JsonKeys | undefined {
  newest.keySets ??= new JsonKeySets();
  return newest.keySets.isObject(payload) ? newest.keySets.keys : undefined;
}
