/**
 * The receiving half of a link. Frames are either passed to the owner as they arrive ("flowing"), or wait for a reader.
 * Replies go to their requests in both cases.
 *
 *   chunk --> Deframer --frames--> Requests --the rest--> owner.frames(link, batch)    flowing
 *                                                   \---> receive(), batches()         not flowing
 */
import { coreErrors, type FairleadError, Waiters } from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import type { Codec, FrameNoise } from '../framing/codec.ts';
import { Deframer, type Unfinished } from '../framing/deframer.ts';
import { tcpLimits } from '../limits.ts';
import type { LinkSettings } from './settings.ts';
import type { LinkState } from './state.ts';

/** What the inlet needs of its link. */
interface Receiver<In> {
  readonly state: LinkState;
  readonly settings: Pick<LinkSettings, 'incomplete'>;
  readonly cause: FairleadError | undefined;
  readonly usable: boolean;
  readonly requests: Replies<In> | undefined;
  /** Passes frames to the owner. */
  deliver(batch: In[]): void;
  /** Starts or continues the timers of the framing: bytes arrived, or a reader waits. */
  watchFrames(): void;
  destroy(cause: FairleadError): void;
  close(cause: FairleadError): void;
  pause(): void;
  resume(): void;
}

/** A callback for one frame: called once, with the frame or with the cause of the link's end. */
export interface Reader<In> {
  frame(frame: In): void;
  failed(cause: FairleadError): void;
}

/** Takes replies out of the received frames. */
interface Replies<In> {
  /** Requests that wait for their reply. */
  readonly wanted: number;
  /** Replies that may still arrive, those of aborted and late requests included. */
  readonly expected: number;
  take(frame: In): boolean;
  /** The frames of the batch that are not replies; the batch itself if none is a reply. */
  sift(batch: In[]): In[];
}

export class Inlet<In> {
  frames = 0;
  /** Whether frames are passed to the owner as they arrive (true), or wait for a reader (false). */
  flowing = false;
  readonly #link: Receiver<In>;
  readonly #deframer: Deframer<In>;
  /** Frames that wait for a reader, and their largest number. */
  #ready: In[] | undefined;
  #readyMost = 0;
  #readers: Waiters | undefined;
  #reader: Reader<In> | undefined;
  /** Bytes of this link that count towards the incomplete frames of all links of the owner. */
  #counted = 0;

  constructor(link: Receiver<In>, codec: Codec<In, never>) {
    this.#link = link;
    this.#deframer = new Deframer(codec.decoder(), codec.name);
  }

  /** Received bytes of a frame that is incomplete, or that no reader has requested. */
  get pending(): number {
    return this.#deframer.pending;
  }

