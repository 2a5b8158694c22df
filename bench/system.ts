/** The gateway as the service composes it: store, an MQTT broker elsewhere, listeners; the message log is off. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mqttBus } from '@fairlead/bus';
import { createGateway, type Log } from '@fairlead/gateway';
import { openStore } from '@fairlead/store';
import type { Handlers } from './harness.ts';

export interface SystemOptions {
  /** `mqtt://host:port` */
  readonly url: string;
  readonly devices: number;
}

export interface Started {
  readonly port: number;
  readonly tokens: readonly string[];
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
/** What a device hears when it is in, in hex. */
const IN = '06';

/** The role of the gateway's process. */
export function system(): Handlers {
  const parts = new AsyncDisposableStack();
  return {
    start: async ({ url, devices }: SystemOptions): Promise<Started> => {
      const dir = mkdtempSync(join(tmpdir(), 'fairlead-bench-'));
      parts.defer(() => rmSync(dir, { recursive: true, force: true }));
      const store = parts.use(openStore({ dir, messages: { keep: 0 } }));
      const tokens: string[] = [];
      const definitions = Array.from({ length: devices }, (_, i) => ({
        name: `device-${i}`,
        authReply: IN,
      }));
      for await (const answer of store.devices.importMany(definitions)) {
        if (answer.error !== undefined) throw answer.error;
        tokens.push(answer.token as string);
      }
      const bus = parts.use(await mqttBus({ url }));
      await bus.ready();
      const gateway = parts.use(
        await createGateway({
          directory: store.devices,
          bus,
          scripts: { load: () => Promise.reject(new Error('no device here has a script')) },
          observers: [store.observer()],
          log: silent,
        }),
      );
      const { address } = await gateway.listen('official', 'official', '127.0.0.1:0');
      return { port: Number(address.split(':').at(-1)), tokens };
    },
    stop: () => parts.disposeAsync(),
  };
}
