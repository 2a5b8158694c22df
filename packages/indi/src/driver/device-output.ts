import { indiLimits } from '../limits.ts';
import type { IndiMessage } from '../wire/index.ts';

/**
 * What a device says to clients. It says nothing before the first of them has spoken to it, as a server can make nothing of
 * that: definitions give the state of everything then. Words for people are kept until then, the first of them.
 */
export class DeviceOutput {
  readonly #device: string;
  #send: ((message: IndiMessage) => void) | undefined;
  #open = false;
  #kept: IndiMessage[] = [];

  constructor(device: string) {
    this.#device = device;
  }

  /** Where it goes from now on. */
  connect(send: (message: IndiMessage) => void): void {
    this.#send = send;
  }

  /** Whether a client has spoken to the device. */
  get open(): boolean {
    return this.#open;
  }

  send(message: IndiMessage): void {
    if (this.#open) this.#send?.(message);
    else this.#keep(message);
  }

  /** A client has spoken. {@link release} follows, once it has its answer. */
  begin(): void {
    this.#open = true;
  }

  /** Says what was kept. */
  release(): void {
    for (const message of this.#kept.splice(0)) this.#send?.(message);
  }

  #keep(message: IndiMessage): void {
    const { message: text, timestamp } = message as { message?: string; timestamp?: number };
    if (text === undefined || this.#kept.length >= indiLimits.values.earlyMessages) return;
    this.#kept.push({ tag: 'message', device: this.#device, timestamp, message: text });
  }
}
