import { seeded } from '@fairlead/testkit';

/** Repeatable randomness: the same seed gives the same run. */
export class Random {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seeded(seed);
  }

  /** 0 (inclusive) to 1 (exclusive). */
  next(): number {
    return this.#next();
  }

  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.#next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)] as T;
  }

  /** A size that is small most of the time. */
  size(most: number): number {
    return Math.floor(most ** this.#next());
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let i = 0; i < length; i++) bytes[i] = this.int(0, 255);
    return bytes;
  }

  hex(length: number): string {
    return this.bytes(length).toString('hex');
  }

  seed(): number {
    return this.int(0, 0xffff_ffff);
  }

  /** Where to cut `length` bytes, in ascending order: nowhere, everywhere, in even pieces, or at a few places. */
  cuts(length: number): number[] {
    if (length < 2 || this.chance(0.1)) return [];
    if (this.chance(0.2)) return Array.from({ length: length - 1 }, (_, i) => i + 1);
    if (this.chance(0.3)) {
      const piece = this.int(1, length);
      return Array.from({ length: Math.ceil(length / piece) - 1 }, (_, i) => (i + 1) * piece);
    }
    const places = Array.from({ length: this.int(1, Math.min(12, length - 1)) }, () =>
      this.int(1, length - 1),
    );
    return [...new Set(places)].sort((a, b) => a - b);
  }
}
