import { asFairleadError, type Clock } from '@fairlead/core';
import type { SendOptions } from '../api.ts';
import { gatewayErrors } from '../catalogue.ts';
import type { DownlinkQueue, DownlinkReceipt, DownlinkSource, KeptDownlink } from '../downlink-ports.ts';
import { gatewayLimits } from '../limits.ts';
import { add } from '../log/link-log.ts';
import type {
  Bus,
  BusDelivery,
  BusSubscription,
  Device,
  DeviceDirectory,
  DownlinkInput,
  Log,
} from '../ports.ts';
import type { Topics } from '../topics.ts';
import { optionsOf } from './bus-request.ts';
import { KeptDownlinks, receiptOf } from './kept-downlinks.ts';
import { LocalDownlinks } from './local-downlinks.ts';
import { Results } from './results.ts';
import { termsOf } from './terms.ts';

const { answerTime, keptDefault, keptValues } = gatewayLimits.values;

interface DownlinkPorts {
  readonly bus: Bus;
  readonly directory: DeviceDirectory;
  readonly log: Log;
  readonly clock: Clock;
}

/** From the bus, the API and the CLI to the sessions of devices, or to the ledger. */
export class Downlinks {
  /** By outcome: a status, or a code. */
  readonly counters = new Map<string, number>();
  readonly kept: KeptDownlinks;
  readonly #ports: DownlinkPorts;
  readonly #topics: Topics;
  readonly #sessions = new LocalDownlinks();
  readonly #results: Results;
  #subscriptions: readonly BusSubscription[] = [];

  constructor(ports: DownlinkPorts, topics: Topics, queue: DownlinkQueue) {
    this.#ports = ports;
    this.#topics = topics;
    this.#results = new Results(ports.bus, topics, ports.log);
    const changed = (downlink: KeptDownlink) => this.#results.changed(downlink, ports.clock.now());
    this.kept = new KeptDownlinks({ ...ports, queue, changed }, this.counters);
  }

  /** Where sessions get their downlinks. */
  get sources(): readonly DownlinkSource[] {
    return [this.#sessions, this.kept];
  }

  /** Settles what an earlier process left, then takes downlinks from the bus. */
  async start(): Promise<void> {
    await this.kept.start();
    this.#subscriptions = await this.#subscribe();
  }

  async close(): Promise<void> {
    await this.kept.close();
    await Promise.all(this.#subscriptions.map((subscription) => subscription.close()));
    this.#subscriptions = [];
  }

  async #subscribe(): Promise<BusSubscription[]> {
    const { bus } = this.#ports;
    const sources = { attributes: this.#topics.set, command: this.#topics.command } as const;
    return Promise.all(
      (['attributes', 'command'] as const).map((kind) =>
        bus.subscribe(sources[kind].filter, (topic, payload, delivery) =>
          this.#fromBus(sources[kind].deviceIn(topic), kind, payload, delivery),
        ),
      ),
    );
  }

  /** See `Gateway.send`. */
  async send(name: string, input: DownlinkInput, options: SendOptions = {}): Promise<DownlinkReceipt> {
    const { counters } = this;
    try {
      const { device, owner } = this.#find(name, input);
      const { keep = termsOf(device, this.#ports.directory).keep, key, delivery } = options;
      if (keep !== undefined || key !== undefined || delivery !== undefined)
        return await this.#keep(device, owner, input, { ...options, keep });
      const { wait = options.until && answerTime, signal } = options;
      const until = wait === undefined ? undefined : (options.until ?? 'written');
      const receipt = await this.#sessions.deliver(owner, { device, input, wait, until, signal });
      add(counters, receipt.status);
      return receipt;
    } catch (error) {
      const known = asFairleadError(error);
      add(counters, known.code);
      throw known;
    }
  }

  /** Throws DOWNLINK_DEVICE_UNKNOWN or DOWNLINK_INVALID. */
  #find(name: string, { values }: DownlinkInput): { device: Device; owner: Device | undefined } {
    const { directory } = this.#ports;
    const device = directory.byName(name);
    if (device === undefined) throw gatewayErrors.error('DOWNLINK_DEVICE_UNKNOWN', { device: name });
    if (!isObject(values))
      throw gatewayErrors.error('DOWNLINK_INVALID', {
        device: name,
        reason: 'the values must be a JSON object',
      });
    return { device, owner: device.type === 'sub' ? directory.byName(device.parent ?? '') : device };
  }

  async #keep(
    device: Device,
    owner: Device | undefined,
    input: DownlinkInput,
    { keep, wait, until, signal, ...options }: SendOptions,
  ): Promise<DownlinkReceipt> {
    const isThere = owner !== undefined && this.#sessions.has(owner.id);
    if (owner === undefined || (keep === undefined && !isThere))
      throw gatewayErrors.error('DEVICE_OFFLINE', { device: device.name });
    const ttl = keep === true ? keptDefault : (keep ?? answerTime);
    const put = await this.kept.put(device, owner, input, { ...options, ttl });
    if (wait === undefined && until === undefined) return receiptOf(put);
    return this.kept.outcome(put, until ?? 'written', wait ?? answerTime, signal);
  }

  // --- the bus ---------------------------------------------------------------------------------------------------------

  async #fromBus(
    name: string,
    kind: DownlinkInput['kind'],
    payload: Buffer,
    request: BusDelivery,
  ): Promise<void> {
    const { counters } = this;
    const { log, directory, clock } = this.#ports;
    let options: SendOptions = {};
    const tell = (status: string, failure?: { code: string; reason: string }) => {
      const json =
        payload.length <= keptValues && parseValues(payload) !== undefined ? payload.toString() : undefined;
      const { key, replyTo } = options;
      const time = clock.now();
      this.#results.publish({ device: name, kind, status, json, time, key, ...failure }, replyTo);
    };
    try {
      options = optionsOf(name, request, this.#topics);
      const input = { kind, values: parseValues(payload) };
      const { device, owner } = this.#find(name, input);
      const { keep = termsOf(device, directory).keep, key, delivery } = options;
      if (keep !== undefined || key !== undefined || delivery !== undefined) {
        await this.#keep(device, owner, input, { ...options, keep }); // the ledger tells what becomes of it
        return;
      }
      const { status } = await this.#sessions.deliver(owner, {
        device,
        input,
        until: 'settled',
        wait: 2 * answerTime,
      });
      add(counters, status);
      tell(status);
    } catch (error) {
      const { code, message } = asFairleadError(error);
      add(counters, code);
      log.warn({ device: name, code }, `downlink from the bus failed: ${message}`);
      tell('failed', { code, reason: message });
    }
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
