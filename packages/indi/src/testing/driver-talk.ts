import type { Readable, Writable } from 'node:stream';
import { pause, systemClock } from '@fairlead/core';
import { Deframer } from '@fairlead/tcp';
import {
  type AnySetVector,
  encodeMessage,
  type IndiMessage,
  indiElements,
  type PropertyState,
  parseMessage,
  type RawElement,
} from '../wire/index.ts';

/** Milliseconds that a test waits for anything. */
const PATIENCE = 5_000;

type Value = string | number | boolean;

/** For tests of drivers: speaks with one over its two streams, as a client would, and remembers what it has said. */
export class DriverTalk {
  readonly said: IndiMessage[] = [];
  readonly raw: RawElement[] = [];
  /** Why the driver can say no more, once that is known: what is waited for is given up. */
  failure: unknown;
  readonly #input: Writable;
  readonly #device: string;

  /** @param device whom {@link want} and what follows it are about */
  constructor(input: Writable, output: Readable, device: string) {
    this.#input = input;
    this.#device = device;
    const deframer = new Deframer(indiElements().decoder(), 'indi');
    output.on('data', (chunk: Buffer) => {
      for (const element of deframer.push(Buffer.from(chunk))) {
        this.raw.push(element);
        const message = parseMessage(element);
        if (message !== undefined) this.said.push(message);
      }
    });
  }

  write(xml: string): void {
    this.#input.write(xml);
  }

  send(message: IndiMessage): void {
    this.#input.write(encodeMessage(message));
  }

  /** Wants other values of a property, whose type follows from the values. */
  want(name: string, values: Readonly<Record<string, Value>>): void {
    const members = Object.entries(values).map(([member, value]) => ({ name: member, value }));
    const kind = typeof members[0]?.value;
    const type = kind === 'number' ? 'Number' : kind === 'boolean' ? 'Switch' : 'Text';
    this.send({ tag: `new${type}Vector`, type, device: this.#device, name, members } as IndiMessage);
  }

  /** Waits until the condition holds; rejects after five seconds with what the driver has said last, or with why it has ended. */
  async has(condition: () => boolean, what: string): Promise<void> {
    const end = performance.now() + PATIENCE;
    while (!condition()) {
      if (this.failure !== undefined) throw this.failure;
      if (performance.now() > end)
        throw new Error(
          `not within ${PATIENCE} ms: ${what}; the driver said:\n${this.raw.slice(-12).join('\n')}`,
        );
      await pause(systemClock, 5);
    }
  }

  /** What was said of a property last; undefined once it is gone. */
  vector(name: string): AnySetVector | undefined {
    const last = this.said.findLast((message) => 'name' in message && message.name === name);
    return last === undefined || last.tag === 'delProperty' ? undefined : (last as AnySetVector);
  }

  state(name: string): PropertyState | undefined {
    return this.vector(name)?.state;
  }

  value(name: string, member: string): unknown {
    return this.vector(name)?.members.find((other) => other.name === member)?.value;
  }

  /** Everything that was said to people, as one text. */
  get words(): string {
    return this.said.map((message) => ('message' in message ? (message.message ?? '') : '')).join('\n');
  }

  /** Waits until a property is in a state. */
  reaches(name: string, state: PropertyState): Promise<void> {
    return this.has(() => this.state(name) === state, `${name} is ${state}`);
  }

  /** Connects, by TCP to a port of this machine. */
  async connect(port: number, host = '127.0.0.1'): Promise<void> {
    this.want('DEVICE_ADDRESS', { ADDRESS: host, PORT: String(port) });
    this.want('CONNECTION', { CONNECT: true });
    await this.reaches('CONNECTION', 'Ok');
  }
}
