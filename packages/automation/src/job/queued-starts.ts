/** Starts of jobs that wait for their turn, saved so that they survive a restart of the service. They are encrypted. */
import type { Clock, Log } from '@fairlead/core';
import { automationErrors } from '../catalogue.ts';
import type { Result } from '../message.ts';
import type { AutomationStore } from '../ports.ts';
import type { Vault } from '../secret/vault.ts';
import type { Start } from './start.ts';

/** A start and all data that was passed with it. */
interface QueuedStart {
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
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(options: {
    readonly store: AutomationStore;
    readonly vault: Vault;
    readonly clock: Clock;
    readonly log: Log;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#vault = options.vault;
    this.#log = options.log;
  }

  /** Ids of the runs, in the order of their starts. */
  runs(): readonly number[] {
    return this.#store.waitingRuns();
  }

  /** Saves a start. A failure is logged: the run still gets its turn, unless the service ends first. */
  keep(run: number, name: string, { cause, depth = 0, variables = [], messages = [] }: Start): void {
    const startedAt = this.#clock.now();
    const start: QueuedStart = { name, cause, startedAt, depth, variables: [...variables], messages };
    try {
      this.#store.putWaiting(run, this.#vault.seal(start, sealLabel(run)));
    } catch (error) {
      this.#log.error({ run, error: String(error) }, 'A queued start of a job cannot be saved');
    }
  }

  /** The run has had its turn, or was stopped. */
  forget(run: number): void {
    try {
      this.#store.removeWaiting(run);
    } catch (error) {
      this.#log.error(
        { run, error: String(error) },
        'A queued start of a job cannot be removed; it may run a second time',
      );
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
