/** Runs that have not ended, by their id in the history. Each can be stopped and awaited. */
export class ActiveRuns {
  readonly #runs = new Map<number, { readonly stop: AbortController; readonly ended: Promise<unknown> }>();

  /** @param ended settles when the run has ended; it may reject */
  add(id: number, stop: AbortController, ended: Promise<unknown>): void {
    this.#runs.set(id, { stop, ended });
  }

  delete(id: number): void {
    this.#runs.delete(id);
  }

  /** Settles when the run has ended; undefined: no such run is active. */
  ended(id: number): Promise<unknown> | undefined {
    return this.#runs.get(id)?.ended;
  }

  /** Returns false if no such run is active. */
  stop(id: number, reason: string): boolean {
    const run = this.#runs.get(id);
    run?.stop.abort(reason);
    return run !== undefined;
  }

  /** Stops all runs and waits for them. */
  async close(reason: string): Promise<void> {
    const runs = [...this.#runs.values()];
    for (const { stop } of runs) stop.abort(reason);
    await Promise.allSettled(runs.map(({ ended }) => ended));
  }
}
