import type { SwitchVector } from '../../property/property.ts';
import type { Direction } from './options.ts';
import type { Scope } from './scope.ts';

interface MotionHooks {
  readonly move: (direction: Direction, on: boolean) => Promise<void>;
  readonly setSlewRate: (index: number) => Promise<void>;
}

const OTHER: Readonly<Record<Direction, Direction>> = {
  north: 'south',
  south: 'north',
  west: 'east',
  east: 'west',
};

/** Manual motion: TELESCOPE_MOTION_NS and _WE, TELESCOPE_REVERSE_MOTION, TELESCOPE_SLEW_RATE. */
export class Motion {
  readonly #scope: Scope;
  readonly #hooks: MotionHooks;
  /** The direction of each axis, as commanded. */
  readonly #going = new Map<SwitchVector, Direction>();

  constructor(scope: Scope, hooks: MotionHooks) {
    this.#scope = scope;
    this.#hooks = hooks;
    const { northSouth, westEast, reverse, slewRate } = scope.shows;
    northSouth.onNew(({ MOTION_NORTH, MOTION_SOUTH }) =>
      this.#move(northSouth, 'north', MOTION_NORTH, MOTION_SOUTH, reverse.get('REVERSE_NS')),
    );
    westEast.onNew(({ MOTION_WEST, MOTION_EAST }) =>
      this.#move(westEast, 'west', MOTION_WEST, MOTION_EAST, reverse.get('REVERSE_WE')),
    );
    slewRate.onNew(async (values) => {
      await hooks.setSlewRate(slewRate.names.findIndex((name) => values[name]));
    });
  }

  get moving(): boolean {
    return this.#going.size > 0;
  }

  /** Nothing moves any more. */
  stopped(): void {
    this.#going.clear();
    const { northSouth, westEast } = this.#scope.shows;
    for (const vector of [northSouth, westEast] as SwitchVector[])
      if (vector.state !== 'Idle') vector.turnOn().apply('Idle');
  }

  async #move(
    vector: SwitchVector,
    first: Direction,
    toFirst: boolean,
    toOther: boolean,
    reversed: boolean,
  ): Promise<string> {
    const scope = this.#scope;
    scope.refuseIfParked();
    const there = reversed ? OTHER[first] : first;
    const wanted = toFirst ? there : toOther ? OTHER[there] : undefined;
    const going = this.#going.get(vector);
    if (wanted !== undefined && wanted === going) return 'Busy';
    // The mount may have been moving when the driver started, so a stop request is always sent.
    const stops = going !== undefined ? [going] : wanted === undefined ? [first, OTHER[first]] : [];
    for (const direction of stops) await this.#hooks.move(direction, false);
    this.#going.delete(vector);
    if (wanted !== undefined) {
      await scope.unlessStopped(() => this.#hooks.move(wanted, true));
      this.#going.set(vector, wanted);
      return 'Busy';
    }
    // Domes use the target.
    const { position, target } = scope.shows;
    target.set(position.values()).apply();
    return 'Idle';
  }
}
