import { addAbortListener, once } from 'node:events';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { type Clock, type FairleadError, systemClock, type Timer } from '@fairlead/core';
import { ByteSink, Deframer } from '@fairlead/tcp';
import { indiErrors } from '../catalogue.ts';
import { beat, heartbeatOf } from '../heartbeat.ts';
import { indiLimits } from '../limits.ts';
import {
  type AnyNewVector,
  ElementSplitter,
  type IndiMessage,
  parseMessage,
  printMessage,
  type RawElement,
} from '../wire/index.ts';
import { inWords } from '../words.ts';
import { consoleOnStderr } from './console.ts';
import type { AnyDevice } from './device.ts';

export interface RunOptions {
  /** Input from clients. Default: the standard input. */
  readonly input?: Readable;
  /** Output to clients. Default: the standard output. */
  readonly output?: Writable;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Environment variables, for INDICONFIG and HOME. Default: those of the process. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Ends the driver, like the end of the input. */
  readonly signal?: AbortSignal;
}

/**
 * Runs devices as an INDI driver: elements in, elements out, until the input ends. Then it disconnects the devices,
 * writes the pending output and resolves. Invalid input is answered with a message and ends nothing. Meanwhile
 * `console` prints to stderr if the output is the standard output. Rejects with `OUTPUT_STUCK` when the output is not
 * read, and with `DEVICE_NAMED_TWICE`.
 */
export async function runDriver(
  devices: AnyDevice | readonly AnyDevice[],
  options: RunOptions = {},
): Promise<void> {
  await new DriverRun([devices].flat() as AnyDevice[], options).run();
}

class DriverRun {
  readonly #devices: readonly AnyDevice[];
  readonly #options: RunOptions;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #clock: Clock;
  readonly #deframer: Deframer<RawElement>;
  /** Output that is written at the end of the tick. */
  #sink = new ByteSink();
  #writing = false;
  #nextBeat: Timer | undefined;
  #failure: FairleadError | undefined;
  /** Whether the output is no longer read. */
  #deaf = false;

  constructor(devices: readonly AnyDevice[], options: RunOptions) {
    this.#devices = devices;
    this.#options = options;
    this.#input = options.input ?? process.stdin;
    this.#output = options.output ?? process.stdout;
    this.#clock = options.clock ?? systemClock;
    const resync = (error: FairleadError): void => this.#device(undefined)?.refuse(undefined, inWords(error));
    this.#deframer = new Deframer(new ElementSplitter({ resync }), 'indi');
  }

  async run(): Promise<void> {
    const { signal, environment = process.env, random = Math.random } = this.#options;
    const executable = basename(process.argv[1] ?? 'driver');
    const send = (message: IndiMessage): void => this.#send(message);
    // If the reader closes the output, the driver ends too.
    this.#output.on('error', () => this.#hangUp());
    const names = this.#devices.map(({ name }) => name);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined) throw indiErrors.error('DEVICE_NAMED_TWICE', { device: twice });
    const restore = this.#output === process.stdout ? consoleOnStderr() : undefined;
    using _abort = signal && addAbortListener(signal, () => this.#input.destroy());
    this.#beat(heartbeatOf(environment));
    try {
      for (const device of this.#devices)
        await device.start({ send, clock: this.#clock, random, environment, executable });
      if (!signal?.aborted) await this.#read();
    } finally {
      await Promise.all(this.#devices.map((device) => device.stop()));
      this.#clock.clear(this.#nextBeat);
      await this.#flushed();
      this.#input.destroy();
      restore?.();
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Proves to a server that asks for it that the event loop of this driver runs. */
  #beat(period: number | undefined): void {
    if (period === undefined) return;
    this.#send(beat);
    this.#nextBeat = this.#clock.after(period, () => this.#beat(period));
  }

  async #read(): Promise<void> {
    try {
      for await (const chunk of this.#input) {
        for (const element of this.#deframer.push(chunk as Buffer)) this.#receive(element);
        if (this.#deaf) return;
        // The input of a peer that does not read is not read either.
        if (this.#output.writableNeedDrain)
          await Promise.race([once(this.#output, 'drain'), once(this.#output, 'close')]);
      }
    } catch (error) {
      // The input was destroyed, or the peer has reset it: this is handled like its end.
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }

  #receive(element: RawElement): void {
    let message: IndiMessage | undefined;
    try {
      message = parseMessage(element);
    } catch (error) {
      const name = attributeOf(element, 'name');
      this.#device(attributeOf(element, 'device'))?.refuse(name, inWords(error));
      return;
    }
    if (message === undefined)
      this.#device(undefined)?.log.warn(`<${element.tag}> is not an element of INDI 1.7.`);
    else this.#handle(message);
  }

  #handle(message: IndiMessage): void {
    switch (message.tag) {
      case 'getProperties':
        for (const device of this.#devices)
          if (message.device === undefined || message.device === device.name)
            device.getProperties(message.name);
        break;
      case 'newTextVector':
      case 'newNumberVector':
      case 'newSwitchVector':
      case 'newBLOBVector':
        this.#request(message);
        break;
      case 'pingRequest':
        this.#send({ tag: 'pingReply', uid: message.uid });
        break;
      case 'pingReply':
      case 'enableBLOB':
        // The server decides who gets BLOBs.
        break;
      default:
        for (const device of this.#devices) device.heard(message);
    }
  }

  #request(message: AnyNewVector): void {
    const device = this.#devices.find(({ name }) => name === message.device);
    if (device !== undefined) void device.handleNew(message);
    else this.#device(undefined)?.log.warn(`Unknown device ${message.device}.`);
  }

  /** The device with this name, or the first one, which then reports the error. */
  #device(name: string | undefined): AnyDevice | undefined {
    return this.#devices.find((device) => device.name === name) ?? this.#devices[0];
  }

  // --- output -----------------------------------------------------------------------------------------------------

  #send(message: IndiMessage): void {
    if (this.#deaf) return;
    try {
      printMessage(message, this.#sink);
    } catch (error) {
      // A mistake of the driver, such as a control character in a text: it is reported and ends nothing.
      const { device } = message as { device?: string };
      const reason = `[ERROR] <${message.tag}> could not be sent: ${(error as Error).message}`;
      printMessage({ tag: 'message', device, timestamp: this.#clock.now(), message: reason }, this.#sink);
    }
    if (this.#writing) return;
    this.#writing = true;
    process.nextTick(() => this.#write());
  }

  /** All messages of one tick are sent in one write. */
  #write(): void {
    this.#writing = false;
    const output = this.#output;
    if (this.#deaf || this.#sink.length === 0) return;
    const limit = indiLimits.values.output;
    if (output.writableLength > limit) {
      this.#failure = indiErrors.error('OUTPUT_STUCK', { size: output.writableLength, limit });
      this.#hangUp();
      return;
    }
    const pieces = this.#sink.flush();
    if (pieces.length > 1) output.cork();
    for (const piece of pieces) output.write(piece);
    if (pieces.length > 1) output.uncork();
  }

  #hangUp(): void {
    this.#deaf = true;
    this.#input.destroy();
  }

  async #flushed(): Promise<void> {
    this.#write();
    if (this.#deaf || this.#output.destroyed) return;
    await new Promise<void>((resolve) => this.#output.write('', () => resolve()));
  }
}

function attributeOf(element: RawElement, name: 'device' | 'name'): string | undefined {
  try {
    return element[name];
  } catch {
    return undefined; // the opening tag could not be parsed
  }
}
