/**
 * The INDI hub between hostile clients and a hostile driver, on real sockets and with real processes. Meanwhile clients
 * request numbers from a good driver. They must not be affected: each request is answered once and in order, every BLOB is
 * complete, their links stay open, and the good driver is not restarted. Errors of the others have codes of the catalogue,
 * memory stays bounded, and no error is unhandled.
 */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { coreErrors, type Log } from '@fairlead/core';
import { createHub, type Hub, IndiClient, indiErrors } from '@fairlead/indi';
import { tcpErrors } from '@fairlead/tcp';
import { type Arsenal, attack } from './attacks.ts';
import { type Conduct, dial, perform, pieces } from './conduct.ts';
import { HUB_SEEDS } from './hub-seeds.ts';
import { mutated } from './mutate.ts';
import { Random } from './random.ts';
import { deeds, siege } from './siege.ts';
import type { Target } from './target.ts';

const DRIVER = join(import.meta.dirname, 'hub-driver.ts');
const ATTACKERS = 12;
const DEADLINE = 20_000;
const LIMITS = {
  clients: 64,
  clientQueue: 8 * 2 ** 20,
  streamQueue: 2 ** 20,
  driverQueue: 8 * 2 ** 20,
  maxElement: 16_384,
  maxBlob: 2 ** 20,
  restartMin: 10,
  restartMax: 50,
  driverGrace: 500,
};
const CATALOGUE = new Set([coreErrors, tcpErrors, indiErrors].flatMap(({ entries }) => Object.keys(entries)));
/** Codes that say that Fairlead itself is at fault. */
const DEFECTS = new Set(['CODEC_FAILED', 'CODEC_STALLED', 'HANDLER_FAILED']);
const ARSENAL: Arsenal = { hellos: HUB_SEEDS.slice(0, 3), seeds: HUB_SEEDS };

export const hub: Target = async (seed, until) => {
  const random = new Random(seed);
  await using arena = await HubArena.open();
  return await siege('attacking clients', until, async () => {
    const conducts = Array.from({ length: random.int(1, ATTACKERS) }, () => attack(random, ARSENAL));
    const stray = random.chance(0.8) ? mutated(random, HUB_SEEDS, 8_192) : random.bytes(random.size(4_096));
    const wrong = await arena.round(conducts, stray, random);
    return { conducts, wrong, reproduction: () => [`driver: ${stray.toString('hex')}`, ...deeds(conducts)] };
  });
};

/** A hub, a good driver, an evil one whose output is ours, and good clients. */
class HubArena implements AsyncDisposable {
  readonly #hub: Hub;
  readonly #strings: Server;
  readonly #residents: readonly GoodClient[];
  readonly #codes: readonly string[];
  /** The output of the hostile driver, while it runs. */
  #voice: Socket | undefined;

