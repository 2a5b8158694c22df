import { type FairleadError, Fifo } from '@fairlead/core';
import type { Reader } from '@fairlead/tcp';
import type { Share } from '../budget.ts';
import { automationErrors } from '../catalogue.ts';
import { automationLimits } from '../limits.ts';

const { deviceFrames } = automationLimits.values;
/** Bytes that the runtime adds to each frame that is kept. */
const ITEM = 128;

/** Frames of a device that wait until rules receive them, in order, and then the end of its link. */
export class Arrivals {
  readonly #device: string;
  readonly #share: Share;
  readonly #frames = new Fifo<Buffer>();
  #size = 0;
  #reader: Reader<Buffer> | undefined;
  #cause: FairleadError | undefined;

  /** @param share memory of the frames that wait */
  constructor(device: string, share: Share) {
    this.#device = device;
    this.#share = share;
  }

  /** Frames that wait. */
  get length(): number {
    return this.#frames.length;
  }

  /** Whether a reader waits for a frame. */
  get awaited(): boolean {
    return this.#reader !== undefined;
  }

  /** A frame came. Frames after the end, or after too many, are dropped. */
  push(frame: Uint8Array): void {
    if (this.#cause !== undefined) return;
    const reader = this.#reader;
    const copy = Buffer.from(frame); // the rest of its chunk is not kept in memory
    if (reader !== undefined) {
      this.#reader = undefined;
      reader.frame(copy);
      return;
    }
    const size = ITEM + copy.length;
    if (this.#size + size > deviceFrames) {
      const waiting = { device: this.#device, size: this.#size + size, limit: deviceFrames };
      this.drop();
      this.fail(automationErrors.error('DEVICE_FRAMES_WAITING', waiting));
      return;
    }
    try {
      this.#share.hold(size);
    } catch (error) {
      this.drop();
      this.fail(error as FairleadError);
      return;
    }
    this.#size += size;
    this.#frames.push(copy);
  }

  /** No more frames come. Those that wait can still be taken. */
  fail(cause: FairleadError): void {
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.failed(cause);
  }

  /** The next frame; undefined: the reader gets it, or the cause of the end, later. */
  take(reader: Reader<Buffer>): Buffer | undefined {
    const frame = this.#frames.shift();
    if (frame !== undefined) {
      this.#release(ITEM + frame.length);
      return frame;
    }
    const cause = this.#cause;
    if (cause === undefined) this.#reader = reader;
    else queueMicrotask(() => reader.failed(cause));
    return undefined;
  }

  /** Whether no more frames come. */
  get failed(): boolean {
    return this.#cause !== undefined;
  }

  /** Drops the next frame. */
  skip(): void {
    const frame = this.#frames.shift();
    if (frame !== undefined) this.#release(ITEM + frame.length);
  }

  /** The reader waits no longer. */
  leave(): void {
    this.#reader = undefined;
  }

  /** Drops the frames that wait. */
  drop(): void {
    this.#frames.take();
    this.#release(this.#size);
  }

  #release(size: number): void {
    this.#size -= size;
    this.#share.release(size);
  }
}
