import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Rounds until caches, rings and code have their final size. */
const WARM = 40;
const EVERY = 40;
const MOST = 48 * 2 ** 20;

/** Detects memory that grows without end. */
export class MemoryWatch {
  readonly #collect: () => void;
  #least = Number.POSITIVE_INFINITY;

  constructor() {
    setFlagsFromString('--expose-gc');
    this.#collect = runInNewContext('gc') as () => void;
  }

  /** Call it after each round. Returns what is wrong. */
  excess(round: number): string | undefined {
    if (round < WARM || round % EVERY !== 0) return undefined;
    this.#collect();
    const { heapUsed, external } = process.memoryUsage();
    const used = heapUsed + external;
    this.#least = Math.min(this.#least, used);
    const grown = used - this.#least;
    if (grown <= MOST) return undefined;
    return `memory in use has grown by ${Math.round(grown / 2 ** 20)} MiB and goes on growing`;
  }
}
