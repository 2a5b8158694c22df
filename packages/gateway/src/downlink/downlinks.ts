import { asFairleadError, type Clock, nestsDeeper, type Span, type Tracer } from '@fairlead/core';
import type { SendOptions } from '../api.ts';
import { gatewayErrors } from '../catalogue.ts';
import { DesiredStates } from '../desired/desired-states.ts';
import { MemoryDesired } from '../desired/memory-desired.ts';
import type { DesiredStore, ReportedValues } from '../desired-ports.ts';
import type {
  AttachedSession,
  DownlinkQueue,
  DownlinkReceipt,
  DownlinkSource,
  KeptDownlink,
} from '../downlink-ports.ts';
import { gatewayLimits } from '../limits.ts';
import { add } from '../log/link-log.ts';
import type { GatewayOptions } from '../options.ts';
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
import { MemoryQueue } from './memory-queue.ts';
import { Results } from './results.ts';
import { termsOf } from './terms.ts';

const { answerTime, desiredDepth, keptDefault, keptValues } = gatewayLimits.values;

interface DownlinkPorts {
  readonly bus: Bus;
  readonly directory: DeviceDirectory;
  readonly log: Log;
  readonly clock: Clock;
  readonly tracer?: Tracer | undefined;
}

/** What is kept over restarts. */
interface DownlinkStorage {
  readonly queue: DownlinkQueue;
  readonly desired: DesiredStore;
  readonly reported: ReportedValues;
}

export function storageOf({ downlinkQueue, desiredStore, reported }: GatewayOptions): DownlinkStorage {
  return {
    queue: downlinkQueue ?? new MemoryQueue(),
    desired: desiredStore ?? new MemoryDesired(),
    reported: reported ?? { get: () => undefined },
  };
}

/** From the bus, the API and the CLI to the sessions of devices, or to the ledger. */
export class Downlinks implements DownlinkSource {
  /** By outcome: a status, or a code. */
  readonly counters = new Map<string, number>();
  readonly kept: KeptDownlinks;
  readonly desired: DesiredStates;
  readonly #ports: DownlinkPorts;
  readonly #topics: Topics;
  readonly #sessions = new LocalDownlinks();
  readonly #results: Results;
  #subscriptions: readonly BusSubscription[] = [];

  constructor(ports: DownlinkPorts, topics: Topics, { queue, desired, reported }: DownlinkStorage) {
    this.#ports = ports;
    this.#topics = topics;
    this.#results = new Results(ports.bus, topics, ports.log);
    const changed = (downlink: KeptDownlink) => {
      this.#results.changed(downlink, ports.clock.now());
      this.desired.changed(downlink);
    };
    const sessionOf = (id: string) => this.#sessions.of(id);
    this.kept = new KeptDownlinks({ ...ports, queue, sessionOf, changed }, this.counters);
    this.desired = new DesiredStates({
      ...ports,
      store: desired,
      reported,
      ledger: this.kept,
      sessionOf,
      downlink: (id) => queue.get(id),
      reached: (device, version) => this.#desiredIs('reported', device, version),
    });
  }

  attach(session: AttachedSession): void {
    const earlier = this.#sessions.attach(session);
    if (earlier === session) return; // the device has a newer one
    if (earlier !== undefined) this.#ended(earlier);
    this.kept.connected(session.device.id);
    this.desired.connected(session.device);
  }

  detach(session: AttachedSession): void {
    if (this.#sessions.detach(session)) this.#ended(session);
  }

  #ended({ device }: AttachedSession): void {
    this.kept.disconnected(device.id);
    this.desired.disconnected(device.id);
  }

  /** Settles what an earlier process left, then takes downlinks from the bus. */
  async start(): Promise<void> {
    await this.kept.start();
    this.#subscriptions = await this.#subscribe();
  }

