import { indiLimits } from '../limits.ts';
import type { IndiMessage } from '../wire/index.ts';

/**
 * The output of a device to clients. Nothing is sent before the first client has sent something, because a server
 * cannot use it: the definitions then contain the whole state. Messages for people are kept until then, up to a limit,
 * oldest first.
 */
export class DeviceOutput {
  readonly #device: string;
  #send: ((message: IndiMessage) => void) | undefined;
  #open = false;
  #kept: IndiMessage[] = [];

  constructor(device: string) {
    this.#device = device;
  }

  /** Sets the destination. */
  connect(send: (message: IndiMessage) => void): void {
    this.#send = send;
  }

  /** Whether a client has sent something to the device. */
  get open(): boolean {
    return this.#open;
  }

  send(message: IndiMessage): void {
    if (this.#open) this.#send?.(message);
    else this.#keep(message);
  }

  /** A client has sent something. {@link release} follows after the answer. */
  begin(): void {
    this.#open = true;
  }

  /** Sends what was kept. */
  release(): void {
    for (const message of this.#kept.splice(0)) this.#send?.(message);
  }

  #keep(message: IndiMessage): void {
    const { message: text, timestamp } = message as { message?: string; timestamp?: number };
    if (text === undefined || this.#kept.length >= indiLimits.values.earlyMessages) return;
    this.#kept.push({ tag: 'message', device: this.#device, timestamp, message: text });
  }
}
