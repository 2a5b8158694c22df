/**
 * Properties on the bus.
 *
 *     drivers/{device}/{property}      {"state": "Ok", "time": "...", "values": {"RA": 5.5}}  retained; empty: the property was deleted
 *     drivers/{device}/{property}/set  {"RA": 6}                                              taken from here to the driver
 *     drivers/{device}/{property}/refused  {"code": "PROPERTY_REFUSED", "message": "..."}     why nothing came of that
 *
 * On a graceful stop, the service clears its retained messages, because nothing updates these values any more.
 * In a topic, `/`, `+`, `#` and `%` of a name are written as `%2F` and so on. A BLOB is represented by its size and format.
 */
import type { BusAdapter, BusMessage } from '@fairlead/bus';
import { type Clock, type FairleadError, isFairleadError } from '@fairlead/core';
import type { Log } from '@fairlead/gateway';
import type { ElementValue, IndiClient, NewValues, Property } from '@fairlead/indi';
import { z } from 'zod';
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';

/** Topics to which programs may publish, in addition to the downlinks of devices. */
export const DRIVER_SET_FILTER = 'drivers/+/+/set';

const valuesSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

export async function bridgeToBus(
  client: IndiClient,
  bus: BusAdapter,
  log: Log,
  clock: Clock,
): Promise<AsyncDisposable> {
  const outlet = new Outlet(bus, log);
  client.on('change', (change) => {
    if (change.kind === 'message') return;
    if (change.kind === 'removed') outlet.put(topicOf(change.device, change.name), '');
    else outlet.put(topicOf(change.property.device, change.property.name), bodyOf(change.property, clock));
  });
  const writer = new Writer(client, clock, (device, name, error) => {
    log.warn({ device, property: name, code: error.code }, error.message);
    outlet.say(
      `${topicOf(device, name)}/refused`,
      JSON.stringify({ code: error.code, message: error.message }),
    );
  });
  const subscription = await bus.subscribe(DRIVER_SET_FILTER, (topic, payload) => {
    const [, device = '', name = ''] = topic.split('/').map(plain);
    void writer.write(device, name, payload);
  });
  return {
    [Symbol.asyncDispose]: async () => {
      writer.close();
      await subscription.close();
      for (const { device, name } of client.properties()) outlet.put(topicOf(device, name), '');
      const late = clock.after(serverLimits.values.driverFarewell, () => outlet.close());
      await outlet.idle();
      clock.clear(late);
      outlet.close();
    },
  };
}

/** Passes commands from the bus to drivers, and reports refusals by the type and limits of the property or by the driver. */
class Writer {
  readonly #client: IndiClient;
  readonly #clock: Clock;
  readonly #refused: (device: string, name: string, error: FairleadError) => void;
  readonly #closing = new AbortController();
  #waiting = 0;

  constructor(
    client: IndiClient,
    clock: Clock,
    refused: (device: string, name: string, error: FairleadError) => void,
  ) {
    this.#client = client;
    this.#clock = clock;
    this.#refused = refused;
  }

  async write(device: string, name: string, payload: Buffer): Promise<void> {
    const late = new AbortController();
    const { driverAnswer, driverAnswers } = serverLimits.values;
    const timer = this.#clock.after(driverAnswer, () => late.abort());
    const signal = AbortSignal.any([late.signal, this.#closing.signal]);
    try {
      const values = valuesOf(payload);
      // If there are too many at once, the answers are not awaited. The property still shows them.
      if (this.#waiting >= driverAnswers) this.#client.send(device, name, values);
      else {
        this.#waiting++;
        await this.#client.set(device, name, values, { signal }).finally(() => {
          this.#waiting--;
        });
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isFairleadError(error)) throw error;
      this.#refused(device, name, error);
    } finally {
      this.#clock.clear(timer);
    }
  }

  close(): void {
    this.#closing.abort();
  }
}

/** The values as JSON. */
export function shownValue(value: ElementValue): unknown {
  return typeof value === 'object' ? { size: value.size, format: value.format } : (value ?? null);
}

function valuesOfProperty(property: Property): Record<string, unknown> {
  return Object.fromEntries([...property.elements].map(([name, { value }]) => [name, shownValue(value)]));
}

function bodyOf(property: Property, clock: Clock): string {
  const time = new Date(property.timestamp ?? clock.now()).toISOString();
  return JSON.stringify({ state: property.state, time, values: valuesOfProperty(property) });
}

/** Throws `REQUEST_INVALID`. */
function valuesOf(payload: Buffer): NewValues {
  const where = 'the message';
  let json: unknown;
  try {
    json = JSON.parse(payload.toString());
  } catch (error) {
    throw serverErrors.error('REQUEST_INVALID', { where, reason: 'it is not JSON' }, error);
  }
  const parsed = valuesSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw serverErrors.error('REQUEST_INVALID', {
    where,
    reason: 'it is no object of element to text, number or true and false',
  });
}

function topicOf(device: string, name: string): string {
  return `drivers/${escaped(device)}/${escaped(name)}`;
}

function escaped(name: string): string {
  return name.replace(
    /[%/+#\0]/g,
    (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
}

function plain(level: string): string {
  return level.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Keeps the latest body of each topic until the bus accepts it. A slow bus receives fewer messages, but no old ones. */
class Outlet {
  readonly #bus: BusAdapter;
  readonly #log: Log;
  readonly #latest = new Map<string, BusMessage>();
  readonly #closing = new AbortController();
  #sending: Promise<void> | undefined;

  constructor(bus: BusAdapter, log: Log) {
    this.#bus = bus;
    this.#log = log;
  }

  /** Publishes a retained message. An empty body clears it. */
  put(topic: string, body: string): void {
    this.#queue(topic, body, true);
  }

  /** Publishes a message that is not retained. */
  say(topic: string, body: string): void {
    this.#queue(topic, body, false);
  }

  /** Resolves when the bus has accepted everything. */
  async idle(): Promise<void> {
    await this.#sending;
  }

  #queue(topic: string, payload: string, retain: boolean): void {
    if (this.#closing.signal.aborted) return;
    this.#latest.set(topic, { topic, payload, retain });
    this.#sending ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#send());
  }

  close(): void {
    this.#closing.abort();
    this.#latest.clear();
  }

  async #send(): Promise<void> {
    try {
      while (this.#latest.size > 0) {
        const batch = [...this.#latest.values()];
        this.#latest.clear();
        if (!this.#bus.publish(batch)) await this.#bus.drained(this.#closing.signal);
      }
    } catch (error) {
      if (this.#closing.signal.aborted) return; // the service and the bus are stopping
      if (!isFairleadError(error)) throw error;
      // The bus refused this message for its content, or the bus is full. Later values follow.
      this.#log.warn({ code: error.code }, error.message);
    } finally {
      this.#sending = undefined;
    }
  }
}