  /** Whether frames or bytes wait, and no reader waits for them. */
  get unread(): boolean {
    return (this.#ready?.length ?? 0) > 0 || this.#deframer.pending > 0;
  }

  get reading(): boolean {
    return this.#reader !== undefined || (this.#readers?.waiting ?? false);
  }

  /** Whether requests wait for their replies. */
  get asked(): boolean {
    return (this.#link.requests?.wanted ?? 0) > 0;
  }

  get idleMs(): number | undefined {
    return this.#deframer.idleMs;
  }

  get frameTimeout(): number | undefined {
    return this.#deframer.frameTimeout;
  }

  get passed(): number {
    return this.#deframer.passed;
  }

  get noise(): FrameNoise {
    return this.#deframer.noise;
  }

  head(): Buffer {
    return this.#deframer.head();
  }

  unfinished(): Unfinished | undefined {
    return this.#deframer.unfinished();
  }

  use(codec: Codec<In, never>): void {
    this.#deframer.use(codec.decoder(), codec.name);
  }

  // --- flowing ---------------------------------------------------------------------------------------------------

  flow(): void {
    this.flowing = true;
    if (!this.reading) this.#readers = undefined; // no reader follows
    const kept = this.#ready ?? []; // they were not replies when they arrived
    this.#ready = undefined;
    this.frames += kept.length;
    if (kept.length > 0) this.#link.deliver(kept);
    if (!this.#link.usable) return;
    this.#deliver(this.#deframer.drain());
    if (this.#link.state === 'half-closed') this.#ended();
    else if (this.#link.state === 'open') {
      this.#link.resume();
      this.#link.watchFrames();
    }
  }

  #deliver(batch: In[]): void {
    if (batch.length > 0) {
      this.frames += batch.length;
      const { requests } = this.#link;
      const rest = requests === undefined || requests.expected === 0 ? batch : requests.sift(batch);
      if (rest.length > 0) this.#link.deliver(rest);
    }
    if (this.#deframer.failure !== undefined) this.#link.destroy(this.#deframer.failure);
  }

  // --- for a reader ----------------------------------------------------------------------------------------------

  async receive(signal: AbortSignal | undefined): Promise<In> {
    for (;;) {
      const frame = this.#poll();
      if (frame !== undefined) return frame;
      await this.#more(signal);
    }
  }

  take(reader: Reader<In>): In | undefined {
    for (;;) {
      const frame = this.#poll();
      if (frame !== undefined) return frame;
      if (!this.#exhausted()) continue;
      const link = this.#link;
      if (!link.usable) queueMicrotask(() => reader.failed(link.cause as FairleadError));
      else {
        this.#reader = reader;
        link.watchFrames();
        link.resume();
      }
      return undefined;
    }
  }

  /** Calls the waiting reader if there is a frame or an end. */
  #tell(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    const frame = this.take(reader);
    if (frame !== undefined) reader.frame(frame);
  }

  #poll(): In | undefined {
    this.#claim();
    const frame = this.#ready?.shift() ?? this.#next();
    if (frame !== undefined) this.frames++;
    return frame;
  }

  async *batches(signal: AbortSignal | undefined): AsyncGenerator<In[], void, undefined> {
    for (;;) {
      this.#claim();
      const batch = this.#drain();
      if (this.#ready !== undefined) batch.unshift(...this.#ready.splice(0));
      if (batch.length > 0) {
        this.frames += batch.length;
        yield batch;
        continue;
      }
      try {
        await this.#more(signal);
      } catch (error) {
        if (error === this.#link.cause && this.#link.cause?.kind === 'closed') return;
        throw error;
      }
    }
  }

  #claim(): void {
    if (this.flowing || this.reading) throw tcpErrors.error('ALREADY_RECEIVING');
  }

  /** Waits for bytes, after the deframer has returned all frames. */
  #more(signal: AbortSignal | undefined): Promise<void> {
    const link = this.#link;
    if (!this.#exhausted()) return Promise.resolve();
    if (!link.usable) return Promise.reject(link.cause);
    this.#readers ??= new Waiters();
    const wait = this.#readers.wait(signal);
    link.watchFrames();
    link.resume();
    return wait;
  }

  /** After the deframer has returned all frames: ends the link if nothing can follow. Returns false if frames were left. */
  #exhausted(): boolean {
    const link = this.#link;
    if (this.#deframer.failure !== undefined) link.destroy(this.#deframer.failure);
    else if (link.state === 'half-closed') {
      this.#keep(this.#deframer.end());
      if ((this.#ready?.length ?? 0) > 0) return false;
      this.#afterEnd();
    }
    return true;
  }

  /** The next frame that is not a reply. */
  #next(): In | undefined {
    for (;;) {
      const frame = this.#deframer.next();
      if (frame === undefined || !this.#takes(frame)) return frame;
    }
  }

  #drain(): In[] {
    const batch = this.#deframer.drain();
    const { requests } = this.#link;
    if (requests === undefined || requests.expected === 0) return batch;
    const rest = requests.sift(batch);
    this.frames += batch.length - rest.length;
    return rest;
  }

  #takes(frame: In): boolean {
    const { requests } = this.#link;
    if (requests === undefined || requests.expected === 0 || !requests.take(frame)) return false;
    this.frames++;
    return true;
  }

  // --- for requests ----------------------------------------------------------------------------------------------

  /** Called before a request is sent: frames that arrived before it are not its reply. */
  expect(): void {
    if (this.flowing) return;
    if (this.#link.requests?.wanted === 0) {
      this.#readyMost = Number.POSITIVE_INFINITY; // the bytes read ahead are already limited
      if (this.#deframer.pending > 0) this.#keep(this.#drain());
      this.#readyMost = (this.#ready?.length ?? 0) + tcpLimits.values.unread;
    }
    this.#link.resume();
  }

  /**
   * While requests wait, frames are taken as they arrive: replies go to their requests, others wait for a reader.
   * The last reply is taken alone, so that the bytes after it may have another framing.
   */
  #answer(): void {
    const { requests } = this.#link;
    if (requests !== undefined && requests.wanted > 1) this.#keep(this.#drain());
    while (requests !== undefined && requests.wanted > 0) {
      const frame = this.#deframer.next();
      if (frame === undefined) break;
      if (!this.#takes(frame)) this.#keep([frame]);
    }
    if (this.#deframer.failure !== undefined) this.#link.destroy(this.#deframer.failure);
  }

  #keep(frames: In[]): void {
    if (frames.length === 0) return;
    if (this.#ready === undefined) this.#ready = frames;
    else this.#ready.push(...frames);
    if (this.#ready.length <= this.#readyMost || (this.#link.requests?.wanted ?? 0) === 0) return;
    this.#link.destroy(tcpErrors.error('FRAMES_UNREAD', { limit: tcpLimits.values.unread }));
  }

  // --- events of the link ---------------------------------------------------------------------------------------

  /** Bytes arrived. */
  data(chunk: Buffer): void {
    this.#take(chunk);
    this.#count(chunk.length);
  }

  /** Ends the link if the incomplete frames of all links exceed their limit, and those of this link exceed its share. */
  #count(arrived: number): void {
    const total = this.#link.settings.incomplete;
    if (total === undefined || !this.#link.usable) return;
    // Bytes that no reader has requested are limited by the limit for reading ahead.
    const { pending } = this.#deframer;
    const waiting = this.flowing ? pending : Math.max(0, pending - tcpLimits.values.readAhead);
    if (waiting === this.#counted) return;
    const tooMuch =
      waiting > this.#counted && !total.allows(this.#counted, Math.min(arrived, waiting - this.#counted));
    total.change(this.#counted, waiting);
    this.#counted = waiting;
    if (!tooMuch) return;
    const { used: size, limit } = total;
    this.#link.destroy(tcpErrors.error('FRAME_MEMORY_FULL', { size, limit }));
  }

  #take(chunk: Buffer): void {
    if (this.flowing) {
      this.#deliver(this.#deframer.push(chunk));
      this.#link.watchFrames();
      return;
    }
    this.#deframer.append(chunk);
    const { requests } = this.#link;
    const wanted = requests !== undefined && requests.wanted > 0;
    if (wanted) {
      this.#answer();
      this.#link.watchFrames();
    }
    if (this.#readers?.waiting) {
      this.#readers.resolve();
      return;
    }
    this.#tell();
    const readAhead = this.#deframer.pending >= tcpLimits.values.readAhead;
    if (readAhead && !wanted && !this.reading && !this.flowing) this.#link.pause();
  }

  /** The silence that ends a frame has passed. */
  silence(): void {
    this.#late(this.#deframer.idle());
  }

  /** The begun frame has reached its time limit. */
  overdue(): void {
    this.#late(this.#deframer.overdue());
  }

  /** Delivers frames that a timer has completed or found. */
  #late(frames: In[]): void {
    if (this.flowing) this.#deliver(frames);
    else {
      const { requests } = this.#link;
      this.#keep(requests === undefined || requests.expected === 0 ? frames : requests.sift(frames));
      this.#readers?.resolve();
      this.#tell();
      if (this.asked && this.#deframer.failure !== undefined) this.#link.destroy(this.#deframer.failure);
    }
  }

  /** The peer has ended its side. */
  end(): void {
    if (this.flowing) this.#ended();
    else {
      if ((this.#link.requests?.wanted ?? 0) > 0) {
        this.#answer();
        const rest = this.#deframer.end();
        this.#keep(this.#link.requests?.sift(rest) ?? rest);
      }
      this.#readers?.resolve();
      this.#tell();
    }
  }

  /** The peer has ended and everything it sent is with the deframer, which is flowing. */
  #ended(): void {
    this.#deliver(this.#deframer.end());
    this.#afterEnd();
  }

  #afterEnd(): void {
    if (this.#deframer.failure !== undefined) this.#link.destroy(this.#deframer.failure);
    else this.#link.close(coreErrors.error('PEER_CLOSED'));
  }

  /** Nothing is received from now on. */
  fail(cause: FairleadError): void {
    this.#link.settings.incomplete?.change(this.#counted, 0);
    this.#counted = 0;
    this.#readers?.reject(cause);
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.failed(cause);
  }
}
