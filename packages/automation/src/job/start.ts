import type { FairleadError } from '@fairlead/core';
import type { Result } from '../message.ts';

/** The cause of a run of a job, and the data that it passes to the run. */
export interface Start {
  /** What started it, for the record. */
  readonly cause: string;
  readonly variables?: Iterable<readonly [string, string]> | undefined;
  readonly messages?: readonly Result[] | undefined;
  /** Number of jobs in the chain that started it. */
  readonly depth?: number | undefined;
  /** The jobs whose steps wait for this one. */
  readonly waiting?: readonly string[] | undefined;
  /** Stops the run. */
  readonly signal?: AbortSignal | undefined;
}

/** A run that has begun or was refused. Both have an id in the history. */
export interface Started {
  readonly id: number;
  readonly ended: Promise<FairleadError | undefined>;
}
