import { asFairleadError, type Clock, type Log, type Timer } from '@fairlead/core';
import { thingspanelErrors } from './catalogue.ts';
import { type CacheTerms, PlatformDirectory } from './fleet/directory.ts';
import { DeviceRecords } from './fleet/records.ts';
import { thingspanelLimits } from './limits.ts';
import { PlatformBus } from './mqtt/platform-bus.ts';
import type { Connection, OpenDeviceConnection } from './mqtt/port.ts';
import { Platform } from './platform/platform.ts';
import type { Fleet, FleetDevice, Links } from './ports.ts';
import { DOWNLINK_FILTER, tokenOfDownlink } from './wire/bodies.ts';
import { formConfig, readCall } from './wire/calls.ts';
import { passingThrough } from './wire/pass-through.ts';

export interface ThingsPanelOptions<D extends FleetDevice> {
  /** Where the platform's backend answers: `http://backend:9999`. */
  readonly url: string;
  /** Milliseconds for one look-up. */
  readonly timeout: number;
  readonly cache: CacheTerms;
  /** Keeps the devices of the platform, with their tokens. */
  readonly file: string;
  readonly fleet: Fleet<D>;
  readonly topics: ConstructorParameters<typeof PlatformBus>[0]['topics'];
  /** The connection to the broker of the platform, with the user of the service. */
  readonly shared: Connection;
  /** Absent: all devices use the shared connection. */
  readonly openDevice: OpenDeviceConnection | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is answered to a call of the platform. */
export interface CallAnswer {
  readonly status: number;
  /** JSON */
  readonly body: string;
}

/** The preset: devices, MQTT and HTTP as ThingsPanel expects them of its TCP service. */
export interface ThingsPanel<D extends FleetDevice> extends AsyncDisposable {
  readonly bus: PlatformBus;
  /** The device with this AccessToken, of the platform or of the service itself. Rejects with THINGSPANEL_ codes. */
  byToken(token: string, protocol: string): D | undefined | Promise<D | undefined>;
  /** Why a device is connected although the platform did not confirm it. */
  doubt(name: string): Error | undefined;
  /** The official protocol, whose payloads may be anything where the device is the platform's. */
  passingThrough: <P extends Parameters<typeof passingThrough>[0]>(protocol: P) => P;
  /** From now on devices get what the platform sends. */
  attach(links: Links): Promise<void>;
  /** A call of the platform over HTTP, on the port of the protocol. */
  call(protocol: 'official' | 'custom', method: string, path: string, body: string): CallAnswer;
}

/** Rejects with THINGSPANEL_FILE_UNUSABLE. A platform that does not answer is no error. */
export async function openThingsPanel<D extends FleetDevice>(
  options: ThingsPanelOptions<D>,
): Promise<ThingsPanel<D>> {
  const { clock, log, file } = options;
  const records = await DeviceRecords.open({ file, clock, log });
  return new OpenThingsPanel(options, records);
}

class OpenThingsPanel<D extends FleetDevice> implements ThingsPanel<D> {
  readonly bus: PlatformBus;
  readonly #options: ThingsPanelOptions<D>;
  readonly #records: DeviceRecords;
  readonly #directory: PlatformDirectory<D>;
  /** Changes that the platform told, and that are looked up soon. */
  readonly #changes = new Set<Timer>();

  constructor(options: ThingsPanelOptions<D>, records: DeviceRecords) {
    const { shared, openDevice, topics, clock, log } = options;
    this.#options = options;
    this.#records = records;
    this.#directory = new PlatformDirectory({ ...options, platform: new Platform(options), records });
    const recordOf = (device: string) => records.byName(device);
    this.bus = new PlatformBus({ shared, openDevice, topics, recordOf, clock, log });
  }

  byToken(token: string, protocol: string): D | undefined | Promise<D | undefined> {
    return this.#directory.byToken(token, protocol);
  }

  doubt(name: string): Error | undefined {
    return this.#directory.doubt(name);
  }

  passingThrough = <P extends Parameters<typeof passingThrough>[0]>(protocol: P): P =>
    passingThrough(protocol, (device) => this.#records.byName(device) !== undefined) as P;

  async attach(links: Links): Promise<void> {
    this.#directory.attach(links);
    await this.bus.subscribe(DOWNLINK_FILTER, (topic, payload) => void this.#downlink(links, topic, payload));
  }

  call(protocol: 'official' | 'custom', method: string, path: string, body: string): CallAnswer {
    const call = readCall(method, path, body);
    if (call.kind === 'form') return { status: 200, body: formConfig(protocol) };
    if (call.kind === 'unknown')
      return { status: call.status, body: JSON.stringify({ code: call.status, message: call.reason }) };
    const { kind, tokens, ids } = call;
    this.#options.log.info(
      { call: kind, tokens: tokens.length, ids: ids.length },
      'ThingsPanel changed devices',
    );
    if (kind === 'delete') this.#directory.deleted(tokens, ids);
    else this.#later(() => this.#directory.changed(tokens, ids));
    return { status: 200, body: JSON.stringify({ code: 0, message: 'success' }) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#changes) this.#options.clock.clear(timer);
    await this.#directory[Symbol.asyncDispose]();
    await this.#records[Symbol.asyncDispose]();
  }

  #later(run: () => void): void {
    const timer = this.#options.clock.after(thingspanelLimits.values.settle, () => {
      this.#changes.delete(timer);
      run();
    });
    this.#changes.add(timer);
  }

  async #downlink(links: Links, topic: string, payload: Buffer): Promise<void> {
    const token = tokenOfDownlink(topic);
    const name = token === undefined ? undefined : this.#records.byToken(token)?.name;
    try {
      if (name === undefined)
        throw downlinkFailed('no device of the platform that connected here has this token.');
      await links.send(name, { kind: 'attributes', values: objectIn(payload), bytes: payload });
    } catch (cause) {
      const { code, message } = asFairleadError(cause);
      const error = code === 'THINGSPANEL_DOWNLINK_FAILED' ? cause : downlinkFailed(message, cause);
      // The topic has the token.
      this.#options.log.warn(
        { code: 'THINGSPANEL_DOWNLINK_FAILED', device: name, cause: code },
        (error as Error).message,
      );
    }
  }
}

const downlinkFailed = (reason: string, cause?: unknown) =>
  thingspanelErrors.error('THINGSPANEL_DOWNLINK_FAILED', { reason }, cause);

/** What a script gets: the JSON object, if it is one. */
function objectIn(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
}
