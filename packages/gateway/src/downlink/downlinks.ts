import { asFairleadError, type FairleadError } from '@fairlead/core';
import type { SendOptions } from '../api.ts';
import { gatewayErrors } from '../catalogue.ts';
import type { DownlinkReceipt } from '../downlink-ports.ts';
import { add } from '../log/link-log.ts';
import type { Bus, BusSubscription, DeviceDirectory, DownlinkInput, Log } from '../ports.ts';
import type { Topics } from '../topics.ts';
import type { LocalDownlinks } from './local-downlinks.ts';

interface DownlinkPorts {
  readonly bus: Bus;
  readonly directory: DeviceDirectory;
  readonly log: Log;
}

/** From the bus, the API and the CLI to the sessions of devices. */
export class Downlinks {
  /** By outcome: `queued`, `written`, or a code. */
  readonly counters = new Map<string, number>();
  readonly #ports: DownlinkPorts;
  readonly #topics: Topics;
  readonly #sessions: LocalDownlinks;

  constructor(ports: DownlinkPorts, topics: Topics, sessions: LocalDownlinks) {
    this.#ports = ports;
    this.#topics = topics;
    this.#sessions = sessions;
  }

  /** Takes downlinks from the bus. */
  async subscribe(): Promise<BusSubscription[]> {
    const { bus } = this.#ports;
    const topics = { attributes: this.#topics.set, command: this.#topics.command } as const;
    return Promise.all(
      (['attributes', 'command'] as const).map((kind) =>
        bus.subscribe(topics[kind].filter, (topic, payload) =>
          this.#fromBus(topics[kind].deviceIn(topic), kind, payload),
        ),
      ),
    );
  }

  /** See `Gateway.send`. */
  async send(name: string, input: DownlinkInput, options: SendOptions = {}): Promise<DownlinkReceipt> {
    try {
      const receipt = await this.#send(name, input, options);
      add(this.counters, receipt.status);
      return receipt;
    } catch (error) {
      const known = asFairleadError(error);
      add(this.counters, known.code);
      throw known;
    }
  }

  async #fromBus(name: string, kind: DownlinkInput['kind'], payload: Buffer): Promise<void> {
    try {
      await this.send(name, { kind, values: parseValues(payload) });
    } catch (error) {
      const { code, message } = error as FairleadError;
      this.#ports.log.warn({ device: name, code }, `downlink from the bus failed: ${message}`);
    }
  }

  async #send(name: string, input: DownlinkInput, options: SendOptions): Promise<DownlinkReceipt> {
    const { directory } = this.#ports;
    const device = directory.byName(name);
    if (device === undefined) throw gatewayErrors.error('DOWNLINK_DEVICE_UNKNOWN', { device: name });
    if (!isObject(input.values))
      throw gatewayErrors.error('DOWNLINK_INVALID', {
        device: name,
        reason: 'the values must be a JSON object',
      });
    const owner = device.type === 'sub' ? directory.byName(device.parent ?? '') : device;
    return this.#sessions.deliver(owner, { device, input, ...options });
  }
}

/** undefined, which is no object, for what is not JSON. */
function parseValues(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
