/**
 * One link of a simulated device, on a transport without framing, so that it can write any bytes in any pieces:
 *
 *     [token] opening, each frame after the reply to the one before  ->  readings, with their faults
 *     received: replies that are due, requests that are answered, and all else, which is shown
 */
import { type Clock, coreErrors, type FairleadError, Fifo, pause } from '@fairlead/core';
import type { Responder, SimulatedDevice, SimulatedFrame } from '@fairlead/profiles';
import type { Transport, TransportEvents } from '@fairlead/tcp';
import { cliLimits } from '../limits.ts';
import type { Fault, Faults } from './faults.ts';

export interface PlayedStats {
  sent: number;
  /** Readings that were not sent because there was no link or the peer did not read. */
  heldBack: number;
  /** Requests that were answered. */
  answered: number;
  /** Bytes that came and are neither a reply nor a request that is known, in pieces. */
  received: number;
  /** Links that ended although the device did not end them. */
  lost: number;
}

/** What all links of a simulation share. */
export interface PlayTerms {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly stats: PlayedStats;
  /** A frame with a wrong checksum; undefined: frames have none. */
  damaged(bytes: Buffer, random: () => number): Buffer | undefined;
  /** Bytes that came and are neither a reply nor a request that is known. */
  heard(device: string, bytes: Buffer): void;
}

export interface PlayedDevice extends SimulatedDevice {
  readonly name: string;
  readonly token?: string | undefined;
  /** Numbers in [0, 1) that choose its faults. */
  readonly random: () => number;
  /** Readings sent so far, over all its links. */
  readings: number;
}

/** Milliseconds: a pause in a frame, between bytes of a slow line, between pieces. */
const STALL = 3_000;
const SLOW = 20;
const APART = 5;
/** Frames that are written at once. */
const GLUED = 4;
const FLOOD = 1_000;
/** Replies that are due, at most. */
const DUE = 64;

export class PlayedLink implements TransportEvents {
  readonly #transport: Transport;
  readonly #device: PlayedDevice;
  readonly #terms: PlayTerms;
  readonly #responder: Responder;
  readonly #ended = new AbortController();
  readonly #closed: (cause: FairleadError | undefined) => void;
  readonly #waiting = new Fifo<SimulatedFrame>();
  readonly #due = new Fifo<Buffer>();
  #replied: (() => void) | undefined;
  #ready = false;
  #busy = false;
  #blocked = false;
  #abandoned = false;

  /** @param closed called once; without a cause where the device ended the link itself */
  constructor(
    transport: Transport,
    device: PlayedDevice,
    terms: PlayTerms,
    closed: (cause: FairleadError | undefined) => void,
  ) {
    this.#transport = transport;
    this.#device = device;
    this.#terms = terms;
    this.#responder = device.responder();
    this.#closed = closed;
    transport.start(this);
    transport.resume();
  }

  /** Whether the device has left it half open. */
  get abandoned(): boolean {
    return this.#abandoned;
  }

