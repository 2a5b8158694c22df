/** What simulated devices do wrong on purpose, and how often they did it. */
import { InvalidArgumentError } from 'commander';

export const faultNames = [
  'split',
  'glue',
  'stall',
  'reset',
  'half-open',
  'bad-checksum',
  'slow',
  'flood',
] as const;
export type Fault = (typeof faultNames)[number];

/** Share of the readings that a fault befalls. */
const SHARE = 0.2;

/** Numbers in [0, 1), the same for the same seed: xorshift with 32 bits (G. Marsaglia, 2003). */
export function seeded(seed: number): () => number {
  // The state must not be zero, and near seeds must begin far apart.
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** `split,glue`: a list of faults. */
export function faultsArgument(text: string): readonly Fault[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !faultNames.includes(name as Fault));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`"${unknown}" is no fault. Known: ${faultNames.join(', ')}.`);
  return [...new Set(names as Fault[])];
}

/** The faults of a simulation. All its devices count together. */
export class Faults {
  readonly names: readonly Fault[];
  readonly #counts = new Map<Fault, number>();

  constructor(names: readonly Fault[]) {
    this.names = names;
  }

  /** The fault of the next reading, if it has one. */
  draw(random: () => number): Fault | undefined {
    if (this.names.length === 0 || random() >= SHARE) return undefined;
    return this.names[Math.floor(random() * this.names.length)];
  }

  count(fault: Fault): void {
    this.#counts.set(fault, (this.#counts.get(fault) ?? 0) + 1);
  }

  /** Each fault with the number of times that it happened. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.names.map((name) => [name, this.#counts.get(name) ?? 0]));
  }
}
