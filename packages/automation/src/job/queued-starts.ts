/** Starts of jobs that wait for their turn, kept so that they outlive the service: sealed, as definitions are. */
import { automationErrors } from '../catalogue.ts';
import type { Result } from '../message.ts';
import type { AutomationStore, Log } from '../ports.ts';
import type { Vault } from '../secret/vault.ts';

/** A start with all that it was given. */
export interface QueuedStart {
  readonly name: string;
  readonly cause: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly depth: number;
  readonly variables: readonly (readonly [string, string])[];
  readonly messages: readonly Result[];
}

export class QueuedStarts {
  readonly #store: AutomationStore;
  readonly #vault: Vault;
  readonly #log: Log;

  constructor(options: { readonly store: AutomationStore; readonly vault: Vault; readonly log: Log }) {
    this.#store = options.store;
    this.#vault = options.vault;
    this.#log = options.log;
  }

  /** Ids of the runs, in the order of their starts. */
  runs(): readonly number[] {
    return this.#store.waitingRuns();
  }

  /** One that cannot be kept is lost if the service ends before its turn, and goes on else. */
  keep(run: number, start: QueuedStart): void {
    try {
      this.#store.putWaiting(run, this.#vault.seal(start, sealLabel(run)));
    } catch (error) {
      this.#log.error({ run, error: String(error) }, 'A start of a job that waits cannot be saved');
    }
  }

  /** It has had its turn, or was given up. */
  forget(run: number): void {
    try {
      this.#store.removeWaiting(run);
    } catch (error) {
      this.#log.error({ run, error: String(error) }, 'A start of a job that waited may be made again');
    }
  }

  /** Throws SECRET_UNREADABLE. */
  get(run: number): QueuedStart {
    const body = this.#store.waiting(run);
    if (body === undefined) throw automationErrors.error('SECRET_UNREADABLE', { kind: 'start' });
    return this.#vault.open(body, sealLabel(run)) as QueuedStart;
  }
}

const sealLabel = (run: number): string => `start\0${run}`;