  /** Sends the token and the first frames. */
  async open(): Promise<void> {
    const { token, opening } = this.#device;
    if (token !== undefined) this.#write(Buffer.from(`${token}\n`));
    for (const frame of opening) {
      if (this.#ended.signal.aborted) return;
      this.#owe(frame);
      this.#write(frame.bytes);
      if (frame.reply.length > 0) await this.#reply();
    }
    this.#ready = !this.#ended.signal.aborted;
  }

  /** Sends the next readings of the device, or holds them back. */
  read(count: number): void {
    const { faults, stats } = this.#terms;
    for (let i = 0; i < count; i++) {
      const frame = this.#device.reading(this.#device.readings);
      if (frame === undefined) return;
      if (!this.#ready || this.#blocked || this.#waiting.length >= cliLimits.values.simWaiting) {
        stats.heldBack++;
        continue;
      }
      this.#device.readings++;
      if (faults.names.length === 0) this.#send(frame);
      else {
        this.#waiting.push(frame);
        if (!this.#busy) void this.#sendAll();
      }
    }
  }

  /** Ends the link at once. */
  destroy(): void {
    this.#end();
    this.#transport.destroy(coreErrors.error('LINK_CLOSED'));
  }

  onData(chunk: Buffer): void {
    if (this.#abandoned) return;
    this.#replied?.();
    if (this.#isDue(chunk)) return;
    const { stats, clock, heard } = this.#terms;
    const answers = this.#responder.receive(chunk, clock.now());
    for (const answer of answers) this.#write(answer);
    if (answers.length > 0) stats.answered++;
    else {
      stats.received++;
      heard(this.#device.name, chunk);
    }
  }

  onDrain(): void {
    this.#blocked = false;
  }

  onEnd(): void {
    this.#transport.end();
  }

  onClosed(cause: FairleadError): void {
    const own = this.#ended.signal.aborted;
    this.#end();
    if (!this.#abandoned) this.#closed(own ? undefined : cause);
  }

  #end(): void {
    this.#ready = false;
    this.#ended.abort();
    this.#replied?.();
  }

  /** Waits for any bytes, for a limited time: what is sent next may need the reply. */
  async #reply(): Promise<void> {
    const waiting = new AbortController();
    this.#replied = () => waiting.abort();
    await pause(this.#terms.clock, cliLimits.values.simReply, waiting.signal);
    this.#replied = undefined;
  }

  /** Whether these bytes are the next replies that are due. */
  #isDue(chunk: Buffer): boolean {
    let size = 0;
    let replies = 0;
    for (const due of this.#due) {
      if (size >= chunk.length || due[0] !== chunk[size]) break;
      size += due.length;
      replies++;
    }
    if (size !== chunk.length) return false;
    for (let i = 0; i < replies; i++) this.#due.shift();
    return true;
  }

  #write(bytes: Buffer): void {
    if (this.#ended.signal.aborted) return;
    if (!this.#transport.write([bytes])) this.#blocked = true;
  }

  #send(frame: SimulatedFrame, bytes = frame.bytes): void {
    this.#terms.stats.sent++;
    this.#owe(frame);
    this.#write(bytes);
  }

  #owe({ reply }: SimulatedFrame): void {
    if (reply.length === 0) return;
    if (this.#due.length >= DUE) this.#due.shift();
    this.#due.push(reply);
  }

  async #sendAll(): Promise<void> {
    this.#busy = true;
    for (;;) {
      const frame = this.#waiting.shift();
      if (frame === undefined || this.#ended.signal.aborted) break;
      const fault = this.#terms.faults.draw(this.#device.random);
      if (fault === undefined) this.#send(frame);
      else await this.#sendWrongly(frame, fault);
    }
    this.#busy = false;
  }

  async #sendWrongly(frame: SimulatedFrame, fault: Fault): Promise<void> {
    const { faults, damaged, stats } = this.#terms;
    const { random } = this.#device;
    const { bytes } = frame;
    const middle = 1 + Math.floor(random() * Math.max(1, bytes.length - 1));
    if (fault === 'bad-checksum') {
      const wrong = damaged(bytes, random);
      if (wrong === undefined) return this.#send(frame);
      faults.count(fault);
      stats.sent++;
      return this.#write(wrong);
    }
    faults.count(fault);
    switch (fault) {
      case 'split':
        return this.#pieces(frame, APART, () => 1 + Math.floor(random() * 8));
      case 'slow':
        return this.#pieces(frame, SLOW, () => 1);
      case 'stall':
        this.#write(bytes.subarray(0, middle));
        await pause(this.#terms.clock, STALL, this.#ended.signal);
        return this.#send(frame, bytes.subarray(middle));
      case 'glue':
        return this.#together(frame, GLUED);
      case 'flood':
        return this.#together(frame, FLOOD);
      case 'reset':
        this.#write(bytes.subarray(0, middle));
        return this.#reset();
      case 'half-open':
        return this.#abandon();
    }
  }

  async #pieces(frame: SimulatedFrame, apart: number, size: () => number): Promise<void> {
    const { bytes } = frame;
    this.#owe(frame);
    for (let at = 0; at < bytes.length && !this.#ended.signal.aborted; ) {
      const end = at + size();
      this.#write(bytes.subarray(at, end));
      at = end;
      await pause(this.#terms.clock, apart, this.#ended.signal);
    }
    this.#terms.stats.sent++;
  }

  /** This frame and the next ones of the device in one write. */
  #together(frame: SimulatedFrame, count: number): void {
    const frames = [frame];
    while (frames.length < count) frames.push(this.#device.reading(this.#device.readings++) ?? frame);
    for (const one of frames) this.#owe(one);
    this.#write(Buffer.concat(frames.map((one) => one.bytes)));
    this.#terms.stats.sent += frames.length;
  }

  #reset(): void {
    const cause = coreErrors.error('LINK_CLOSED');
    this.#end();
    if (this.#transport.reset === undefined) this.#transport.destroy(cause);
    else this.#transport.reset(cause);
  }

  /** Neither sends nor reads any more, and does not close: the peer must find out. */
  #abandon(): void {
    this.#abandoned = true;
    this.#end();
    this.#transport.pause();
    this.#closed(undefined);
  }
}
