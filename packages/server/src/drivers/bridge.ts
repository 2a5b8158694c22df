/**
 * Properties on the bus.
 *
 *     drivers/{device}/{property}      {"state": "Ok", "time": "...", "values": {"RA": 5.5}}  retained; empty: it is gone
 *     drivers/{device}/{property}/set  {"RA": 6}                                              taken from here to the driver
 *
 * In a topic `/`, `+`, `#` and `%` of a name are written as `%2F` and so on. Of a BLOB there is its size and format.
 */
import type { BusAdapter, BusMessage } from '@fairlead/bus';
import type { Log } from '@fairlead/gateway';
import type { ElementValue, IndiClient, NewValues, Property } from '@fairlead/indi';
import { type Clock, isFairleadError } from '@fairlead/tcp';
import { z } from 'zod';
import { serverErrors } from '../catalogue.ts';

/** What programs may publish besides the downlinks of devices. */
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
  const subscription = await bus.subscribe(DRIVER_SET_FILTER, (topic, payload) => {
    const [, device = '', name = ''] = topic.split('/').map(plain);
    try {
      client.send(device, name, valuesOf(payload));
    } catch (error) {
      if (!isFairleadError(error)) throw error;
      log.warn({ device, property: name, code: error.code }, error.message);
    }
  });
  return {
    [Symbol.asyncDispose]: async () => {
      outlet.close();
      await subscription.close();
    },
  };
}

/** The values as JSON shows them. */
export function shownValue(value: ElementValue): unknown {
  return typeof value === 'object' ? { size: value.size, format: value.format } : (value ?? null);
}

export function valuesOfProperty(property: Property): Record<string, unknown> {
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

/** Keeps the latest body of each topic until the bus takes it: a slow bus gets fewer messages, none of them old. */
class Outlet {
  readonly #bus: BusAdapter;
  readonly #log: Log;
  readonly #latest = new Map<string, string>();
  readonly #closing = new AbortController();
  #sending = false;

  constructor(bus: BusAdapter, log: Log) {
    this.#bus = bus;
    this.#log = log;
  }

  put(topic: string, body: string): void {
    this.#latest.set(topic, body);
    if (this.#sending || this.#closing.signal.aborted) return;
    this.#sending = true;
    setImmediate(() => void this.#send());
  }

  close(): void {
    this.#closing.abort();
    this.#latest.clear();
  }

  async #send(): Promise<void> {
    try {
      while (this.#latest.size > 0) {
        const batch: BusMessage[] = [...this.#latest].map(([topic, payload]) => ({
          topic,
          payload,
          retain: true,
        }));
        this.#latest.clear();
        if (!this.#bus.publish(batch)) await this.#bus.drained(this.#closing.signal);
      }
    } catch (error) {
      if (this.#closing.signal.aborted) return; // the service stops, and the bus with it
      if (!isFairleadError(error)) throw error;
      // What the bus refuses now is refused for what it is, or the bus is full: later values follow.
      this.#log.warn({ code: error.code }, error.message);
    } finally {
      this.#sending = false;
    }
  }
}
