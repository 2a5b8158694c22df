import assert from 'node:assert/strict';
import { type FairleadError, isFairleadError } from '@fairlead/core';
import type { ScriptContext, UplinkResult } from '../src/types.ts';

export const context = (device = 'd1'): ScriptContext => ({
  device,
  type: 'standard',
  topic: `devices/${device}/attributes`,
  time: 1_700_000_000_000,
});

export const frame = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

/** The values of the only message of a frame. */
export function values(result: UplinkResult | undefined): unknown {
  assert.ok(result !== undefined);
  if (result.error !== undefined) throw result.error;
  assert.equal(result.messages.length, 1);
  return JSON.parse(result.messages[0]?.json as string);
}

export function errorOf(result: UplinkResult | undefined, code: string): FairleadError {
  assert.ok(isFairleadError(result?.error), 'an error was expected');
  assert.equal(result.error.code, code, result.error.message);
  return result.error;
}

export async function rejection(promise: Promise<unknown>, code: string): Promise<FairleadError> {
  let caught: unknown;
  await promise.catch((error) => {
    caught = error;
  });
  assert.ok(isFairleadError(caught), `a rejection was expected, got ${String(caught)}`);
  assert.equal(caught.code, code, caught.message);
  return caught;
}
