import type { FairleadError } from '@fairlead/core';
import type { Outcome } from '../engine/types.ts';
import type { Result } from '../message.ts';
import type { OutputEntry } from './output.ts';

/** What is known of a run after its end: plain data. */
export interface RunRecord {
  readonly result: Outcome['result'];
  readonly reason: Outcome['reason'];
  readonly rule?: string;
  /** Code and words of why it failed or was stopped. */
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
  /** Lines of output that are no longer kept. */
  readonly outputDropped: number;
}

export type StepResult = 'success' | 'failure' | 'skipped';

/** What a step of a job came to. */
export interface StepRecord {
  readonly name: string;
  readonly result: StepResult;
  readonly attempts: number;
  readonly startedAt: number;
  readonly duration: number;
  /** The run of the task or job that it started last: there its output is. */
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

/** The outcome of what failed before the first rule. */
export function failure(error: FairleadError): Outcome {
  return { result: 'failure', reason: 'error', error };
}
