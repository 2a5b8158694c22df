import { asFairleadError, type FairleadError, FairTotal } from '@fairlead/core';
import { profilesErrors, profilesLimits } from '@fairlead/profiles';
import { type FrameDecoder, tcpErrors } from '@fairlead/tcp';
import { gatewayLimits } from '../limits.ts';
import type { Identity } from '../protocol/identity.ts';
import type { Handshake, HandshakeStep } from '../protocol/protocol.ts';
import type { DeviceLink } from '../session/session.ts';
import type { Choice, Detected } from './detect.ts';
import type { ListenerTerms } from './terms.ts';

const { keptBytes } = profilesLimits.values;

/** Frames that came before the device was known. */
export interface KeptFrames {
  readonly frames: readonly unknown[];
  /** When they came, Unix milliseconds. */
  readonly time: number;
}

/** What a link has said until its device introduced itself. */
export interface Introduction {
  readonly choice: Choice;
  /** What has decoded the frames, where the protocol was detected. */
  readonly decoder: FrameDecoder<unknown> | undefined;
  readonly identity: Identity;
  /** Its first messages. */
  readonly kept: KeptFrames;
  /** State of the script for this link, as JSON text. */
  readonly state: string | undefined;
}

/** Bytes of frames that links keep until their devices are known, over all links. */
export class KeptBytes {
  readonly #total = new FairTotal(gatewayLimits.values.keptTotal);
  readonly #of = new Map<DeviceLink, number>();

  /** Returns what the link keeps now. Throws FRAME_MEMORY_FULL if all links keep too much, and this one more than its part. */
  add(link: DeviceLink, size: number): number {
    const own = this.#of.get(link) ?? 0;
    if (!this.#total.allows(own, size))
      throw tcpErrors.error('FRAME_MEMORY_FULL', { size: this.#total.used, limit: this.#total.limit });
    this.#total.change(own, own + size);
    this.#of.set(link, own + size);
    return own + size;
  }

  release(link: DeviceLink): void {
    this.#total.change(this.#of.get(link) ?? 0, 0);
    this.#of.delete(link);
  }
}

interface IntroductionPorts {
  readonly kept: KeptBytes;
  readonly now: () => number;
  /** A frame led to the end of the link. */
  refused(link: DeviceLink, error: FairleadError, frame: Uint8Array): void;
}

/**
 * Reads frames until one says who the device is, and answers challenges. Rejects with PROTOCOL_UNDETECTED, AUTH_*, IDENTITY_*,
 * HTTP_REFUSED, TLS_UNEXPECTED, FRAME_MEMORY_FULL, or the error of the framing or the script.
 */
export async function introduce(
  link: DeviceLink,
  { only }: ListenerTerms,
  { kept, now, refused }: IntroductionPorts,
): Promise<Introduction> {
  let frame = await link.receive();
  const detected = only === undefined ? (frame as Detected) : undefined;
  const choice = only ?? (detected as Detected).choice;
  if (detected !== undefined) frame = detected.frame;
  const handshake = choice.opening.handshake({ script: choice.script, now });
  for (let frames = 1; ; frames++) {
    const step = await read(handshake, frame, (error, bytes) => refused(link, error, bytes));
    if (step !== undefined && step.kind !== 'challenge') {
      return {
        choice,
        decoder: detected?.decoder,
        identity: step,
        kept: { frames: handshake.kept?.() ?? [], time: now() },
        state: handshake.state,
      };
    }
    if (step !== undefined) link.forwardAll(step.replies);
    if (handshake.kept !== undefined && kept.add(link, (frame as Uint8Array).length) > keptBytes)
      throw profilesErrors.error('IDENTITY_MISSING', { frames, profile: choice.profile?.name ?? '' });
    frame = await link.receive();
  }
}

/** Shows the frame of a profile for which the handshake ends. Frames of other protocols may hold a token. */
async function read(
  handshake: Handshake<unknown>,
  frame: unknown,
  refused: (error: FairleadError, frame: Uint8Array) => void,
): Promise<HandshakeStep> {
  try {
    return await handshake.read(frame);
  } catch (error) {
    if (handshake.kept !== undefined) refused(asFairleadError(error), frame as Uint8Array);
    throw error;
  }
}
