import { asFairleadError, type FairleadError } from '@fairlead/core';
import type { Bus, BusMessage, Uplink, UplinkSink } from '../ports.ts';
import { publishEach } from '../publish.ts';
import type { Topics } from '../topics.ts';
import { uplinkProperties } from './uplink-properties.ts';
import type { UplinkTraces } from './uplink-traces.ts';

/** Publishes uplinks on the bus: the payload as it is, each device and kind on its own topic. */
export class BusSink implements UplinkSink {
  readonly #bus: Bus;
  readonly #topics: Topics;

  readonly #traces: UplinkTraces | undefined;

  constructor(bus: Bus, topics: Topics, traces?: UplinkTraces) {
    this.#bus = bus;
    this.#topics = topics;
    this.#traces = traces;
  }

  write(
    batch: readonly Uplink[],
    refused: (uplink: Uplink, error: FairleadError) => void,
    safe?: (error?: FairleadError) => void,
  ): boolean {
    const withProperties = this.#bus.carriesProperties === true;
    const traceparent = withProperties ? this.#traces?.traceparentOf(batch) : undefined;
    const messages: BusMessage[] = [];
    let last: Uplink | undefined;
    let topic = '';
    for (const uplink of batch) {
      const { device, kind, payload } = uplink;
      if (device !== last?.device || kind !== last.kind) topic = this.#topics[kind].of(device.name);
      last = uplink;
      messages.push({
        topic,
        payload,
        properties: withProperties ? uplinkProperties(uplink, traceparent) : undefined,
      });
    }
    const more = publishEach(this.#bus, messages, (index, error) => refused(batch[index] as Uplink, error));
    if (safe !== undefined)
      this.#bus.flushed().then(
        () => safe(),
        (error) => safe(asFairleadError(error)),
      );
    return more;
  }

  get behind(): boolean | undefined {
    return this.#bus.behind;
  }

  async caughtUp(): Promise<void> {
    await this.#bus.caughtUp?.();
  }

  drained(signal?: AbortSignal): Promise<void> {
    return this.#bus.drained(signal);
  }
}
