import { type Clock, coreErrors, type FairleadError, isFairleadError, pause } from '@fairlead/core';
import { storeLimits } from '../limits.ts';
import type { AddedDevice } from '../types.ts';
import type { DeviceDefinition } from './definition.ts';

/** A definition, or the error of a line that could not be read as one. */
export type ImportItem = DeviceDefinition | FairleadError;

/** The result of one line; lines count from 1. */
export type ImportResult =
  | ({ readonly line: number; readonly name: string; readonly error?: undefined } & AddedDevice)
  | { readonly line: number; readonly name?: string | undefined; readonly error: FairleadError };

interface ImportWork {
  /** Adds one device, whole or not at all. */
  add(definition: DeviceDefinition): AddedDevice;
  transaction<T>(work: () => T): T;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** The result of a line follows when its transaction is on the disk. */
export async function* importDevices(
  items: Iterable<ImportItem> | AsyncIterable<ImportItem>,
  work: ImportWork,
): AsyncGenerator<ImportResult, void, undefined> {
  let first = 1;
  for await (const batch of batches(items, storeLimits.values.importBatch)) {
    if (work.signal?.aborted) throw coreErrors.error('ABORTED', {}, work.signal.reason);
    yield* work.transaction(() => batch.map((item, at) => importOne(first + at, item, work)));
    first += batch.length;
    await pause(work.clock, 0);
  }
}

function importOne(line: number, item: ImportItem, work: ImportWork): ImportResult {
  if (isFairleadError(item)) return { line, error: item };
  const name = typeof item?.name === 'string' ? item.name : undefined;
  try {
    const { device, token } = work.add(item);
    return { line, name: device.name, device, token };
  } catch (error) {
    // A failure of the database is not the line's fault: it undoes the whole batch.
    if (isFairleadError(error) && error.kind !== 'storage' && error.kind !== 'state')
      return { line, name, error };
    throw error;
  }
}

async function* batches<T>(items: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
