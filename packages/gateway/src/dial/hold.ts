/** The use of a device's link by somebody else than the gateway, for a time. */
import type { Clock, FairleadError, Timer } from '@fairlead/core';
import { gatewayErrors } from '../catalogue.ts';
import type { Guest, HeldLink } from '../guest-api.ts';
import type { DeviceSession } from '../session/session.ts';
import type { Pending } from './poller.ts';

interface HoldPorts {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly limit: number;
  released(pending: Pending): void;
}

export class Hold implements HeldLink {
  readonly session: DeviceSession;
  readonly #guest: Guest;
  readonly #ports: HoldPorts;
  #timer: Timer | undefined;
  #cause: FairleadError | undefined;
  #ended = false;
  /** Whether a message was sent and no frame came since. */
  #open = false;

  constructor(session: DeviceSession, guest: Guest, ports: HoldPorts) {
    this.session = session;
    this.#guest = guest;
    this.#ports = ports;
  }

  /** The link is the guest's from now on. */
  begin(): void {
    const { clock, limit } = this.#ports;
    this.#timer = clock.after(limit, () => {
      const device = this.session.device.name;
      this.lost(gatewayErrors.error('LINK_HELD_TOO_LONG', { device, limit }));
    });
  }

  get remote(): string {
    return this.session.link.remote;
  }

  get framing(): string {
    return this.session.codec.name;
  }

  unfinished(): ReturnType<DeviceSession['link']['unfinished']> {
    return this.session.link.unfinished();
  }

  send(bytes: Uint8Array): boolean {
    if (this.#cause !== undefined) throw this.#cause;
    this.#open = true;
    return this.session.link.forward(bytes);
  }

  written(): Promise<void> {
    return this.session.link.written();
  }

  frame(frame: Uint8Array): void {
    this.#open = false;
    this.#guest.frame(frame);
  }

  /** The link is lost, or the time is over. */
  lost(cause: FairleadError): void {
    if (this.#ended) return;
    this.#cause = cause;
    this.end(true);
    this.#guest.lost(cause);
  }

  end(awaits: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cause ??= gatewayErrors.error('LINK_GIVEN_BACK', { device: this.session.device.name });
    this.#ports.clock.clear(this.#timer);
    this.#ports.released(!this.#open ? 'nothing' : awaits ? 'answer' : 'maybe');
  }
}
