/** Links to devices in memory. */
import { coreErrors, type FairleadError, untilAborted } from '@fairlead/core';
import { tcpErrors } from '@fairlead/tcp';
import type { DeviceGuest, DeviceLinks } from '../src/ports.ts';

const offline = () => tcpErrors.error('NOT_CONNECTED', { endpoint: 'the device' });

/** One device. What rules send to it, and how they use its link, is noted. */
export class OneDevice implements DeviceLinks {
  readonly noted: string[] = [];
  readonly guests = new Set<DeviceGuest>();
  framing = 'line';
  /** Why there is no link. */
  cause: FairleadError | undefined;
  /** Whether others have the link. */
  busy = false;
  /** Answers what is sent. */
  answer: (text: string) => readonly string[] = () => [];

  async holdLink(
    device: string,
    guest: DeviceGuest,
    { wait, hold, signal }: Parameters<DeviceLinks['holdLink']>[2],
  ) {
    this.noted.push(`hold ${device} ${wait} ${hold}`);
    if (this.busy && signal !== undefined) {
      await untilAborted(signal);
      throw coreErrors.error('ABORTED', {}, signal.reason);
    }
    if (this.cause !== undefined) throw this.cause;
    this.guests.add(guest);
    return {
      remote: '10.0.0.7:502',
      framing: this.framing,
      unfinished: () => undefined,
      send: (bytes: Uint8Array) => {
        this.#sent(bytes);
        return true;
      },
      written: async () => {},
      end: (awaits: boolean) => {
        this.noted.push(`end ${awaits}`);
        this.guests.delete(guest);
      },
    };
  }

  visit(_device: string, guest: DeviceGuest) {
    this.guests.add(guest);
    const cause = () => this.cause;
    return {
      get link() {
        return cause() === undefined ? { remote: '10.0.0.7:502', framing: 'line' } : undefined;
      },
      get cause() {
        return cause();
      },
      send: async (bytes: Uint8Array) => {
        if (this.cause !== undefined) throw this.cause;
        this.#sent(bytes);
      },
      [Symbol.dispose]: () => void this.guests.delete(guest),
    };
  }

  /** Frames of one chunk. */
  push(...frames: string[]): void {
    for (const guest of this.guests) for (const frame of frames) guest.frame(Buffer.from(frame));
  }

  /** The link ends. */
  lose(cause: FairleadError = offline()): void {
    this.cause = cause;
    for (const guest of [...this.guests]) guest.lost(cause);
  }

  #sent(bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString();
    this.noted.push(`sent ${JSON.stringify(text)}`);
    const answers = this.answer(text);
    if (answers.length > 0) setImmediate(() => this.push(...answers));
  }
}
