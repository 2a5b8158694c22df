/** Pairs what was recorded with what the replay yields, in order. */

/** Items of each side that are compared at once. */
const WINDOW = 128;
/** Items by which one side may be ahead of the other: one chunk of a device may hold many frames. */
const AHEAD = 16_384;

export interface Pair<O, N> {
  readonly old?: O | undefined;
  readonly fresh?: N | undefined;
}

/**
 * Finds the pairs of two sequences that come bit by bit, each side ahead of the other at times. Pairs are told when both sides fill
 * a window, and at `settle`. The time is linear in the number of items.
 */
export class Alignment<O, N> {
  readonly #score: (old: O, fresh: N) => number;
  #old: O[] = [];
  #fresh: N[] = [];

  /** @param score 0: they are no pair; the higher the better */
  constructor(score: (old: O, fresh: N) => number) {
    this.#score = score;
  }

  addOld(old: O): Pair<O, N>[] {
    this.#old.push(old);
    return this.#full();
  }

  addFresh(fresh: N): Pair<O, N>[] {
    this.#fresh.push(fresh);
    return this.#full();
  }

  /** Both sides are complete up to here. */
  settle(): Pair<O, N>[] {
    const told: Pair<O, N>[] = [];
    while (this.#old.length > WINDOW || this.#fresh.length > WINDOW) told.push(...this.#window());
    told.push(...paired(this.#old, this.#fresh, this.#score));
    this.#old = [];
    this.#fresh = [];
    return told;
  }

  #full(): Pair<O, N>[] {
    const [one, other] = [this.#old.length, this.#fresh.length];
    if (Math.min(one, other) < WINDOW && Math.max(one, other) < AHEAD) return [];
    return this.#window();
  }

  /** Tells the first pairs of a window, up to one that is sure: what follows may belong to items beyond the window. */
  #window(): Pair<O, N>[] {
    const pairs = paired(this.#old.slice(0, WINDOW), this.#fresh.slice(0, WINDOW), this.#score);
    const half = Math.ceil(pairs.length / 2);
    const isSure = ({ old, fresh }: Pair<O, N>) => old !== undefined && fresh !== undefined;
    const sure = pairs.slice(0, half).findLastIndex(isSure) + 1;
    const told = pairs.slice(0, sure < half / 2 ? half : sure);
    const count = (side: 'old' | 'fresh') => told.filter((pair) => pair[side] !== undefined).length;
    this.#old = this.#old.slice(count('old'));
    this.#fresh = this.#fresh.slice(count('fresh'));
    return told;
  }
}

/** The pairs whose scores have the highest sum, with the items that have no partner between them. */
function paired<O, N>(
  old: readonly O[],
  fresh: readonly N[],
  score: (old: O, fresh: N) => number,
): Pair<O, N>[] {
  const width = fresh.length + 1;
  const best = new Float64Array((old.length + 1) * width);
  const scores = new Float64Array(old.length * fresh.length);
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = fresh.length - 1; j >= 0; j--) {
      const here = score(old[i] as O, fresh[j] as N);
      scores[i * fresh.length + j] = here;
      const both = here === 0 ? 0 : here + (best[(i + 1) * width + j + 1] as number);
      best[i * width + j] = Math.max(
        both,
        best[(i + 1) * width + j] as number,
        best[i * width + j + 1] as number,
      );
    }
  const pairs: Pair<O, N>[] = [];
  let [i, j] = [0, 0];
  while (i < old.length && j < fresh.length) {
    const here = scores[i * fresh.length + j] as number;
    const total = best[i * width + j] as number;
    if (here > 0 && total === here + (best[(i + 1) * width + j + 1] as number))
      pairs.push({ old: old[i++] as O, fresh: fresh[j++] as N });
    else if (total === best[(i + 1) * width + j]) pairs.push({ old: old[i++] as O });
    else pairs.push({ fresh: fresh[j++] as N });
  }
  while (i < old.length) pairs.push({ old: old[i++] as O });
  while (j < fresh.length) pairs.push({ fresh: fresh[j++] as N });
  return pairs;
}
