import type { Clock, Timer } from '@fairlead/core';
import { tcpErrors } from '@fairlead/tcp';
import { gatewayLimits } from '../limits.ts';
import type { Profile } from '../ports.ts';
import type { DeviceSession } from './session.ts';

const { silenceSweep } = gatewayLimits.values;
/** Heartbeats that may be missing, and half of one for the network. */
const HEARTBEATS = 2.5;

/** Milliseconds of silence after which a link of the profile is closed; undefined: its listener decides alone. */
function idleOf({ idle, heartbeat }: Profile): number | undefined {
  return idle ?? (heartbeat === undefined ? undefined : HEARTBEATS * heartbeat);
}

/** Closes links whose devices are silent for longer than their profiles say. Time in which we do not read does not count. */
export class Silence {
  readonly #clock: Clock;
  /** Sessions whose profile sets a time when they begin or are renewed. */
  readonly #sessions = new Set<DeviceSession>();
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A session began, or its profile is another. */
  watch(session: DeviceSession): void {
    if (idleOf(session.device.profile) === undefined) this.forget(session);
    else {
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
    for (const { link, device } of this.#sessions) {
      const limit = idleOf(device.profile);
      if (limit !== undefined && !link.paused && now - link.lastReceived >= limit)
        link.destroy(tcpErrors.error('IDLE_TIMEOUT', { limit }));
    }
  }
}
