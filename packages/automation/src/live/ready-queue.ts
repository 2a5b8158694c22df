/** Continues after a message was received. {@link ReadyQueue} calls it. */
export interface Ready {
  proceed(): void;
}

/**
 * Lets the exchanges that received a message in one iteration of the event loop go on together, after all sockets were read.
 * Their answers are then written in a row. If each answer followed its message, the kernel would have to wake a waiting
 * peer for nearly every write, which costs more than the whole exchange.
 */
export class ReadyQueue {
  #ready: Ready[] = [];

  add(one: Ready): void {
    if (this.#ready.push(one) === 1) setImmediate(proceedAll, this);
  }

  /** Entries that are added meanwhile are handled in the next iteration. */
  proceed(): void {
    const ready = this.#ready;
    this.#ready = [];
    for (const one of ready) one.proceed();
  }
}

function proceedAll(queue: ReadyQueue): void {
  queue.proceed();
}