  private constructor(hub: Hub, strings: Server, residents: readonly GoodClient[], codes: readonly string[]) {
    this.#hub = hub;
    this.#strings = strings;
    this.#residents = residents;
    this.#codes = codes;
    strings.on('connection', (socket) => this.#speaks(socket));
  }

  static async open(): Promise<HubArena> {
    const strings = createServer().listen(0, '127.0.0.1');
    await once(strings, 'listening');
    const { port } = strings.address() as AddressInfo;
    const codes: string[] = [];
    const node = [process.execPath, '--conditions=fairlead-source', DRIVER] as const;
    const hub = await createHub({
      listen: '127.0.0.1:0',
      run: { good: { command: [...node, 'good'] }, evil: { command: [...node, 'evil', String(port)] } },
      limits: LIMITS,
      log: recorded(codes),
    });
    const residents = [1, 2].map((n) => new GoodClient(hub.address as string, n));
    const arena = new HubArena(hub, strings, residents, codes);
    await Promise.all(residents.map((client) => client.ready()));
    return arena;
  }

  /** One round. Returns what went wrong. */
  async round(conducts: readonly Conduct[], stray: Buffer, random: Random): Promise<string | undefined> {
    const port = Number(this.#hub.address?.split(':')[1]);
    const sockets = conducts.map(() => dial(port));
    const attacks = conducts.map((conduct, i) => perform(conduct, sockets[i] as Socket));
    const evil = this.#print(stray, random);
    // One client counts at a time, so that the order of the answers is known.
    const counting = this.#residents[random.int(0, 1)] as GoodClient;
    const wrong = await this.#count(counting, random.int(1, 40));
    await Promise.all([...attacks, evil]);
    for (const socket of sockets) socket.destroy();
    return wrong ?? (await this.#alone()) ?? this.#badCode();
  }

  /** Numbers from one client; all good clients hear the answers, the pictures too. */
  async #count(counting: GoodClient, times: number): Promise<string | undefined> {
    const from = counting.last;
    for (let n = 1; n <= times; n++) counting.ask(from + n);
    const to = from + times;
    const end = performance.now() + DEADLINE;
    for (const client of this.#residents)
      while (client.wrong !== undefined || client.last < to || client.pictures < Math.floor(to / 16)) {
        if (client.wrong !== undefined) return client.wrong;
        if (performance.now() > end)
          return `client ${client.number} heard ${client.last} of ${to}, and ${client.pictures} pictures`;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    return undefined;
  }

  async #print(stray: Buffer, random: Random): Promise<void> {
    for (const step of pieces(random, stray)) {
      if ('wait' in step) await new Promise((resolve) => setTimeout(resolve, step.wait));
      else this.#voice?.write(step.send);
    }
    if (random.chance(0.05)) this.#voice?.destroy();
  }

  #speaks(socket: Socket): void {
    socket.on('error', () => {});
    this.#voice = socket;
  }

  /** Waits until only the good clients are left. */
  async #alone(): Promise<string | undefined> {
    const end = performance.now() + DEADLINE;
    while (this.#hub.clients().length !== this.#residents.length) {
      if (performance.now() > end) return `${this.#hub.clients().length} clients are left`;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const [good] = this.#hub.drivers();
    return good?.restarts === 0 ? undefined : `the good driver ended: ${good?.cause?.message}`;
  }

  #badCode(): string | undefined {
    const bad = this.#codes.find((code) => !CATALOGUE.has(code) || DEFECTS.has(code));
    return bad === undefined ? undefined : `the log has the code ${bad}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#residents.map((client) => client.close()));
    this.#strings.close();
    await this.#hub.close();
    this.#voice?.destroy();
  }
}

/** A client that sends requests, and checks the answers of the good driver. */
class GoodClient {
  readonly number: number;
  last = 0;
  pictures = 0;
  wrong: string | undefined;
  readonly #client: IndiClient;

  constructor(address: string, number: number) {
    this.number = number;
    this.#client = new IndiClient(address, { reconnect: false });
    this.#client.enableBlob('Also', 'Good', 'PICTURE');
    this.#client.on('change', (change) => {
      if (change.kind === 'removed' && change.device === 'Good') this.wrong ??= 'the good device was removed';
      if (change.kind !== 'changed' || change.property.device !== 'Good') return;
      const { name, elements } = change.property;
      if (name === 'COUNT') this.#heard(elements.get('N')?.value);
      else if (name === 'PICTURE') this.#saw(elements.get('P')?.value);
    });
    this.#client.on('state', (state, cause) => {
      if (state === 'closed' && cause !== undefined && cause.code !== 'CLIENT_CLOSED')
        this.wrong ??= `client ${number} has lost its link: ${cause.message}`;
    });
  }

  async ready(): Promise<void> {
    const signal = AbortSignal.timeout(DEADLINE);
    await this.#client.waitFor('Good', 'PICTURE', { signal });
  }

  ask(n: number): void {
    this.#client.send('Good', 'COUNT', { N: n });
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #heard(value: unknown): void {
    if (value !== this.last + 1) this.wrong ??= `client ${this.number} heard ${value} after ${this.last}`;
    this.last = Number(value);
  }

  #saw(value: unknown): void {
    this.pictures++;
    const base64 = (value as { base64?: Buffer } | undefined)?.base64 ?? Buffer.alloc(0);
    const text = Buffer.from(base64.toString('latin1'), 'base64').toString('latin1');
    if (text !== Buffer.alloc(150_000, `${this.pictures * 16} `).toString('latin1'))
      this.wrong ??= `client ${this.number} got a picture that is not number ${this.pictures}`;
  }
}

function recorded(codes: string[]): Log {
  const note = (fields: object): void => {
    const { code } = fields as { code?: string };
    if (code !== undefined && !codes.includes(code)) codes.push(code);
  };
  return { debug: note, info: note, warn: note, error: note };
}
