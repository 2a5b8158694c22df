import type { Clock } from '@fairlead/core';
import { gatewayLimits } from '../limits.ts';
import { Rate } from './rate.ts';
import type { DeviceSession } from './session.ts';

const { busExcess, scriptBatches, scriptWaiting } = gatewayLimits.values;

/**
 * Decides which sockets are read. The reading stops while the bus or the sandbox is slow, and while a device sends more than
 * its profile allows; TCP then slows the device down.
 */
export class Pacing {
  readonly #sessions: () => Iterable<DeviceSession>;
  readonly #clock: Clock;
  /** Sessions whose reading is stopped. */
  readonly #stopped = new Set<DeviceSession>();
  /** The bus asked for a pause. */
  #full = false;
  /** Bytes that were published during the pause. */
  #excess = 0;
  /** Too much waits for the sandbox; until half of it is gone. */
  #crowded = false;

  /** @param sessions all that are connected */
  constructor(sessions: () => Iterable<DeviceSession>, clock: Clock) {
    this.#sessions = sessions;
    this.#clock = clock;
  }

  /**
   * The bus took `bytes`, but asks for a pause. Each device is stopped with its next chunk; all of them at once if too
   * much arrives all the same.
   */
  busIsSlow(bytes: number, drained: () => Promise<void>): void {
    if (this.#full) {
      this.#excess += bytes;
      if (this.#excess <= busExcess) return;
      this.#excess = 0;
      this.#paceAll(this.#sessions());
      return;
    }
    this.#full = true;
    this.#excess = 0;
    drained().then(
      () => {
        this.#full = false;
        this.#paceAll([...this.#stopped]);
      },
      () => {}, // closed: the gateway is about to be
    );
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
    if (this.#full || waits || working >= scriptBatches || session.held !== undefined) {
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
