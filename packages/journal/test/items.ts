import { type FairleadError, isFairleadError } from '@fairlead/core';
import type { Journal, RecordFormat } from '../src/index.ts';

/** What the tests append: a number, and bytes that follow from it. */
export interface Item {
  readonly id: number;
  readonly size: number;
  readonly mark: number;
}

export const itemFormat: RecordFormat<Item> = {
  size: ({ size }) => 4 + size,
  mark: ({ mark }) => mark,
  write: ({ id, size }, into, at) => {
    into.writeUInt32BE(id, at);
    into.fill(id % 251, at + 4, at + 4 + size);
  },
};

/** The number in a payload; throws if the bytes are not those of an item. */
export function idIn(payload: Buffer): number {
  const id = payload.readUInt32BE(0);
  if (payload.subarray(4).some((byte) => byte !== id % 251)) throw new Error(`the bytes of ${id} are wrong`);
  return id;
}

export const never = (_: unknown, error: FairleadError): never => {
  throw error;
};

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Some turns of the event loop. */
export async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await turn();
}

/** Reads what is on disk, without waiting for more. */
export async function readAll(journal: Journal<Item>): Promise<{ ids: number[]; lasts: number[] }> {
  const ids: number[] = [];
  const lasts: number[] = [];
  for (;;) {
    const stop = new AbortController();
    const reading = journal.read(stop.signal);
    reading.catch(() => {});
    const given = await Promise.race([reading, turns(30).then(() => undefined)]);
    if (given === undefined) {
      stop.abort();
      await reading.catch((error) => {
        if (!isFairleadError(error, 'ABORTED')) throw error;
      });
      return { ids, lasts };
    }
    ids.push(...given.payloads.map(idIn));
    lasts.push(given.last);
  }
}
