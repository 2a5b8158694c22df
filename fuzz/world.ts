/** A real gateway on real sockets with small ports in this process: known devices, a bus that records. */
import { readFileSync } from 'node:fs';
import {
  type Bus,
  type BusMessage,
  createGateway,
  type Device,
  type DeviceDirectory,
  type Gateway,
  type Log,
  type Profile,
  type Protocol,
  type ScriptHost,
} from '@fairlead/gateway';
import type { Random } from './random.ts';

export interface Known {
  readonly device: Device;
  readonly token: string;
}

/** Keeps what the well-behaved devices published, by topic, and sometimes asks for a pause. */
export class RecordingBus implements Bus {
  readonly #random: Random;
  readonly #watched: (topic: string) => boolean;
  readonly readings = new Map<string, string[]>();
  #pause: Promise<void> | undefined;

  constructor(random: Random, watched: (topic: string) => boolean) {
    this.#random = random;
    this.#watched = watched;
  }

  publish(batch: readonly BusMessage[]): boolean {
    for (const { topic, payload } of batch) {
      if (!this.#watched(topic)) continue;
      const before = this.readings.get(topic);
      const text = Buffer.from(payload as Uint8Array).toString('latin1');
      if (before === undefined) this.readings.set(topic, [text]);
      else before.push(text);
    }
    if (this.#random.chance(0.02)) {
      this.#pause ??= new Promise((resolve) => setTimeout(resolve, 2)).then(() => {
        this.#pause = undefined;
      });
    }
    return this.#pause === undefined;
  }

  drained(): Promise<void> {
    return this.#pause ?? Promise.resolve();
  }

  flushed(): Promise<void> {
    return this.drained();
  }

  async subscribe() {
    return { close: async () => {} };
  }
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Short limits, so that a round ends soon. */
const limits = { handshake: 300, closeGrace: 300, writeBuffer: 65_536, frame: 4_096 };

export interface World extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly bus: RecordingBus;
  readonly port: number;
}

export async function openWorld(
  protocol: Protocol,
  devices: readonly Known[],
  scripts: ScriptHost,
  random: Random,
): Promise<World> {
  const bus = new RecordingBus(random, (topic) => topic.includes('/good-') && !topic.endsWith('/status'));
  const gateway = await createGateway({ directory: directoryOf(devices), bus, scripts, log: silent });
  const { address } = await gateway.listen(protocol, protocol, '127.0.0.1:0', limits);
  return {
    gateway,
    bus,
    port: Number(address.slice(address.lastIndexOf(':') + 1)),
    [Symbol.asyncDispose]: () => gateway.close(),
  };
}

/** Some look-ups answer at once, others later. */
function directoryOf(known: readonly Known[]): DeviceDirectory {
  const byName = new Map(known.map(({ device }) => [device.name, device]));
  const byToken = new Map(known.map(({ device, token }) => [token, device]));
  const behind = (gateway: string) => [...byName.values()].filter(({ parent }) => parent === gateway);
  return {
    byToken: (token) =>
      token.length % 2 === 0
        ? byToken.get(token)
        : new Promise((resolve) => setImmediate(() => resolve(byToken.get(token)))),
    byIdentity: () => undefined,
    profile: () => undefined,
    byName: (name) => byName.get(name),
    byAddress: (gateway, address) => behind(gateway).find((device) => device.address === address),
    subDevices: behind,
  };
}

type Fields = Partial<Omit<Device, 'profile'>> & { profile?: Partial<Profile>; token?: string };

/** A device with a token of the generated form, unless told otherwise. */
export function known(protocol: Protocol, name: string, { profile, token, ...fields }: Fields = {}): Known {
  const digits = Buffer.from(name.padEnd(16, '-').slice(-16)).toString('hex');
  return {
    token: token ?? `fl_${digits}`,
    device: {
      id: name,
      name,
      type: 'standard',
      protocol,
      profile: { id: name, ...profile },
      inboundBuffer: 1_024,
      outboundBuffer: 1_024,
      ...fields,
    },
  };
}

/** The example of a real tracker: its framing and its script. */
export function gt06(): Partial<Profile> {
  const text = (name: string) => readFileSync(new URL(`../examples/gt06/${name}`, import.meta.url), 'utf8');
  return { framing: text('framing.json'), uplink: text('uplink.js') };
}
