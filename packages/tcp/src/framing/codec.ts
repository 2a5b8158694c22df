/**
 * What a framing is made of. Nothing here knows a socket, a promise or a timer.
 *
 *   bytes --> ByteWindow --> FrameDecoder --> frames        messages --> FrameEncoder --> ByteSink --> bytes
 */
import type { FairleadError } from '@fairlead/core';
import type { ByteSink } from './sink.ts';
import type { ByteWindow } from './window.ts';

/** Turns bytes into frames, for one link. It may keep state between calls; a fresh one is made for each link. */
export interface FrameDecoder<F> {
  /**
   * Looks at the head of `window` and either takes one frame (`window.take`, `window.skip`) and returns it, or returns
   * `window.short(n)`, n being the number of bytes from the window's start that it needs at least.
   * It may skip noise before it answers. It throws a catalogue error of side "remote" for bytes that cannot be framed;
   * it is not called again after that.
   */
  decode(window: ByteWindow): F | undefined;
  /**
   * The same as {@link decode} again and again, with the frames added to `frames`: until it would return nothing, or a frame
   * ends at `stopAt` or beyond. A decoder has it for speed: one call for a chunk full of frames instead of one for each.
   */
  decodeMany?(window: ByteWindow, frames: F[], stopAt: number): void;
  /**
   * The peer closed: called again and again with what is left until it returns nothing. What is left then is
   * `FRAME_TRUNCATED`. A decoder whose frames end only with a delimiter or a length does without.
   */
  end?(window: ByteWindow): F | undefined;
  /**
   * Frames that end with silence: after this many milliseconds without a byte while some wait, the link calls
   * {@link idle}. The link owns the timer.
   */
  readonly idleMs?: number | undefined;
  idle?(window: ByteWindow): F | undefined;
  /**
   * Frames that must be complete in time: when this many milliseconds have passed since the first byte of a frame, and it is
   * not complete, the link calls {@link overdue}. The link owns the timer.
   */
  readonly frameTimeout?: number | undefined;
  /**
   * Passes over the frame that has begun (`window.skip`), counts it in {@link noise}, and returns the next frame if that is
   * complete. After that {@link decode} is asked again.
   */
  overdue?(window: ByteWindow): F | undefined;
  /** Bytes of an incomplete frame that it has taken from the window and keeps itself, so that they need not be joined. */
  readonly aside?: number | undefined;
  /** What was received and is in no frame, where the framing allows for that. */
  readonly noise?: FrameNoise | undefined;
}

/** What a decoder passed over because its framing says so. */
export interface FrameNoise {
  /** Bytes that followed no rule, or belonged to a frame that was never complete. */
  readonly skipped: number;
  /** Frames whose check value was wrong. */
  readonly dropped: number;
  /** Begun frames that were not complete in time. Default 0. */
  readonly timedOut?: number;
  /** Why something was passed over for the first time: a mistake in the framing shows here, too. */
  readonly reason?: FairleadError | undefined;
}

/** Turns messages into bytes. */
export interface FrameEncoder<M> {
  /** Writes one message. Throws `MESSAGE_NOT_ENCODABLE` before it has written a byte. */
  encode(message: M, sink: ByteSink): void;
}

/** A framing: a stateless factory of decoders and encoders. `In` is what is received, `Out` what is sent. */
export interface Codec<In, Out = In> {
  readonly name: string;
  decoder(): FrameDecoder<In>;
  encoder(): FrameEncoder<Out>;
}

/** What every byte codec takes when sending: bytes as they are, or text in UTF-8. */
export type Payload = Uint8Array | string;
