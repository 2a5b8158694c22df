import { asFairleadError, type Clock, Fifo, type Log, type Timer } from '@fairlead/core';
import { thingspanelErrors } from '../catalogue.ts';
import { thingspanelLimits } from '../limits.ts';
import { DeviceConnection } from './device-connection.ts';
import type { Message, OpenDeviceConnection } from './port.ts';

const { connections, connects, sweep } = thingspanelLimits.values;
/** Milliseconds for which the number of queued bytes is not counted again. */
const COUNT = 20;

interface ConnectionsPorts {
  readonly open: OpenDeviceConnection;
  tokenOf(device: string): string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The MQTT connections of devices: opened when the device connects or has a message to send, a bounded number a second;
 * closed when the device has gone and everything is sent.
 */
export class DeviceConnections {
  readonly #ports: ConnectionsPorts;
  readonly #all = new Map<string, DeviceConnection>();
  readonly #toOpen = new Fifo<DeviceConnection>();
  /** Those with messages that nobody has waited for. */
  readonly #unflushed = new Set<DeviceConnection>();
  /** Devices whose refusal is in the log. */
  readonly #named = new Set<string>();
  #opening: Timer | undefined;
  #sweep: Timer | undefined;
  #total = { bytes: 0, until: Number.NEGATIVE_INFINITY };

  constructor(ports: ConnectionsPorts) {
    this.#ports = ports;
  }

  /** Counted anew after a short time: with thousands of connections it costs more than a message. */
  get queuedBytes(): number {
    const now = this.#ports.clock.monotonic();
    if (now < this.#total.until) return this.#total.bytes;
    let bytes = 0;
    for (const connection of this.#unflushed) bytes += connection.queuedBytes;
    this.#total = { bytes, until: now + COUNT };
    return bytes;
  }

  /** Throws THINGSPANEL_CONNECTIONS_FULL, THINGSPANEL_USER_REFUSED or THINGSPANEL_QUEUE_FULL. */
  check(device: string, size: number): void {
    const connection = this.#all.get(device);
    if (connection === undefined && this.#all.size >= connections)
      throw thingspanelErrors.error('THINGSPANEL_CONNECTIONS_FULL', { device, limit: connections });
    const refusal = connection?.refusal(size);
    if (refusal !== undefined) throw refusal;
  }

  publish(device: string, message: Message): void {
    const connection = this.#of(device);
    connection.publish(message);
    this.#unflushed.add(connection);
  }

  /** The device connected or left. */
  presence(device: string, isOnline: boolean): void {
    if (isOnline && this.#all.size < connections) this.#of(device).online = true;
    const connection = this.#all.get(device);
    if (isOnline || connection === undefined) return;
    connection.online = false;
    if (connection.queuedBytes === 0) this.#close(connection);
  }

  async flushed(signal: AbortSignal | undefined): Promise<void> {
    const waiting = [...this.#unflushed];
    for (const connection of waiting) connection.used = false;
    await Promise.all(waiting.map((connection) => connection.flushed(signal)));
    for (const connection of waiting)
      if (!connection.used && connection.queuedBytes === 0) this.#unflushed.delete(connection);
  }

  async close(): Promise<void> {
    const { clock } = this.#ports;
    clock.clear(this.#opening);
    clock.clear(this.#sweep);
    await Promise.all(Array.from(this.#all.values(), (connection) => connection.close()));
    this.#all.clear();
  }

  #of(device: string): DeviceConnection {
    const token = this.#ports.tokenOf(device) ?? '';
    const known = this.#all.get(device);
    if (known?.token === token) return known;
    if (known !== undefined) this.#close(known); // it speaks for another user now
    const connection = new DeviceConnection(device, token);
    this.#all.set(device, connection);
    this.#toOpen.push(connection);
    this.#openSoon(0);
    this.#sweep ??= this.#ports.clock.after(sweep, () => this.#look());
    return connection;
  }

  // --- opening -------------------------------------------------------------------------------------------------------

  #openSoon(wait: number): void {
    this.#opening ??= this.#ports.clock.after(wait, () => {
      this.#opening = undefined;
      const next = this.#toOpen.shift();
      if (next !== undefined) void this.#open(next);
      if (this.#toOpen.length > 0) this.#openSoon(1_000 / connects);
    });
  }

  async #open(connection: DeviceConnection): Promise<void> {
    const { open, log } = this.#ports;
    const { device, token } = connection;
    if (connection.isClosed) return;
    try {
      const opened = await open(token);
      if (connection.isClosed) await opened.close();
      else connection.opened(opened);
    } catch (cause) {
      const { code, message } = asFairleadError(cause);
      log.error({ code, device }, `No MQTT connection of the device: ${message}`);
      this.#close(connection);
    }
  }

  // --- closing -------------------------------------------------------------------------------------------------------

  #look(): void {
    this.#sweep = undefined;
    for (const connection of this.#all.values()) {
      connection.look();
      this.#nameRefusal(connection);
      const isDone = connection.queuedBytes === 0 && !connection.used;
      if (!connection.online && (isDone || connection.isRefused)) this.#close(connection);
      else if (connection.queuedBytes === 0) connection.used = false;
    }
    if (this.#all.size > 0) this.#sweep = this.#ports.clock.after(sweep, () => this.#look());
  }

  #nameRefusal({ device, isRefused }: DeviceConnection): void {
    if (!isRefused) this.#named.delete(device);
    if (!isRefused || this.#named.has(device)) return;
    this.#named.add(device);
    const { code, message } = thingspanelErrors.error('THINGSPANEL_USER_REFUSED', { device });
    this.#ports.log.warn({ code, device }, message);
  }

  #close(connection: DeviceConnection): void {
    this.#all.delete(connection.device);
    this.#unflushed.delete(connection);
    this.#named.delete(connection.device);
    connection.close().catch(() => {}); // the broker is told when it comes back
  }
}
