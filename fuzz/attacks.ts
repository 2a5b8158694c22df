import { type Conduct, type Farewell, pieces, type Step } from './conduct.ts';
import { adversarial, mutated } from './mutate.ts';
import type { Random } from './random.ts';

/** What attackers know about a protocol. */
export interface Arsenal {
  /** Authentication with a token that is known, of devices that are not checked. */
  readonly hellos: readonly Buffer[];
  /** Valid streams of a device after authentication. */
  readonly seeds: readonly Buffer[];
}

const FAREWELLS: readonly Farewell[] = ['end', 'half', 'destroy', 'reset', 'stay', 'stay'];

export function attack(random: Random, { hellos, seeds }: Arsenal): Conduct {
  const hello = random.pick(hellos);
  const farewell = random.pick(FAREWELLS);
  const reads = random.chance(0.8);
  const garbage = (): Buffer =>
    random.chance(0.7) ? mutated(random, seeds, 2_048) : adversarial(random, seeds, random.size(6_000));
  const steps = ((): Step[] => {
    switch (random.int(0, 7)) {
      case 0: // nobody it knows
        return pieces(random, mutated(random, [...hellos, ...seeds], 2_048));
      case 1: // not a word, or a single byte
        return random.chance(0.5) ? [] : [{ send: random.bytes(1) }];
      case 2: // half a token, slowly
        return [
          { send: hello.subarray(0, random.int(1, hello.length - 1)) },
          { wait: random.int(0, 400) },
          { send: random.bytes(3) },
        ];
      case 3: // everything glued
        return [{ send: Buffer.concat([hello, garbage(), garbage()]) }];
      case 4: // authentication again and again
        return pieces(random, Buffer.concat([hello, random.pick(hellos), garbage()]));
      case 5: // much, and quickly
        return [{ send: hello }, ...Array.from({ length: 20 }, () => ({ send: garbage() }))];
      default:
        return [...pieces(random, hello), ...pieces(random, garbage())];
    }
  })();
  return { steps, farewell, reads };
}
