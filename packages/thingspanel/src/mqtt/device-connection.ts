import { type FairleadError, Waiters } from '@fairlead/core';
import { thingspanelErrors } from '../catalogue.ts';
import { thingspanelLimits } from '../limits.ts';
import type { Connection, Message } from './port.ts';

const { deviceQueue } = thingspanelLimits.values;
/** The codes with which a broker says that it does not take this user. */
const REFUSALS: readonly string[] = ['BUS_CREDENTIALS_REFUSED', 'BUS_BROKER_REFUSED'];

/** The MQTT connection of one device. Messages wait until it is open. */
export class DeviceConnection {
  readonly device: string;
  /** The MQTT user name. Never in the log. */
  readonly token: string;
  /** Whether the device is connected to the service. */
  online = false;
  /** Whether a message came since somebody last looked. */
  used = true;
  #connection: Connection | undefined;
  #waiting: Message[] = [];
  #waitingBytes = 0;
  readonly #opened = new Waiters();
  /** Flushes that wait; they end when the broker refuses the device. */
  readonly #flushes = new Set<AbortController>();
  #isClosed = false;

  constructor(device: string, token: string) {
    this.device = device;
    this.token = token;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get queuedBytes(): number {
    return this.#waitingBytes + (this.#connection?.stats().queuedBytes ?? 0);
  }

  /** Whether the broker does not take the device's user. */
  get isRefused(): boolean {
    const { state, cause } = this.#connection ?? {};
    return state === 'down' && cause !== undefined && REFUSALS.includes(cause.code);
  }

  /** The connection is made. */
  opened(connection: Connection): void {
    this.#connection = connection;
    connection.on('state', () => this.look());
    if (this.#waiting.length > 0) connection.publish(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#opened.resolve();
  }

  /** Why a message of this size is not taken now, if it is not. */
  refusal(size: number): FairleadError | undefined {
    const { device } = this;
    if (this.isRefused) return thingspanelErrors.error('THINGSPANEL_USER_REFUSED', { device });
    if (this.queuedBytes + size <= deviceQueue) return undefined;
    return thingspanelErrors.error('THINGSPANEL_QUEUE_FULL', { device, limit: deviceQueue });
  }

  publish(message: Message): void {
    this.used = true;
    if (this.#connection !== undefined) {
      this.#connection.publish([message]);
      return;
    }
    this.#waiting.push(message);
    this.#waitingBytes += message.payload.length;
  }

  /** Resolves when the broker has everything, or when it refuses the device: then its messages stay queued. */
  async flushed(signal: AbortSignal | undefined): Promise<void> {
    if (this.#connection === undefined && !this.#isClosed) await this.#opened.wait(signal);
    if (this.#connection === undefined || this.isRefused) return;
    const flush = new AbortController();
    this.#flushes.add(flush);
    try {
      const either = signal === undefined ? flush.signal : AbortSignal.any([signal, flush.signal]);
      await this.#connection.flushed(either);
    } catch (error) {
      if (!flush.signal.aborted) throw error;
    } finally {
      this.#flushes.delete(flush);
    }
  }

  /** Ends the flushes of a connection that the broker refuses. */
  look(): void {
    if (this.isRefused) for (const flush of this.#flushes) flush.abort();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#opened.resolve();
    await this.#connection?.close();
  }
}
