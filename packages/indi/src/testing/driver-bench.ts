import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Deframer } from '@fairlead/tcp';
import type { AnyDevice } from '../driver/device.ts';
import { type RunOptions, runDriver } from '../driver/run.ts';
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

/**
 * For tests of drivers: runs one on two streams, in this process, and shows what it says as a client would see it. Its
 * configuration is in a folder of its own, which goes when the bench is disposed of; a folder that is given stays.
 *
 *     await using bench = await DriverBench.start(new WeatherStation());
 *     await bench.connect(port);
 *     await bench.reaches('WEATHER_PARAMETERS', 'Ok');
 */
export class DriverBench implements AsyncDisposable {
  readonly input = new PassThrough();
  readonly output = new PassThrough();
  readonly said: IndiMessage[] = [];
  readonly raw: RawElement[] = [];
  readonly folder: string;
  readonly ended: Promise<void>;
  readonly #device: string;
  readonly #ownFolder: boolean;
  #failure: unknown;

  private constructor(devices: readonly AnyDevice[], folder: string, own: boolean, options: RunOptions) {
    this.folder = folder;
    this.#ownFolder = own;
    this.#device = devices[0]?.name ?? '';
    const deframer = new Deframer(indiElements().decoder(), 'indi');
    this.output.on('data', (chunk: Buffer) => {
      for (const element of deframer.push(Buffer.from(chunk))) {
        this.raw.push(element);
        const message = parseMessage(element);
        if (message !== undefined) this.said.push(message);
      }
    });
    const { input, output } = this;
    this.ended = runDriver(devices, { input, output, environment: { HOME: folder }, ...options });
    this.ended.catch((error: unknown) => {
      this.#failure = error;
    });
  }

  static async start(
    devices: AnyDevice | readonly AnyDevice[],
    options: RunOptions & { folder?: string; ask?: boolean } = {},
  ): Promise<DriverBench> {
    const { folder: given, ask = true, ...run } = options;
    const folder = given ?? (await mkdtemp(join(tmpdir(), 'fairlead-indi-')));
    const bench = new DriverBench([devices].flat() as AnyDevice[], folder, given === undefined, run);
    if (ask) {
      bench.write('<getProperties version="1.7"/>');
      await bench.has(() => bench.vector('CONFIG_PROCESS') !== undefined, 'definitions');
    }
    return bench;
  }

  write(xml: string): void {
    this.input.write(xml);
  }

  send(message: IndiMessage): void {
    this.input.write(encodeMessage(message));
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
      if (this.#failure !== undefined) throw this.#failure;
      if (performance.now() > end)
        throw new Error(
          `not within ${PATIENCE} ms: ${what}; the driver said:\n${this.raw.slice(-12).join('\n')}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 5));
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

  /** Ends the input, as a server that stops does, and waits for the driver's end. */
  async stop(): Promise<void> {
    this.input.end();
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.input.end();
    await this.ended.catch(() => undefined);
    if (this.#ownFolder) await rm(this.folder, { recursive: true, force: true });
  }
}
