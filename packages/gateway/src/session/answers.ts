import type { FairleadError } from '@fairlead/core';

/** How a device answered: `refused` is why it did not do what it was told. */
export interface Answered {
  readonly refused?: string | undefined;
}

interface Awaited {
  readonly id: string;
  readonly done: (answered: Answered) => void;
  readonly fail: (cause: FairleadError) => void;
}

/** The requests of one link that wait for an answer which a script finds, oldest first. */
export class Answers {
  #waiting: Awaited[] = [];

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Resolves when the request has its answer. Rejects with the reason of `signal`, which ends the wait, or with the cause of
   * the link's end.
   */
  wait(id: string, signal: AbortSignal): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const forget = () => {
        this.#remove(awaited);
        reject(signal.reason);
      };
      const settle = (then: () => void) => {
        signal.removeEventListener('abort', forget);
        then();
      };
      const awaited: Awaited = {
        id,
        done: (answered) => settle(() => resolve(answered)),
        fail: (cause) => settle(() => reject(cause)),
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener('abort', forget, { once: true });
      this.#waiting.push(awaited);
    });
  }

  /** A frame answers the oldest request that has this id. false: none has. */
  take(id: string, answered: Answered): boolean {
    const awaited = this.#waiting.find((each) => each.id === id);
    if (awaited === undefined) return false;
    this.#remove(awaited);
    awaited.done(answered);
    return true;
  }

  /** The link has ended. */
  close(cause: FairleadError): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { fail } of waiting) fail(cause);
  }

  #remove(awaited: Awaited): void {
    const at = this.#waiting.indexOf(awaited);
    if (at >= 0) this.#waiting.splice(at, 1);
  }
}
