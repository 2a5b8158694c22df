import type { FairleadError } from '@fairlead/core';
import type { Outcome } from '../engine/types.ts';
import type { Result } from '../message.ts';
import type { OutputEntry } from './output.ts';

/** The result of a run, as plain data. */
export interface RunRecord {
  readonly result: Outcome['result'];
  readonly reason: Outcome['reason'];
  readonly rule?: string;
  /** Code and message of the error. */
  readonly code?: string;
  readonly error?: string;
  /** The peer, `host:port`. */
  readonly peer: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly messages: readonly Result[];
  readonly output: readonly OutputEntry[];
  /** Dropped lines of output. */
  readonly outputDropped: number;
}

export type StepResult = 'success' | 'failure' | 'skipped';

/** The result of a step of a job. */
export interface StepRecord {
  readonly name: string;
  readonly result: StepResult;
  readonly attempts: number;
  readonly startedAt: number;
  readonly duration: number;
  /** The last run of a task or job that it started; its output is there. */
  readonly run?: number;
  readonly code?: string;
  readonly error?: string;
  readonly output: string;
}

/** An outcome as plain data. */
export function plain({
  result,
  reason,
  rule,
  error,
}: Outcome): Pick<RunRecord, 'result' | 'reason' | 'rule' | 'code' | 'error'> {
  return {
    result,
    reason,
    ...(rule === undefined ? {} : { rule }),
    ...(error === undefined ? {} : { code: error.code, error: error.message }),
  };
}

/** The outcome of a run that failed before the first rule. */
export function failure(error: FairleadError): Outcome {
  return { result: 'failure', reason: 'error', error };
}
