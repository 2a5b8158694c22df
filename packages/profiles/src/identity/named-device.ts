/**
 * Frames of another device on a live link, as their script tells them: the login of another, for instance. The gateway refuses
 * them, and `decode` says that it would.
 */
import type { UplinkResult } from '@fairlead/sandbox';

const NAMED = /"deviceId":"((?:[^"\\]|\\.){1,256})"/;

/**
 * Whether `identify` is asked which device a frame is of. Most frames are not asked about: a login is answered, and yields
 * nothing or the identity of the device.
 *
 * @param result what the frame yielded
 * @param last what {@link namedIn} told of the last frame that was the device's own
 */
export function mayNameAnother(result: UplinkResult, last: string | undefined): boolean {
  if (result.error !== undefined) return false;
  const { messages, replies } = result;
  if (messages.length === 0) return replies.length > 0;
  const named = namedIn(result);
  return named !== undefined && named !== last;
}

/** The first `deviceId` among the values. */
export function namedIn(result: UplinkResult): string | undefined {
  if (result.error !== undefined) return undefined;
  for (const { json } of result.messages) {
    const named = NAMED.exec(json)?.[1];
    if (named !== undefined) return named;
  }
  return undefined;
}
