import { type FairleadError, isFairleadError } from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import type { FrameDecoder, FrameNoise } from './codec.ts';
import { PendingChunks } from './pending-chunks.ts';
import { ByteWindow } from './window.ts';

/** Smallest piece that is joined to the head of a split frame. */
const JOIN_AT_LEAST = 64;
/** Largest step in which room for a frame is made ahead of its bytes. */
const ROOM_AT_ONCE = 65_536;

/** The received part of an incomplete frame. */
export interface Unfinished {
  /** Bytes. */
  readonly size: number;
  /** The last of them: a copy. */
  readonly last: Buffer;
  /** Bytes that are still needed at least, if the framing knows it. */
  readonly missing: number | undefined;
}

/**
 * Bytes to frames, for one link. Whole, bytewise and glued input give the same frames.
 *
 * If nothing is pending, the window lies over the chunk, and frames are views into it. If a frame is split between chunks,
 * only that frame is joined in a buffer of our own. As soon as it is complete, the window lies over the chunk again:
 *
 *     chunk 1   |frame|frame|fra|          fra + me          |me|frame|frame|   chunk 2
 *                                 \____ joint: copied once ___/
 *
 * The joint grows by the number of bytes that the decoder needs. While more than 64 KiB are missing, chunks are kept as they
 * arrived and are joined when the frame is complete: so memory grows with the bytes received, not with the announced size,
 * and each byte is copied once. Bytes that were handed out are never written again.
 */
export class Deframer<F> {
  /** Set when bytes could not be framed; nothing is parsed after that. All frames before it have been returned. */
  failure: FairleadError | undefined;
  readonly #window = new ByteWindow();
  #decoder: FrameDecoder<F>;
  #codec: string;
  /** Whether the window lies over a joint, whose free end may be written. */
  #joint = false;
  /** The chunk that is being joined, how much of it is joined, and where its bytes begin in the joint. */
  #rest: Buffer | undefined;
  #restAt = 0;
  #joinAt = 0;
  /** Chunks after the window that do not complete the frame yet. Most links never have any. */
  #chunks: PendingChunks | undefined;
  /** Bytes that were added. */
  #received = 0;
  /** Of the decoders that were used before this one. */
  #pastNoise: FrameNoise = NO_NOISE;

  constructor(decoder: FrameDecoder<F>, codec: string) {
    this.#decoder = decoder;
    this.#codec = codec;
  }

