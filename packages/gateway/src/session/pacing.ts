import type { Clock } from '@fairlead/core';
import { gatewayLimits } from '../limits.ts';
import type { Outlet, Outlets } from './outlets.ts';
import { Rate } from './rate.ts';
import type { DeviceSession } from './session.ts';

const { busExcess, scriptBatches, scriptWaiting } = gatewayLimits.values;

/**
 * Decides which sockets are read. The reading stops while the sink or the sandbox is slow, and while a device sends more than
 * its profile allows; TCP then slows the device down.
 */
export class Pacing {
  readonly #sessions: () => Iterable<DeviceSession>;
  readonly #outlets: Outlets;
  readonly #clock: Clock;
  /** Sessions whose reading is stopped. */
  readonly #stopped = new Set<DeviceSession>();
  /** Too much waits for the sandbox; until half of it is gone. */
  #crowded = false;

  /** @param sessions all that are connected */
  constructor(sessions: () => Iterable<DeviceSession>, outlets: Outlets, clock: Clock) {
    this.#sessions = sessions;
    this.#outlets = outlets;
    this.#clock = clock;
  }

  /**
   * The sink took `bytes`, but asks for a pause. Each of its devices is stopped with its next chunk; all of them at once if
   * too much arrives all the same.
   */
  sinkIsSlow(outlet: Outlet, bytes: number, drained = () => outlet.sink.drained()): void {
    if (outlet.full) {
      outlet.excess += bytes;
      if (outlet.excess <= busExcess) return;
      outlet.excess = 0;
      this.#paceAll(this.#sessions());
      return;
    }
    outlet.full = true;
    outlet.excess = 0;
    drained().then(
      () => {
        outlet.full = false;
        this.#paceAll([...this.#stopped]);
      },
      () => {}, // closed: the gateway is about to be
    );
  }

  /** The same for what is published past the sinks. */
  busIsSlow(bytes: number, drained: () => Promise<void>): void {
    this.sinkIsSlow(this.#outlets.usual, bytes, drained);
  }

  /** @param bytes of all devices, that wait for the sandbox now */
  scriptsWait(bytes: number): void {
    if (bytes < scriptWaiting / 2) this.#crowded = false;
    else if (!this.#crowded && bytes > scriptWaiting) {
      this.#crowded = true;
      this.#paceAll(this.#sessions());
    }
  }

  /** The device sent frames. If its profile allows fewer, it is not read until it may send again. */
  count(session: DeviceSession, frames: number): void {
    const { rate } = session.device.profile;
    if (rate === undefined) return;
    const now = this.#clock.monotonic();
    session.rate ??= new Rate(rate, now);
    const wait = session.rate.take(frames, rate, now);
    if (wait === 0) return;
    this.#clock.clear(session.held);
    session.held = this.#clock.after(wait, () => {
      session.held = undefined;
      this.pace(session);
    });
    session.held.unref?.();
  }

  /** Stops or resumes the reading of the session's socket. */
  pace(session: DeviceSession): void {
    const { link, working } = session;
    const waits = this.#crowded && working > 0;
    const { full } = this.#outlets.of(session.listener);
    if (full || waits || working >= scriptBatches || session.held !== undefined) {
      this.#stopped.add(session);
      link.pause();
    } else if (this.#stopped.delete(session)) {
      link.resume();
    }
  }

  /** The session has ended. */
  forget(session: DeviceSession): void {
    this.#stopped.delete(session);
    this.#clock.clear(session.held);
    session.held = undefined;
  }

  #paceAll(sessions: Iterable<DeviceSession>): void {
    for (const session of sessions) this.pace(session);
  }
}
