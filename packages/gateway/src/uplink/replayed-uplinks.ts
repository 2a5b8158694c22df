import type { Clock, FairleadError } from '@fairlead/core';
import { gatewayErrors } from '../catalogue.ts';
import type { Bus, Device, DeviceDirectory, ScriptMessage, Uplink, UplinkObserver } from '../ports.ts';
import { splitByAddress } from '../protocol/platform-json.ts';
import { compileTopics, defaultTopics, type TopicTemplates } from '../topics.ts';
import { BusSink } from './bus-sink.ts';

interface ReplayPorts {
  readonly bus: Bus;
  readonly directory: Pick<DeviceDirectory, 'byAddress'>;
  readonly observers: readonly UplinkObserver[];
  readonly topics: Partial<TopicTemplates>;
  readonly clock: Clock;
}

/**
 * Publishes messages of a device that came on no link now: those of a capture that is replayed. They go to the bus and the
 * observers as those of a link, in an epoch of their own, so that no copy of an earlier message is seen in them.
 */
export class ReplayedUplinks {
  readonly #ports: ReplayPorts;
  readonly #sink: BusSink;
  #lastEpoch = 0;

  constructor(ports: ReplayPorts) {
    this.#ports = ports;
    this.#sink = new BusSink(ports.bus, compileTopics({ ...defaultTopics, ...ports.topics }));
  }

  /** The messages of one replay. */
  begin(device: Device): ReplayedDevice {
    this.#lastEpoch = Math.max(this.#lastEpoch + 1, Math.trunc(this.#ports.clock.now()));
    const origin = { device: device.id, epoch: this.#lastEpoch, seq: 0 };
    return new ReplayedDevice(device, origin, this.#sink, this.#ports);
  }
}

/** A device whose messages are published again. */
class ReplayedDevice {
  published = 0;
  readonly #device: Device;
  readonly #origin: { device: string; epoch: number; seq: number };
  readonly #sink: BusSink;
  readonly #ports: ReplayPorts;

  constructor(device: Device, origin: Uplink['origin'], sink: BusSink, ports: ReplayPorts) {
    this.#device = device;
    this.#origin = { ...origin };
    this.#sink = sink;
    this.#ports = ports;
  }

  /**
   * Resolves when the bus takes more. Returns what was refused.
   *
   * @param time when the bytes came, Unix milliseconds: of messages that name no time
   */
  async publish(messages: readonly ScriptMessage[], time: number): Promise<FairleadError[]> {
    const refusals: FairleadError[] = [];
    const uplinks = messages.flatMap((message) => this.#uplinks(message, time, refusals));
    if (uplinks.length === 0) return refusals;
    for (const observer of this.#ports.observers) observer.uplinks(uplinks);
    const refused = (_: Uplink, error: FairleadError) => void refusals.push(error);
    const more = this.#sink.write(uplinks, refused);
    this.published += uplinks.length;
    if (!more) await this.#sink.drained();
    return refusals;
  }

  #uplinks(message: ScriptMessage, time: number, refusals: FairleadError[]): Uplink[] {
    const { kind, device: address, time: measured = time } = message;
    const payload = Buffer.from(message.json);
    const gateway = this.#device;
    const make = (device: Device, payload: Uint8Array): Uplink => {
      this.#origin.seq++;
      return { device, kind, time: measured, payload, origin: { ...this.#origin } };
    };
    if (gateway.type !== 'gateway') return [make(gateway, payload)];
    const find = (each: string) => this.#ports.directory.byAddress(gateway.name, each);
    if (address === undefined) {
      const { readings, refusals: parts } = splitByAddress(gateway, payload, kind, find);
      refusals.push(...parts.map(({ error }) => error));
      return readings.map(({ device, payload }) => make(device, payload));
    }
    const subDevice = address === gateway.name || address === gateway.identity ? gateway : find(address);
    if (subDevice !== undefined) return [make(subDevice, payload)];
    refusals.push(gatewayErrors.error('SUBDEVICE_UNKNOWN', { device: gateway.name, address }));
    return [];
  }
}
