/** Counts how often each code occurred. The number of entries is bounded by the number of codes. */
export class CodeCounts {
  readonly #counts = new Map<string, number>();

  add(code: string): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }

  /** A plain object: `{ PEER_CLOSED: 3 }`. */
  snapshot(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
