/**
 * From trials, each with one byte changed, to what each byte of a frame is for. Pure.
 *
 * A trial may change values of the frame, lose some, yield other ones (then the byte decides what kind of frame it is), or fail. The
 * lowest bit of a byte tells its main field; the others tell flags, and fields that the lowest bit does not reach.
 */
import type { Outcome } from './outcome.ts';

interface Attributed {
  /** Places of bytes by the path of a field, in order. A path without bytes comes from elsewhere: a constant, a state. */
  readonly fields: ReadonlyMap<string, readonly number[]>;
  readonly kind: readonly number[];
  /** Bytes that change nothing but the reply. */
  readonly reply: readonly number[];
}

/** The bit of a byte that is changed first. */
export const MAIN_BIT = 1;

/** What the trials with one byte did. */
interface Effects {
  /** Trials that changed values, lost some, yielded other ones, failed. */
  changed: number;
  lost: number;
  other: number;
  failed: number;
  reply: boolean;
  /** Paths whose value the main bit changed, another bit changed, and that were lost. */
  readonly main: Set<string>;
  readonly further: Set<string>;
  readonly gone: Set<string>;
}

export class Attribution {
  readonly #base: Outcome;
  readonly #effects: Effects[];

  /** @param size bytes of the frame that are tried */
  constructor(base: Outcome, size: number) {
    this.#base = base;
    this.#effects = Array.from({ length: size }, () => ({
      changed: 0,
      lost: 0,
      other: 0,
      failed: 0,
      reply: false,
      main: new Set(),
      further: new Set(),
      gone: new Set(),
    }));
  }

  /** @param bits which of the byte at `at` were changed */
  add(at: number, bits: number, outcome: Outcome): void {
    const effects = this.#effects[at] as Effects;
    if (outcome.failed) {
      effects.failed++;
      return;
    }
    const { leaves } = this.#base;
    const lost: string[] = [];
    const changed: string[] = [];
    for (const [path, text] of leaves) {
      const now = outcome.leaves.get(path);
      if (now === undefined) lost.push(path);
      else if (now !== text) changed.push(path);
    }
    const kept = leaves.size - lost.length;
    const fresh = outcome.leaves.size - kept;
    // Fewer than half of all paths are in both.
    if (fresh > 0 && 2 * kept < leaves.size + fresh) effects.other++;
    else if (changed.length > 0) {
      effects.changed++;
      for (const path of changed) (bits === MAIN_BIT ? effects.main : effects.further).add(path);
    } else if (lost.length > 0) {
      effects.lost++;
      for (const path of lost) effects.gone.add(path);
    } else if (outcome.reply !== this.#base.reply) effects.reply = true;
  }

  result(): Attributed {
    const kind: number[] = [];
    const reply: number[] = [];
    const main = new Map<string, Set<number>>();
    const further = new Map<string, Set<number>>();
    const weak = new Map<string, Set<number>>();
    for (const [at, effects] of this.#effects.entries()) {
      if (effects.other > 0 && effects.other >= effects.changed) kind.push(at);
      else if (effects.changed > 0) {
        note(main, effects.main, at);
        note(further, effects.further, at);
      } else if (effects.gone.size > 0 && 2 * effects.gone.size < this.#base.leaves.size)
        note(weak, effects.gone, at);
      else if (effects.lost + effects.failed > 0) kind.push(at);
      else if (effects.reply) reply.push(at);
    }
    const owned = new Set([...main.values()].flatMap((places) => [...places]));
    const fields = new Map<string, readonly number[]>();
    for (const path of this.#base.leaves.keys()) {
      const places = main.get(path) ?? further.get(path) ?? weak.get(path) ?? [];
      fields.set(path, withNeighbours(places, further.get(path), owned));
    }
    return { fields, kind, reply };
  }
}

function note(all: Map<string, Set<number>>, paths: Iterable<string>, at: number): void {
  for (const path of paths) {
    const places = all.get(path) ?? new Set();
    all.set(path, places.add(at));
  }
}

/** Bytes beside those of a field, which change it too and no other field mainly, belong to it: the lowest bit of a digit may spoil it. */
function withNeighbours(
  places: Iterable<number>,
  further: ReadonlySet<number> | undefined,
  owned: ReadonlySet<number>,
): number[] {
  const all = new Set(places);
  if (further === undefined) return inOrder(all);
  const isNext = (at: number): boolean => further.has(at) && !all.has(at) && !owned.has(at);
  for (const step of [1, -1])
    for (const from of inOrder(all)) for (let at = from + step; isNext(at); at += step) all.add(at);
  return inOrder(all);
}

const inOrder = (places: Iterable<number>): number[] => [...places].sort((a, b) => a - b);

/** Bytes `from` to `to`, both included. */
export type ByteRange = readonly [from: number, to: number];

/** Successive places as ranges. */
export function rangesOf(places: Iterable<number>): ByteRange[] {
  const ranges: [number, number][] = [];
  for (const at of inOrder(places)) {
    const last = ranges.at(-1);
    if (last !== undefined && at <= last[1] + 1) last[1] = at;
    else ranges.push([at, at]);
  }
  return ranges;
}
