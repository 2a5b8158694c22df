/** Counters of bodies: `{{counter.NAME}}`. A trigger's live as long as it listens, a task's as long as its run. */
export class Counters {
  readonly #counts = new Map<string, number>();

  next(name: string): number {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return count;
  }
}
