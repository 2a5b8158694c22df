/**
 * The gateway as the service composes it: store, sandbox, listeners, and an MQTT broker elsewhere or a bus that only counts; the
 * message log is off.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mqttBus } from '@fairlead/bus';
import { type Bus, type BusMessage, createGateway, type Log, uplinkRecord } from '@fairlead/gateway';
import { openJournal } from '@fairlead/journal';
import { createSandbox } from '@fairlead/sandbox';
import { openStore } from '@fairlead/store';
import type { Certificate } from '@fairlead/testkit';
import type { Handlers } from './harness.ts';

export interface SystemOptions {
  /** `mqtt://host:port`; absent: the bus only counts. */
  readonly url?: string;
  readonly devices: number;
  /** Devices of the custom protocol, with this framing and script. Absent: of the official one. */
  readonly custom?: { readonly framing: string; readonly uplink?: string };
  /** The script of one more device, whose token is the last. */
  readonly runaway?: string;
  /** Whether the history of values is kept. */
  readonly history?: boolean;
  /** What acknowledges each message, in hex; absent: nothing does. */
  readonly ack?: string;
  /** Files of a certificate: then devices connect with TLS. */
  readonly tls?: Certificate;
  /** Whether messages are on disk before they are acknowledged. */
  readonly journal?: boolean;
}

export interface Started {
  readonly port: number;
  readonly tokens: readonly string[];
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
/** The answer to a device that is admitted, in hex. */
const IN = '06';

/** The role of the gateway's process. */
export function system(): Handlers {
  const parts = new AsyncDisposableStack();
  const counter = new CountingBus();
  let broadcast: (values: object) => Promise<unknown> = async () => {};
  return {
    start: async (options: SystemOptions): Promise<Started> => {
      const { url, devices, custom, runaway, history, ack } = options;
      const protocol = custom === undefined ? 'official' : 'custom';
      const dir = mkdtempSync(join(tmpdir(), 'fairlead-bench-'));
      parts.defer(() => rmSync(dir, { recursive: true, force: true }));
      const store = parts.use(openStore({ dir, messages: { keep: 0 }, history: history ? {} : undefined }));
      const tokens: string[] = [];
      const definitions = Array.from({ length: devices }, (_, i) => ({
        name: `device-${i}`,
        protocol,
        authReply: IN,
        ...(ack !== undefined && { ack }),
        ...custom,
      }));
      if (runaway !== undefined)
        definitions.push({ name: 'runaway', protocol, authReply: IN, ...custom, uplink: runaway });
      for await (const answer of store.devices.importMany(definitions)) {
        if (answer.error !== undefined) throw answer.error;
        tokens.push(answer.token as string);
      }
      const bus = url === undefined ? counter : parts.use(await readyBus(url));
      const journal = options.journal
        ? parts.use(await openJournal({ files: join(dir, 'journal'), format: uplinkRecord }))
        : undefined;
      const gateway = parts.use(
        await createGateway({
          directory: store.devices,
          bus,
          scripts: parts.use(createSandbox()),
          observers: [store.observer()],
          log: silent,
          journal: journal && { journal, keeps: () => true },
        }),
      );
      const door = options.tls && {
        tls: { cert: options.tls.cert, key: options.tls.key },
      };
      broadcast = (values) =>
        Promise.all(definitions.map(({ name }) => gateway.send(name, { kind: 'attributes', values })));
      const { address } = await gateway.listen(protocol, protocol, '127.0.0.1:0', {}, door);
      return { port: Number(address.split(':').at(-1)), tokens };
    },
    /** Sends attributes to all devices. */
    broadcast: (values: object) => broadcast(values),
    /** Resolves when so many messages have reached the bus that counts, since the last call of this. */
    reach: (messages: number) => counter.reach(messages),
    /** Messages beyond those that {@link reach} waited for. */
    surplus: () => counter.count,
    stop: () => parts.disposeAsync(),
  };
}

async function readyBus(url: string) {
  const bus = await mqttBus({ url });
  await bus.ready();
  return bus;
}

/** Takes everything at once, and counts the messages of devices. */
class CountingBus implements Bus {
  count = 0;
  #wanted = Number.POSITIVE_INFINITY;
  #reached: () => void = () => {};

  publish(batch: readonly BusMessage[]): boolean {
    for (const { topic } of batch) if (!topic.endsWith('/status')) this.count++;
    if (this.count >= this.#wanted) this.#reached();
    return true;
  }

  async reach(wanted: number): Promise<void> {
    if (this.count < wanted) {
      this.#wanted = wanted;
      await new Promise<void>((resolve) => {
        this.#reached = resolve;
      });
    }
    this.#wanted = Number.POSITIVE_INFINITY;
    this.count -= wanted;
  }

  async drained(): Promise<void> {}
  async flushed(): Promise<void> {}

  async subscribe() {
    return { close: async () => {} };
  }
}
