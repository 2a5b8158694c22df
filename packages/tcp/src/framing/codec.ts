/**
 * The parts of a framing. Nothing here uses a socket, a promise or a timer.
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
   * Calls {@link decode} repeatedly and adds the frames to `frames`, until it returns nothing or a frame ends at `stopAt` or
   * beyond. Optional, for speed: one call for a chunk full of frames instead of one for each frame.
   */
  decodeMany?(window: ByteWindow, frames: F[], stopAt: number): void;
  /**
   * The peer closed: called repeatedly with the remaining bytes until it returns nothing. Bytes that remain then are
   * `FRAME_TRUNCATED`. Not needed by a decoder whose frames end only with a delimiter or a length.
   */
  end?(window: ByteWindow): F | undefined;
  /**
   * Frames that end with silence: after this many milliseconds without a byte while some wait, the link calls
   * {@link idle}. The link owns the timer.
   */
  readonly idleMs?: number | undefined;
  idle?(window: ByteWindow): F | undefined;
  /**
   * Frames that must be complete in time: if a frame is not complete this many milliseconds after its first byte, the link
   * calls {@link overdue}. The link owns the timer.
   */
  readonly frameTimeout?: number | undefined;
  /**
   * Skips the incomplete frame (`window.skip`), counts it in {@link noise}, and returns the next frame if that is complete.
   * After that, {@link decode} is called again.
   */
  overdue?(window: ByteWindow): F | undefined;
  /** Bytes of an incomplete frame that the decoder has taken from the window and keeps itself, so that they are not joined. */
  readonly aside?: number | undefined;
  /** Received bytes that are in no frame, if the framing allows that. */
  readonly noise?: FrameNoise | undefined;
}

/** Counts of what a decoder skipped, as its framing allows. */
export interface FrameNoise {
  /** Bytes that no rule matched, or that belong to a frame that was never complete. */
  readonly skipped: number;
  /** Frames with a wrong checksum. */
  readonly dropped: number;
  /** Frames that were not complete in time. Default 0. */
  readonly timedOut?: number;
  /** Why bytes were skipped for the first time: this also shows a mistake in the framing. */
  readonly reason?: FairleadError | undefined;
}

/** Turns messages into bytes. */
export interface FrameEncoder<M> {
  /** Writes one message. Throws `MESSAGE_NOT_ENCODABLE` before it has written a byte. */
  encode(message: M, sink: ByteSink): void;
}

/** A framing: a stateless factory of decoders and encoders. `In` is the type of received frames, `Out` that of sent messages. */
export interface Codec<In, Out = In> {
  readonly name: string;
  decoder(): FrameDecoder<In>;
  encoder(): FrameEncoder<Out>;
}

/** The messages that every byte codec accepts: bytes, which are sent unchanged, or text, which is sent in UTF-8. */
export type Payload = Uint8Array | string;
