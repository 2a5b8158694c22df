/**
 * Frames of another device on a live link, as a script tells them: the login of another, for instance. Most frames are not
 * asked about: a login is answered, and yields nothing or the identity of the device.
 */
import { gatewayErrors } from '../catalogue.ts';
import type { Script, UplinkResult } from '../ports.ts';
import type { DeviceSession } from '../session/session.ts';

const NAMED = /"deviceId":"((?:[^"\\]|\\.){1,256})"/;

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
  const { identity, device } = session;
  if (identity.kind !== 'reported' || !script.hasIdentify || device.type === 'gateway') return undefined;
  const asked = results.map((result) => isToBeAsked(session, result));
  if (!asked.includes(true)) return undefined;
  return Promise.all(
    results.map(async (result, i) => {
      if (!asked[i]) return result;
      const named = await identityIn(session, script, frames[i] as Uint8Array, time);
      if (named === undefined || named === identity.id) {
        session.named = namedIn(result) ?? session.named;
        return result;
      }
      const about = { device: device.name, identity: identity.id, named };
      return { error: gatewayErrors.error('IDENTITY_CHANGED', about) };
    }),
  );
}

function isToBeAsked(session: DeviceSession, result: UplinkResult): boolean {
  if (result.error !== undefined) return false;
  if (result.messages.length === 0) return result.replies.length > 0;
  const named = namedIn(result);
  return named !== undefined && named !== session.named;
}

/** The first `deviceId` among the values. */
function namedIn(result: UplinkResult): string | undefined {
  if (result.error !== undefined) return undefined;
  for (const { json } of result.messages) {
    const named = NAMED.exec(json)?.[1];
    if (named !== undefined) return named;
  }
  return undefined;
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
