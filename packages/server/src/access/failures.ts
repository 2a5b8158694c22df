import type { Clock } from '@fairlead/core';

interface FailureBounds {
  /** Milliseconds after the first failure of a key, after which its failures are forgotten. */
  readonly window: number;
  /** Keys that are counted. The one that failed longest ago is forgotten first. */
  readonly keys: number;
}

/** Counts failures by key, such as an address, with bounded memory. */
export class Failures {
  readonly #clock: Clock;
  readonly #bounds: FailureBounds;
  /** The key that failed longest ago is first. */
  readonly #counts = new Map<string, { readonly since: number; readonly count: number }>();

  constructor(clock: Clock, bounds: FailureBounds) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  /** Adds a failure and returns how many the key has. */
  add(key: string): number {
    const { since, count } = this.#current(key) ?? { since: this.#clock.monotonic(), count: 0 };
    this.#counts.delete(key);
    this.#counts.set(key, { since, count: count + 1 });
    if (this.#counts.size > this.#bounds.keys)
      this.#counts.delete(this.#counts.keys().next().value as string);
    return count + 1;
  }

  /** Takes one failure back: it was none. */
  takeBack(key: string): void {
    const known = this.#counts.get(key);
    if (known !== undefined) this.#counts.set(key, { ...known, count: Math.max(0, known.count - 1) });
  }

  of(key: string): number {
    return this.#current(key)?.count ?? 0;
  }

  /** The keys with at least so many failures. */
  reached(count: number): { readonly key: string; readonly left: number }[] {
    return Array.from(this.#counts.keys(), (key) => ({ key, left: this.left(key) })).filter(
      ({ key, left }) => left > 0 && this.of(key) >= count,
    );
  }

  forget(key: string): void {
    this.#counts.delete(key);
  }

  /** Milliseconds until the failures of this key are forgotten. */
  left(key: string): number {
    const known = this.#current(key);
    return known === undefined ? 0 : known.since + this.#bounds.window - this.#clock.monotonic();
  }

  #current(key: string) {
    const known = this.#counts.get(key);
    if (known === undefined || this.#clock.monotonic() - known.since >= this.#bounds.window) return undefined;
    return known;
  }
}
