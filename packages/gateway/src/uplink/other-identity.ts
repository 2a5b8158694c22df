/**
 * Frames of another device on a live link are refused, where the script tells them.
 */
import { mayNameAnother, namedIn, profilesErrors } from '@fairlead/profiles';
import type { Script, UplinkResult } from '../ports.ts';
import type { DeviceSession } from '../session/session.ts';

/**
 * The results, with IDENTITY_CHANGED in the place of those of frames that name another device than that of the link.
 * undefined: there is nothing to ask about.
 */
export function withoutOthers(
  session: DeviceSession,
  script: Script,
  frames: readonly Uint8Array[],
  results: readonly UplinkResult[],
  time: number,
): Promise<readonly UplinkResult[]> | undefined {
  const { reported, device } = session;
  if (reported === undefined || !script.hasIdentify || device.type === 'gateway') return undefined;
  const asked = results.map((result) => mayNameAnother(result, session.named));
  if (!asked.includes(true)) return undefined;
  return Promise.all(
    results.map(async (result, i) => {
      if (!asked[i]) return result;
      const named = await identityIn(session, script, frames[i] as Uint8Array, time);
      if (named === undefined || named === reported) {
        session.named = namedIn(result) ?? session.named;
        return result;
      }
      const about = { device: device.name, identity: reported, named };
      return { error: profilesErrors.error('IDENTITY_CHANGED', about) };
    }),
  );
}

/** The identity that the script finds in the frame; undefined: none. */
async function identityIn(
  session: DeviceSession,
  script: Script,
  frame: Uint8Array,
  time: number,
): Promise<string | undefined> {
  try {
    return (await session.calls.identify(script, frame, time))?.id;
  } catch {
    return undefined; // what the script cannot read names nobody
  }
}
