import type { Log } from '@fairlead/core';
import type { KeptDownlink, ReplyTo } from '../downlink-ports.ts';
import { gatewayLimits } from '../limits.ts';
import type { Bus, BusMessage, DownlinkInput } from '../ports.ts';
import { publishEach } from '../publish.ts';
import type { Topics } from '../topics.ts';

const { resultValues } = gatewayLimits.values;

/** What became of a downlink, as it is published. */
interface Result {
  readonly device: string;
  readonly kind: DownlinkInput['kind'] | 'desired';
  readonly status: string;
  /** The values as JSON text. */
  readonly json: string | undefined;
  readonly time: number;
  /** Of a desired state. */
  readonly version?: number | undefined;
  readonly id?: string | undefined;
  readonly key?: string | undefined;
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
}

/** Publishes what becomes of downlinks: on the topic `result` of the device, and where their senders want it. */
export class Results {
  readonly #bus: Bus;
  readonly #topics: Topics;
  readonly #log: Log;

  constructor(bus: Bus, topics: Topics, log: Log) {
    this.#bus = bus;
    this.#topics = topics;
    this.#log = log;
  }

  /** A kept downlink is in a new state. A try that has begun is not told: what becomes of it is. */
  changed(downlink: KeptDownlink, time: number): void {
    const { state: status, replyTo } = downlink;
    if (status !== 'attempted') this.publish({ ...downlink, status, time }, replyTo);
  }

  publish(result: Result, replyTo: ReplyTo | undefined): void {
    const payload = textOf(result);
    const messages: BusMessage[] = [{ topic: this.#topics.result.of(result.device), payload }];
    if (replyTo !== undefined) {
      const { topic, correlation } = replyTo;
      messages.push({
        topic,
        payload,
        correlation: correlation === undefined ? undefined : Buffer.from(correlation, 'base64'),
      });
    }
    publishEach(this.#bus, messages, (index, { code, message }) =>
      this.#log.warn({ topic: messages[index]?.topic, code }, `not published: ${message}`),
    );
  }
}

/** JSON: `{id, key, kind, version, status, code, reason, time, values}`, without what is absent; long values are left out. */
function textOf(result: Result): string {
  const { id, key, kind, version, status, code, reason, time, json } = result;
  const at = new Date(time).toISOString();
  const text = JSON.stringify({ id, key, kind, version, status, code, reason, time: at });
  return json === undefined || json.length > resultValues ? text : `${text.slice(0, -1)},"values":${json}}`;
}
