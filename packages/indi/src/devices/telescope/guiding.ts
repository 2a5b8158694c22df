import type { Timer } from '@fairlead/core';
import { indiErrors } from '../../catalogue.ts';
import type { NumberVector } from '../../property/property.ts';
import type { Direction } from './options.ts';
import type { Scope } from './scope.ts';

interface GuidingHooks {
  readonly guide: (direction: Direction, milliseconds: number) => Promise<void>;
  readonly setGuideRate: (westEast: number, northSouth: number) => Promise<void>;
}

/**
 * Guide pulses: TELESCOPE_TIMED_GUIDE_NS and _WE, and GUIDE_RATE. The property of a pulse is Busy from the command
 * until the end of the pulse, then Idle with zeros.
 */
export class Guiding {
  readonly #scope: Scope;
  readonly #hooks: GuidingHooks;
  readonly #under = new Map<NumberVector, Timer>();

  constructor(scope: Scope, hooks: GuidingHooks) {
    this.#scope = scope;
    this.#hooks = hooks;
    const { guideNS, guideWE, guideRate } = scope.shows;
    this.#handle(guideNS, ['north', 'south']);
    this.#handle(guideWE, ['west', 'east']);
    guideRate.onNew((values) => hooks.setGuideRate(values.GUIDE_RATE_WE, values.GUIDE_RATE_NS));
  }

  /** Ends all pulses. */
  stopped(): void {
    for (const vector of [...this.#under.keys()]) this.#over(vector);
  }

  #handle(vector: NumberVector, directions: readonly [Direction, Direction]): void {
    vector.onNew(async (values) => {
      const before = vector.values();
      // A request with one member only leaves the other one, of a pulse that runs, as it is.
      const wanted = vector.names.map((name) => values[name] as number);
      const both = wanted.every((value) => value > 0);
      const pulse = vector.names.findIndex((name, i) =>
        both ? values[name] !== before[name] : (wanted[i] as number) > 0,
      );
      if (pulse < 0) {
        this.#over(vector);
        vector.set(zeros(vector)).apply('Idle');
        return 'shown';
      }
      this.#refuseWhileMoving();
      const name = vector.names[pulse] as string;
      const milliseconds = values[name] as number;
      const direction = directions[pulse] as Direction;
      await this.#scope.unlessStopped(() => this.#hooks.guide(direction, milliseconds));
      this.#scope.clock.clear(this.#under.get(vector));
      vector.set({ ...zeros(vector), [name]: milliseconds }).apply('Busy');
      this.#under.set(
        vector,
        this.#scope.clock.after(milliseconds, () => this.#over(vector)),
      );
      return 'shown';
    });
  }

  #over(vector: NumberVector): void {
    const timer = this.#under.get(vector);
    if (timer === undefined) return;
    this.#scope.clock.clear(timer);
    this.#under.delete(vector);
    vector.set(zeros(vector)).apply('Idle');
  }

  #refuseWhileMoving(): void {
    const scope = this.#scope;
    scope.refuseIfParked();
    if (scope.state === 'slewing' || scope.moving)
      throw indiErrors.error('NOT_SUPPORTED', {
        device: scope.name,
        what: 'be guided while it moves: stop it first',
      });
  }
}

function zeros(vector: NumberVector): Record<string, number> {
  return Object.fromEntries(vector.names.map((name) => [name, 0]));
}
