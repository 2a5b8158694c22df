import { type Clock, systemClock } from '@fairlead/core';
import type { Position } from '@fairlead/indi';

/** Degrees from the target within which a mount is there: mounts in low precision show tenths of a minute of time. */
const NEAR = 0.1;
/** Milliseconds in which a mount that moves leaves the place where it was, by more than `STILL`. */
const PATIENCE = 5_000;
/** Degrees. The sky turns by 0.02 in that time under a mount that does not track. */
const STILL = 0.03;

/** Tells from the positions of a mount that it has arrived, where the mount itself cannot be asked. */
export class Arrival {
  readonly #clock: Clock;
  readonly #target: Position | undefined;
  #from: { readonly position: Position; readonly since: number } | undefined;

  /** @param target where it was sent to; undefined: the mount alone knows, such as where it parks */
  constructor(target: Position | undefined, clock: Clock = systemClock) {
    this.#target = target;
    this.#clock = clock;
  }

  /** `there`: at the target. `stands`: it has not moved for five seconds. `moves`: it is under way. */
  at(position: Position): 'there' | 'stands' | 'moves' {
    if (this.#target !== undefined && distance(position, this.#target) <= NEAR) return 'there';
    const now = this.#clock.monotonic();
    if (this.#from === undefined || distance(position, this.#from.position) > STILL)
      this.#from = { position, since: now };
    return now - this.#from.since >= PATIENCE ? 'stands' : 'moves';
  }
}

/** Degrees between two directions in the sky. */
function distance(a: Position, b: Position): number {
  const [dec, other, ra] = [radians(a.dec), radians(b.dec), radians((a.ra - b.ra) * 15)];
  const haversine =
    Math.sin((dec - other) / 2) ** 2 + Math.cos(dec) * Math.cos(other) * Math.sin(ra / 2) ** 2;
  return (2 * Math.asin(Math.min(1, Math.sqrt(haversine))) * 180) / Math.PI;
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