  /** Bytes that wait for the rest of their frame. */
  get pending(): number {
    return (
      (this.#decoder.aside ?? 0) +
      this.#window.length +
      (this.#chunks?.length ?? 0) +
      (this.#rest === undefined ? 0 : this.#rest.length - this.#restAt)
    );
  }

  /** Milliseconds of silence that end a frame, if the codec has such frames. */
  get idleMs(): number | undefined {
    return this.#decoder.idleMs;
  }

  /** Milliseconds in which a frame must be complete, if the codec limits that. */
  get frameTimeout(): number | undefined {
    return this.#decoder.frameTimeout;
  }

  /** Bytes before the frame at the head: if the number changes, another frame is at the head. */
  get passed(): number {
    return this.#received - this.pending;
  }

  /** Bytes and frames that this framing, and those used before it, skipped. */
  get noise(): FrameNoise {
    const { skipped, dropped, timedOut = 0, reason } = this.#decoder.noise ?? NO_NOISE;
    const past = this.#pastNoise;
    if (skipped === 0 && dropped === 0 && timedOut === 0) return past;
    return {
      skipped: past.skipped + skipped,
      dropped: past.dropped + dropped,
      timedOut: (past.timedOut ?? 0) + timedOut,
      reason: past.reason ?? reason,
    };
  }

  /** Adds a chunk and returns all frames that are complete. Look at `failure` after it. */
  push(chunk: Buffer): F[] {
    this.append(chunk);
    return this.drain();
  }

  /** Adds a chunk without parsing it. */
  append(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#received += chunk.length;
    const window = this.#window;
    if (this.#rest !== undefined) {
      this.#rest = Buffer.concat([this.#rest.subarray(this.#restAt), chunk]);
      this.#restAt = 0;
      this.#joinAt = window.end;
    } else if (window.length === 0) {
      this.#adopt(chunk, 0);
    } else {
      this.#rest = chunk;
      this.#restAt = 0;
      this.#joinAt = window.end;
    }
  }

  /** All frames that are complete. */
  drain(): F[] {
    const frames: F[] = [];
    if (this.failure !== undefined) return frames;
    const window = this.#window;
    try {
      do {
        const stopAt = this.#rest === undefined ? Number.POSITIVE_INFINITY : this.#joinAt;
        takeFrames(window, this.#decoder, this.#codec, frames, stopAt);
      } while (this.#join());
      if (window.end === window.start) this.#release();
    } catch (error) {
      this.#fail(error);
    }
    return frames;
  }

  /** The next frame if it is complete. The bytes after it stay, for another decoder if need be. */
  next(): F | undefined {
    if (this.failure !== undefined) return undefined;
    const window = this.#window;
    try {
      do {
        const frame = takeFrame(window, this.#decoder, this.#codec);
        if (frame !== undefined) return frame;
      } while (this.#join());
      if (window.end === window.start) this.#release();
    } catch (error) {
      this.#fail(error);
    }
    return undefined;
  }

  /** Continues with another codec, from the byte after the last frame that was returned. */
  use(decoder: FrameDecoder<F>, codec: string): void {
    this.#pastNoise = this.noise;
    this.#decoder = decoder;
    this.#codec = codec;
    this.#joinChunks(0);
    this.#window.needed = 1;
  }

  /** The peer closed: returns the frames that this completes. Bytes that remain are `FRAME_TRUNCATED`. */
  end(): F[] {
    const frames = this.drain();
    this.#joinChunks(0);
    const decoder = this.#decoder;
    if (decoder.end !== undefined) this.#repeat(frames, (window) => decoder.end?.(window));
    const size = this.#window.length + (decoder.aside ?? 0);
    if (this.failure === undefined && size > 0) this.failure = tcpErrors.error('FRAME_TRUNCATED', { size });
    return frames;
  }

  /** The line was silent for `idleMs`: returns the frames that this completes. */
  idle(): F[] {
    const frames: F[] = [];
    const decoder = this.#decoder;
    this.#joinChunks(0);
    if (decoder.idle !== undefined) this.#repeat(frames, (window) => decoder.idle?.(window));
    return frames;
  }

  /** The frame was not complete in time: it is skipped. Returns the complete frames behind it. */
  overdue(): F[] {
    const frames = this.drain();
    const decoder = this.#decoder;
    const window = this.#window;
    this.#joinChunks(0);
    if (this.failure !== undefined || window.length === 0 || decoder.overdue === undefined) return frames;
    try {
      const frame = decoder.overdue(window);
      if (frame !== undefined) {
        frames.push(frame);
        window.needed = 1;
      }
    } catch (error) {
      this.#fail(error);
    }
    frames.push(...this.drain());
    return frames;
  }

  /** A copy of the first pending bytes, for diagnosis. */
  head(length = 32): Buffer {
    this.#joinChunks(0);
    const window = this.#window;
    return Buffer.from(window.view(0, Math.min(length, window.length)));
  }

  /** The incomplete frame, for diagnosis; undefined if no byte of one has arrived. */
  unfinished(length = 16): Unfinished | undefined {
    const size = this.pending;
    if (size === 0) return undefined;
    this.#joinChunks(0);
    const window = this.#window;
    const last = Buffer.from(window.view(Math.max(0, window.length - length), window.length));
    // A decoder that does not know how many bytes it needs asks for one more than there are.
    const missing = window.needed - window.length;
    return { size, last, missing: missing > 1 ? missing : undefined };
  }

  #repeat(frames: F[], take: (window: ByteWindow) => F | undefined): void {
    const window = this.#window;
    try {
      while (this.failure === undefined && window.length > 0) {
        const before = window.start;
        const frame = take(window);
        if (frame === undefined) return;
        if (window.start === before) throw tcpErrors.error('CODEC_STALLED', { codec: this.#codec });
        window.needed = 1;
        frames.push(frame);
      }
      this.#release();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.failure = isFairleadError(error)
      ? error
      : tcpErrors.error('CODEC_FAILED', { codec: this.#codec, reason: String(error) }, error);
  }

  /** Moves more of the chunk into the joint; false when there is no more. */
  #join(): boolean {
    const rest = this.#rest;
    if (rest === undefined) return false;
    const window = this.#window;
    if (window.start >= this.#joinAt) {
      this.#adoptRest();
      return window.end > window.start && window.end - window.start >= window.needed;
    }
    const have = window.end - window.start;
    const left = rest.length - this.#restAt;
    if (left === 0) {
      this.#rest = undefined;
      return false;
    }
    const waiting = this.#chunks?.length ?? 0;
    const missing = window.needed - have - waiting;
    if (missing > left && window.needed - have > ROOM_AT_ONCE) {
      this.#chunks ??= new PendingChunks();
      this.#chunks.add(rest, this.#restAt);
      this.#rest = undefined;
      return false;
    }
    if (waiting > 0) {
      this.#joinChunks(Math.max(0, missing));
      return true;
    }
    const size = Math.min(Math.max(window.needed - have, Math.min(have, ROOM_AT_ONCE), JOIN_AT_LEAST), left);
    this.#makeRoom(size);
    rest.copy(window.bytes, window.end, this.#restAt, this.#restAt + size);
    window.end += size;
    this.#restAt += size;
    return true;
  }

  /** Joins the pending chunks, with room for `more` bytes after them. */
  #joinChunks(more: number): void {
    const pending = this.#chunks;
    if (pending === undefined || pending.length === 0) return;
    const window = this.#window;
    this.#makeRoom(pending.length + more);
    window.end = pending.moveTo(window.bytes, window.end);
    this.#joinAt = window.end;
  }

  #makeRoom(size: number): void {
    const window = this.#window;
    if (this.#joint && window.bytes.length - window.end >= size) return;
    const have = window.end - window.start;
    const ahead = Math.min(window.needed, Math.max(have * 4, ROOM_AT_ONCE));
    const joint = Buffer.allocUnsafeSlow(Math.max(have + size, have * 2, ahead));
    window.bytes.copy(joint, 0, window.start, window.end);
    this.#joinAt -= window.start;
    window.bytes = joint;
    window.start = 0;
    window.end = have;
    this.#joint = true;
  }

  /** The joined frame was taken: the rest of the window is also in the chunk, so continue there. */
  #adoptRest(): void {
    const rest = this.#rest as Buffer;
    this.#rest = undefined;
    this.#adopt(rest, this.#restAt - this.#window.length);
  }

  #adopt(chunk: Buffer, from: number): void {
    const window = this.#window;
    window.bytes = chunk;
    window.start = from;
    window.end = chunk.length;
    this.#joint = false;
  }

  /** An idle link keeps no bytes. */
  #release(): void {
    if (this.#rest === undefined) this.#adopt(NOTHING, 0);
  }
}

/**
 * The hot loop: takes frames until none is complete, or one ends at `stopAt` or beyond. On its own, outside any `try`,
 * so that the engine optimises it.
 */
function takeFrames<F>(
  window: ByteWindow,
  decoder: FrameDecoder<F>,
  codec: string,
  frames: F[],
  stopAt: number,
): void {
  const { end } = window;
  let at = window.start;
  if (end - at < window.needed) return;
  window.needed = 1;
  if (decoder.decodeMany !== undefined) {
    decoder.decodeMany(window, frames, stopAt);
    const have = end - window.start;
    if (have > 0 && window.start < stopAt && window.needed <= have) window.needed = have + 1;
    return;
  }
  while (at < end) {
    const frame = decoder.decode(window);
    if (frame === undefined) {
      if (window.needed <= end - window.start) window.needed = end - window.start + 1;
      return;
    }
    if (window.start === at) throw tcpErrors.error('CODEC_STALLED', { codec });
    at = window.start;
    frames.push(frame);
    if (at >= stopAt) return;
  }
}

/** The next frame, if it is complete. */
function takeFrame<F>(window: ByteWindow, decoder: FrameDecoder<F>, codec: string): F | undefined {
  const { start, end } = window;
  if (end - start < window.needed) return undefined;
  window.needed = 1;
  const frame = decoder.decode(window);
  if (frame === undefined) {
    if (window.needed <= end - window.start) window.needed = end - window.start + 1;
  } else if (window.start === start) throw tcpErrors.error('CODEC_STALLED', { codec });
  return frame;
}

const NOTHING = Buffer.alloc(0);
const NO_NOISE: FrameNoise = { skipped: 0, dropped: 0, timedOut: 0, reason: undefined };
