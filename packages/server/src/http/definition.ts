/** Checks the framing and scripts of a definition before anything is stored. */

import { FairleadError, isFairleadError } from '@fairlead/core';
import type { ScriptHost } from '@fairlead/gateway';
import { parseFraming } from '@fairlead/tcp';

interface Tried {
  readonly framing?: string | object | null | undefined;
  readonly uplink?: string | null | undefined;
  readonly downlink?: string | null | undefined;
}

/** Framing may come as JSON; the store and the gateway keep it as text. */
type WithFramingText<T extends Tried> = Omit<T, 'framing'> & { framing?: Exclude<T['framing'], object> };

/** Rejects with FRAMING_SPEC_INVALID or SCRIPT_INVALID, which name line and reason. */
export async function tried<T extends Tried>(
  definition: T,
  scripts: ScriptHost,
): Promise<WithFramingText<T>> {
  const { framing, ...rest } = definition;
  const { uplink, downlink } = definition;
  await load('uplink', uplink, scripts);
  await load('downlink', downlink, scripts);
  if (framing === undefined || framing === null)
    return (framing === null ? { ...rest, framing } : rest) as WithFramingText<T>;
  const text = typeof framing === 'string' ? framing : JSON.stringify(framing);
  parseFraming(text);
  return { ...rest, framing: text } as WithFramingText<T>;
}

/** An error of a script names which of the two scripts failed. */
async function load(
  field: 'uplink' | 'downlink',
  source: string | null | undefined,
  scripts: ScriptHost,
): Promise<void> {
  if (typeof source !== 'string') return;
  try {
    await scripts.load(source);
  } catch (error) {
    if (!isFairleadError(error) || error.kind !== 'script') throw error;
    const { code, kind, side, retryable, details } = error;
    const entry = { kind, side, retryable, message: `${field}: ${error.message}`, help: '' };
    throw new FairleadError(code, entry, { ...details, field }, error);
  }
}
