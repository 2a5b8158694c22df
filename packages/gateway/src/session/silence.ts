import type { Clock, FairleadError, Timer } from '@fairlead/core';
import { tcpErrors } from '@fairlead/tcp';
import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import type { Profile } from '../ports.ts';
import type { DeviceSession } from './session.ts';

const { silenceSweep } = gatewayLimits.values;
/** Heartbeats that may be missing, and half of one for the network. */
const HEARTBEATS = 2.5;
/** One heartbeat that is missing, and half of one for the network: the device is suspect. */
const LATE = 1.5;

/** Milliseconds of silence after which a link of the profile is closed; undefined: its listener decides alone. */
function idleOf({ idle, heartbeat }: Profile): number | undefined {
  return idle ?? (heartbeat === undefined ? undefined : HEARTBEATS * heartbeat);
}

/** Where it is said that a device is late, and that it is not. */
interface Doubts {
  doubt(session: DeviceSession, kind: 'silence', error: FairleadError): void;
  sign(session: DeviceSession, kind: 'silence'): void;
}

/** Closes links whose devices are silent for longer than their profiles say; they are suspect before. Time in which we do not read does not count. */
export class Silence {
  readonly #clock: Clock;
  readonly #doubts: Doubts;
  /** Sessions whose profile sets a time when they begin or are renewed. */
  readonly #sessions = new Set<DeviceSession>();
  #timer: Timer | undefined;

  constructor(clock: Clock, doubts: Doubts) {
    this.#clock = clock;
    this.#doubts = doubts;
  }

  /** A session began, or its profile is another. */
  watch(session: DeviceSession): void {
    if (idleOf(session.device.profile) === undefined) {
      this.forget(session);
      this.#doubts.sign(session, 'silence');
    } else {
      this.#sessions.add(session);
      this.#arm();
    }
  }

  /** The session has ended. */
  forget(session: DeviceSession): void {
    this.#sessions.delete(session);
  }

  close(): void {
    this.#clock.clear(this.#timer);
    this.#sessions.clear();
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#sessions.size === 0) return;
    this.#timer = this.#clock.after(silenceSweep, () => {
      this.#timer = undefined;
      this.#sweep();
      this.#arm();
    });
    this.#timer.unref?.();
  }

  #sweep(): void {
    const now = this.#clock.monotonic();
    for (const session of this.#sessions) {
      const { link, device } = session;
      const { heartbeat } = device.profile;
      const limit = idleOf(device.profile);
      const silent = link.paused ? 0 : now - link.lastReceived;
      if (limit !== undefined && silent >= limit) link.destroy(tcpErrors.error('IDLE_TIMEOUT', { limit }));
      else if (heartbeat !== undefined && silent >= LATE * heartbeat)
        this.#doubts.doubt(
          session,
          'silence',
          gatewayErrors.error('HEARTBEAT_MISSED', { silent, heartbeat }),
        );
      else this.#doubts.sign(session, 'silence');
    }
  }
}
