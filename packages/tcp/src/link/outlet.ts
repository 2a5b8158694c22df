/**
 * The sending half of a link.
 *
 *   send(message) --> encoder --> ByteSink --one write a tick--> transport
 */

import { type FairleadError, Waiters } from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import type { FrameEncoder } from '../framing/codec.ts';
import { ByteSink } from '../framing/sink.ts';
import type { LinkObserver } from './link.ts';
import type { LinkSettings } from './settings.ts';
import type { Transport } from './transport.ts';

/** At this many collected bytes, messages are written before the tick ends. */
const WRITE_AT = 65_536;

/** The part of a link that the outlet uses. */
interface Sender {
  readonly settings: LinkSettings;
  readonly cause: FairleadError | undefined;
  /** Whether our side may still send. */
  readonly usable: boolean;
  readonly observer: LinkObserver | undefined;
  destroy(cause: FairleadError): void;
}

export class Outlet<Out> {
  encoder: FrameEncoder<Out>;
  bytes = 0;
  frames = 0;
  /** Largest number of bytes that have waited to be sent. */
  peak = 0;
  /** Monotonic milliseconds of the last write. */
  writtenAt: number;
  readonly #link: Sender;
  readonly #transport: Transport;
  #sink: ByteSink | undefined;
  /** Bytes of the last write, as an estimate of the next. */
  #lastSize = 0;
  #writing = false;
  #blocked = false;
  /** Bytes of this link that count towards the total of all links. */
  #counted = 0;
  #waiters: Waiters | undefined;

  constructor(link: Sender, transport: Transport, encoder: FrameEncoder<Out>, now: number) {
    this.#link = link;
    this.#transport = transport;
    this.encoder = encoder;
    this.writtenAt = now;
  }

  /** Bytes that wait to be sent. */
  get backlog(): number {
    return this.#transport.writableLength + (this.#sink?.length ?? 0);
  }

  send(message: Out): boolean {
    let sink = this.#sink;
    if (sink === undefined) sink = this.#sink = new ByteSink(this.#lastSize);
    this.encoder.encode(message, sink);
    return this.#sent(sink);
  }

  forwardAll(encoded: readonly Uint8Array[]): boolean {
    let sink = this.#sink;
    if (sink === undefined) sink = this.#sink = new ByteSink(this.#lastSize);
    for (const piece of encoded) sink.bytes(piece);
    return this.#sent(sink);
  }

  forward(encoded: Uint8Array): boolean {
    let sink = this.#sink;
    if (sink === undefined) sink = this.#sink = new ByteSink(this.#lastSize);
    sink.bytes(encoded);
    return this.#sent(sink);
  }

  #sent(sink: ByteSink): boolean {
    this.frames++;
    if (sink.length >= WRITE_AT) this.write();
    else if (!this.#writing) {
      this.#writing = true;
      process.nextTick(flushOf, this);
    }
    return !this.#blocked;
  }

  /** Collects sent messages until {@link flush} is called, instead of until the end of the tick. Returns false if it already does. */
  gather(): boolean {
    if (this.#writing) return false;
    this.#writing = true;
    return true;
  }

  /** The tick ends, or collecting ends. */
  flush(): void {
    this.#writing = false;
    this.write();
  }

  /** Writes at once the messages that would be written at the end of the tick. */
  write(): void {
    const sink = this.#sink;
    if (sink === undefined || sink.length === 0 || !this.#link.usable) return;
    const waiting = this.#transport.writableLength;
    const { writeBuffer, waiting: total, clock } = this.#link.settings;
    if (waiting > writeBuffer) {
      this.#link.destroy(tcpErrors.error('WRITE_BUFFER_FULL', { size: waiting, limit: writeBuffer }));
      return;
    }
    if (this.#blocked && total?.allows(waiting, sink.length) === false) {
      const { used: size, limit } = total;
      this.#link.destroy(tcpErrors.error('WRITE_BUFFER_FULL', { size, limit }));
      return;
    }
    this.bytes += sink.length;
    this.#lastSize = sink.length;
    this.writtenAt = clock.monotonic();
    this.#sink = undefined; // an idle link keeps no sink
    const pieces = sink.flush();
    this.#link.observer?.sent(pieces);
    if (!this.#transport.write(pieces)) {
      this.#blocked = true;
      const { writableLength } = this.#transport;
      this.peak = Math.max(this.peak, writableLength);
      this.#count(writableLength);
    }
  }

  #count(bytes: number): void {
    this.#link.settings.waiting?.change(this.#counted, bytes);
    this.#counted = bytes;
  }

  drained(signal?: AbortSignal): Promise<void> {
    if (!this.#blocked) return Promise.resolve();
    this.#waiters ??= new Waiters();
    return this.#waiters.wait(signal);
  }

  written(): Promise<void> {
    this.write();
    return new Promise((resolve, reject) => {
      this.#transport.write([], (written) => (written ? resolve() : this.#whenEnded(reject)));
    });
  }

  /** The write of a socket fails shortly before the reason of its end is known. */
  #whenEnded(tell: (cause: unknown) => void): void {
    const { cause } = this.#link;
    if (cause !== undefined) {
      tell(cause);
      return;
    }
    this.#waiters ??= new Waiters();
    this.#waiters.wait().catch(tell);
  }

  onDrain(): void {
    this.#blocked = false;
    this.#count(0);
    this.#waiters?.resolve();
  }

  /** Ends sending. */
  fail(cause: FairleadError): void {
    this.#waiters?.reject(cause);
  }

  /** Frees its memory. */
  release(): void {
    this.#sink = undefined;
    this.#count(0);
  }
}

function flushOf(outlet: Outlet<unknown>): void {
  outlet.flush();
}
