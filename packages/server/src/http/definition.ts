/** Framing and scripts of a definition are tried before anything is stored. */
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
  if (typeof uplink === 'string') await scripts.load(uplink);
  if (typeof downlink === 'string') await scripts.load(downlink);
  if (framing === undefined || framing === null)
    return (framing === null ? { ...rest, framing } : rest) as WithFramingText<T>;
  const text = typeof framing === 'string' ? framing : JSON.stringify(framing);
  parseFraming(text);
  return { ...rest, framing: text } as WithFramingText<T>;
}
