/** Runs that go on, by their id in the history: each can be stopped and waited for. */
export class ActiveRuns {
  readonly #runs = new Map<number, { readonly stop: AbortController; readonly ended: Promise<unknown> }>();

  /** @param ended settles when the run has ended; it may reject */
  add(id: number, stop: AbortController, ended: Promise<unknown>): void {
    this.#runs.set(id, { stop, ended });
  }

  delete(id: number): void {
    this.#runs.delete(id);
  }

  /** Settles when the run has ended; undefined: it does not go on. */
  ended(id: number): Promise<unknown> | undefined {
    return this.#runs.get(id)?.ended;
  }

  /** false: no such run goes on. */
  stop(id: number, reason: string): boolean {
    const run = this.#runs.get(id);
    run?.stop.abort(reason);
    return run !== undefined;
  }

  /** Stops what runs, and waits for it. */
  async close(reason: string): Promise<void> {
    const runs = [...this.#runs.values()];
    for (const { stop } of runs) stop.abort(reason);
    await Promise.allSettled(runs.map(({ ended }) => ended));
  }
}
