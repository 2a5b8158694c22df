import type { Socket } from 'node:net';
import { dial, type Step } from './conduct.ts';
import type { Random } from './random.ts';
import type { Known, World } from './world.ts';

/** The protocol of a well-behaved device, and the expected messages. */
export interface Dialect extends Known {
  /** The first bytes of its link. */
  readonly hello: Buffer;
  /** Its message number `n`, as bytes. */
  message(n: number, random: Random): Buffer;
  /** The expected publications: topic and payload, in order. */
  expected(n: number): readonly (readonly [topic: string, payload: string])[];
  /** The payloads of a topic are one stream, cut anywhere. */
  readonly stream?: boolean;
  /** Expected answers after authentication and after each message. */
  readonly owed?: { readonly auth: number; readonly message: number };
}

const DEADLINE = 20_000;

/** A device whose messages must all arrive, in order, whatever other clients do. */
export class GoodDevice {
  readonly #dialect: Dialect;
  readonly #world: World;
  readonly #expected = new Map<string, string[]>();
  #socket: Socket | undefined;
  #sent = 0;
  #owed = 0;
  #answered = 0;

  constructor(dialect: Dialect, world: World) {
    this.#dialect = dialect;
    this.#world = world;
  }

  get name(): string {
    return this.#dialect.device.name;
  }

  connect(): void {
    const socket = dial(this.#world.port);
    socket.on('data', (chunk) => {
      this.#answered += chunk.length;
    });
    this.#socket = socket;
    this.#owed += this.#dialect.owed?.auth ?? 0;
    socket.write(this.#dialect.hello);
  }

  /** Returns the next messages as bytes, and expects them from now on. */
  speak(count: number, random: Random): Buffer {
    const bytes: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      const n = this.#sent++;
      bytes.push(this.#dialect.message(n, random));
      this.#owed += this.#dialect.owed?.message ?? 0;
      for (const [topic, payload] of this.#dialect.expected(n)) {
        const before = this.#expected.get(topic);
        if (before === undefined) this.#expected.set(topic, [payload]);
        else before.push(payload);
      }
    }
    return Buffer.concat(bytes);
  }

  async send(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if ('wait' in step) await new Promise((resolve) => setTimeout(resolve, step.wait));
      else {
        this.#socket?.write(step.send);
        await new Promise(setImmediate);
      }
    }
  }

  end(): void {
    this.#socket?.end();
  }

  /** Waits until the sent messages arrived. Returns the error if they do not. */
  async settled(): Promise<string | undefined> {
    const end = performance.now() + DEADLINE;
    for (;;) {
      const missing = this.#missing();
      if (missing === undefined) break;
      if (performance.now() > end || missing.wrong) return `${this.name}: ${missing.what}${this.#refusal()}`;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    for (const topic of this.#expected.keys()) this.#world.bus.readings.delete(topic);
    this.#expected.clear();
    return undefined;
  }

  /** Whether its link is open. */
  get alive(): boolean {
    return this.#socket !== undefined && !this.#socket.destroyed && !this.#socket.readableEnded;
  }

  destroy(): void {
    this.#socket?.destroy();
  }

  /** Messages of it that the gateway refused: there must be none. */
  #refusal(): string {
    const link = this.#world.gateway.links().find(({ device }) => device === this.name);
    if (link?.lastRefusal === undefined) return '';
    return `; refused: ${JSON.stringify(link.refusals)}, the last: ${link.lastRefusal}`;
  }

  #missing(): { what: string; wrong: boolean } | undefined {
    for (const [topic, expected] of this.#expected) {
      const arrived = this.#world.bus.readings.get(topic) ?? [];
      const [have, want] = this.#dialect.stream
        ? [[...arrived.join('')], [...expected.join('')]]
        : [arrived, expected];
      const other = have.findIndex((text, i) => text !== want[i]);
      if (other >= 0)
        return { what: `${topic}: number ${other} is ${have[other]}, not ${want[other]}`, wrong: true };
      if (have.length < want.length)
        return { what: `${topic}: ${have.length} of ${want.length} have arrived`, wrong: false };
    }
    if (this.#answered === this.#owed) return undefined;
    return {
      what: `it was answered ${this.#answered} bytes, not ${this.#owed}`,
      wrong: this.#answered > this.#owed,
    };
  }
}