  async close(): Promise<void> {
    this.desired.close();
    await this.kept.close();
    await Promise.all(this.#subscriptions.map((subscription) => subscription.close()));
    this.#subscriptions = [];
  }

  async #subscribe(): Promise<BusSubscription[]> {
    const { bus } = this.#ports;
    const sources = { attributes: this.#topics.set, command: this.#topics.command } as const;
    return Promise.all([
      ...(['attributes', 'command'] as const).map((kind) =>
        bus.subscribe(sources[kind].filter, (topic, payload, delivery) =>
          this.#fromBus(sources[kind].deviceIn(topic), kind, payload, delivery),
        ),
      ),
      bus.subscribe(this.#topics.desire.filter, (topic, payload) =>
        this.#desireFromBus(this.#topics.desire.deviceIn(topic), payload.toString()),
      ),
    ]);
  }

  /** See `Gateway.send`. */
  async send(name: string, input: DownlinkInput, options: SendOptions = {}): Promise<DownlinkReceipt> {
    const { counters } = this;
    const span = this.#traced(name, input.kind, options.traceparent);
    try {
      const receipt = await this.#send(name, input, options);
      span?.set('fairlead.status', receipt.status);
      span?.end();
      return receipt;
    } catch (error) {
      const known = asFairleadError(error);
      span?.end(known.code);
      add(counters, known.code);
      throw known;
    }
  }

  /** undefined: it is not sampled. */
  #traced(device: string, kind: string, parent: string | undefined): Span | undefined {
    const span = this.#ports.tracer?.begin('downlink', 'producer', parent);
    span?.set('fairlead.device', device);
    span?.set('fairlead.kind', kind);
    return span;
  }

  async #send(name: string, input: DownlinkInput, options: SendOptions): Promise<DownlinkReceipt> {
    const { device, owner } = this.#find(name, input);
    const ownKeep = input.bytes === undefined ? termsOf(device, this.#ports.directory).keep : undefined;
    const { keep = ownKeep, key, delivery } = options;
    if (keep !== undefined || key !== undefined || delivery !== undefined)
      return await this.#keep(device, owner, input, { ...options, keep });
    const { wait = options.until && answerTime, signal } = options;
    const until = wait === undefined ? undefined : (options.until ?? 'written');
    const receipt = await this.#sessions.deliver(owner, { device, input, wait, until, signal });
    add(this.counters, receipt.status);
    return receipt;
  }

  /** Throws DOWNLINK_DEVICE_UNKNOWN or DOWNLINK_INVALID. */
  #find(name: string, { values, bytes }: DownlinkInput): { device: Device; owner: Device | undefined } {
    const { directory } = this.#ports;
    const device = directory.byName(name);
    if (device === undefined) throw gatewayErrors.error('DOWNLINK_DEVICE_UNKNOWN', { device: name });
    if (!isObject(values) && bytes === undefined)
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
    const isThere = owner !== undefined && this.#sessions.of(owner.id) !== undefined;
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
    const span = this.#traced(name, kind, request.properties?.traceparent);
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
        span?.set('fairlead.status', 'queued');
        span?.end();
        return;
      }
      const { status } = await this.#sessions.deliver(owner, {
        device,
        input,
        until: 'settled',
        wait: 2 * answerTime,
      });
      add(counters, status);
      span?.set('fairlead.status', status);
      span?.end();
      tell(status);
    } catch (error) {
      const { code, message } = asFairleadError(error);
      span?.end(code);
      add(counters, code);
      log.warn({ device: name, code }, `downlink from the bus failed: ${message}`);
      tell('failed', { code, reason: message });
    }
  }

  /** Merges a change into the desired state of the device. */
  async #desireFromBus(device: string, text: string): Promise<void> {
    try {
      if (nestsDeeper(text, desiredDepth)) {
        const reason = `it is nested more than ${desiredDepth} levels deep`;
        throw gatewayErrors.error('DESIRED_INVALID', { device, reason });
      }
      const { version } = await this.desired.change(device, 'merge', parseValues(text));
      this.#desiredIs('kept', device, version);
    } catch (error) {
      const { code, message } = asFairleadError(error);
      this.#ports.log.warn({ device, code }, `the desired state was not changed: ${message}`);
      this.#desiredIs('failed', device, undefined, { code, reason: message });
    }
  }

  #desiredIs(
    status: 'kept' | 'reported' | 'failed',
    device: string,
    version: number | undefined,
    failure?: { code: string; reason: string },
  ): void {
    const time = this.#ports.clock.now();
    this.#results.publish(
      { device, kind: 'desired', status, version, json: undefined, time, ...failure },
      undefined,
    );
  }
}

/** undefined, which is no object, for what is not JSON. */
function parseValues(payload: Buffer | string): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
