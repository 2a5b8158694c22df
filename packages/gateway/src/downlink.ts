import { asFairleadError, type Clock, type FairleadError } from '@fairlead/core';
import { ByteSink } from '@fairlead/tcp';
import type { DownlinkReceipt } from './api.ts';
import { gatewayErrors } from './catalogue.ts';
import type { DeviceSession } from './device-session.ts';
import { add } from './history.ts';
import type { Bus, BusSubscription, Device, DeviceDirectory, DownlinkInput, Log } from './ports.ts';
import type { Presence } from './presence.ts';
import { downlinkPacket } from './protocols/official.ts';
import type { Topics } from './topics.ts';

interface DownlinkPorts {
  readonly bus: Bus;
  readonly directory: DeviceDirectory;
  readonly clock: Clock;
  readonly log: Log;
}

/** From the bus, the API and the CLI to devices. */
export class Downlinks {
  /** By outcome: `queued`, `written`, or a code. */
  readonly counters = new Map<string, number>();
  readonly #ports: DownlinkPorts;
  readonly #topics: Topics;
  readonly #presence: Presence;

  constructor(ports: DownlinkPorts, topics: Topics, presence: Presence) {
    this.#ports = ports;
    this.#topics = topics;
    this.#presence = presence;
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
  async send(
    name: string,
    input: DownlinkInput,
    options: { wait?: number; signal?: AbortSignal } = {},
  ): Promise<DownlinkReceipt> {
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

  async #send(
    name: string,
    input: DownlinkInput,
    { wait, signal }: { wait?: number; signal?: AbortSignal },
  ): Promise<DownlinkReceipt> {
    const device = this.#ports.directory.byName(name);
    if (device === undefined) throw gatewayErrors.error('DOWNLINK_DEVICE_UNKNOWN', { device: name });
    if (!isObject(input.values))
      throw gatewayErrors.error('DOWNLINK_INVALID', {
        device: name,
        reason: 'the values must be a JSON object',
      });
    const session = this.#presence.get(device.type === 'sub' ? (device.parent ?? '') : name);
    if (session === undefined) throw gatewayErrors.error('DEVICE_OFFLINE', { device: name });
    const { link } = session;
    const parts = await this.#encode(session, device, input);
    const before = link.stats().bytesOut;
    for (const part of parts)
      if (!send(session, input.kind, part) && link.cause !== undefined) throw link.cause;
    link.flush();
    const bytes = link.stats().bytesOut - before;
    if (wait === undefined) return { device: name, status: 'queued', bytes };
    await this.#written(session, name, wait, signal);
    return { device: name, status: 'written', bytes };
  }

  /** The messages that carry the input: what the script makes of it, else platform JSON. */
  async #encode(
    session: DeviceSession,
    device: Device,
    { kind, values }: DownlinkInput,
  ): Promise<readonly (Uint8Array | string)[]> {
    const addressed = device.type === 'sub' ? { [device.address ?? '']: values } : values;
    const script = session.downlinkScript;
    if (script === undefined) return [JSON.stringify(addressed)];
    const { name, type } = session.device;
    const topic = (kind === 'command' ? this.#topics.command : this.#topics.set).of(device.name);
    const context = { device: name, type, topic, time: this.#ports.clock.now() };
    const parts = await script.downlink({ kind, values: addressed }, context);
    if (parts.length === 0) throw gatewayErrors.error('DOWNLINK_NOT_SENT', { device: device.name });
    return parts;
  }

  async #written(
    session: DeviceSession,
    device: string,
    limit: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { clock } = this.#ports;
    let fail: (error: FairleadError) => void = () => {};
    const given = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const timer = clock.after(limit, () => fail(gatewayErrors.error('DOWNLINK_TIMEOUT', { device, limit })));
    const abort = () => fail(asFairleadError(signal?.reason));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([session.link.written(), given]);
    } finally {
      clock.clear(timer);
      signal?.removeEventListener('abort', abort);
    }
  }
}

/** Sends one message; a stream of the device's own in pieces of its buffer size, each written at once. */
function send(session: DeviceSession, kind: DownlinkInput['kind'], message: Uint8Array | string): boolean {
  const { link, device } = session;
  if (device.protocol === 'official') return link.send(downlinkPacket(kind, message));
  const sink = new ByteSink();
  session.codec.encoder().encode(message, sink);
  let more = true;
  for (const piece of sink.flush()) {
    for (let at = 0; at < piece.length; at += device.outboundBuffer) {
      more = link.forward(piece.subarray(at, at + device.outboundBuffer));
      link.flush();
    }
  }
  return more;
}

/** What is no JSON becomes undefined, which is no object either. */
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
