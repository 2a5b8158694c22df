/** Runs the steps of a job, one after the other. */
import { asFairleadError, type Clock, type FairleadError, pause, timeLimit } from '@fairlead/core';
import { LiteralError } from '../body/literal.ts';
import { automationErrors } from '../catalogue.ts';
import type { Result } from '../message.ts';
import type { Outlets } from '../ports.ts';
import type { RunRecord, StepRecord, StepResult } from '../run/record.ts';
import { abortError, stopError } from '../run/stop-reason.ts';
import { runHttp } from './http.ts';
import { runProgram } from './program.ts';
import { type Job, type Step, stepName } from './schema.ts';
import { argumentContext, bodyContext } from './step-contexts.ts';
import { checkTopic } from './topic.ts';
import type { Values } from './values.ts';

/** What steps use to act. */
export interface StepTools extends Outlets {
  readonly clock: Clock;
  readonly programs: ReadonlySet<string>;
  /** How many jobs are above a run that a step starts. */
  readonly depth: number;
  /** Runs a saved task; calls `began` with the id of its run. */
  task(
    name: string,
    variables: ReadonlyMap<string, string>,
    signal: AbortSignal,
    began: (run: number) => void,
  ): Promise<RunRecord>;
  /** Runs another job to its end; resolves with its error. */
  job(
    name: string,
    variables: ReadonlyMap<string, string>,
    signal: AbortSignal,
    began: (run: number) => void,
  ): Promise<FairleadError | undefined>;
}

export interface JobEnd {
  readonly result: 'success' | 'failure' | 'stopped';
  readonly error?: FairleadError;
  readonly steps: readonly StepRecord[];
}

/** Runs the steps. Never rejects because of a step. Calls `progress` after each step with the steps so far. */
export async function runSteps(
  job: Job,
  values: Values,
  tools: StepTools,
  signal: AbortSignal,
  progress: (steps: readonly StepRecord[]) => void,
): Promise<JobEnd> {
  const steps: StepRecord[] = [];
  for (const [at, step] of job.steps.entries()) {
    const { record, error } = await runStep(step, stepName(step, at), values, tools, signal);
    steps.push(record);
    values.step(record.name, record.result, record.output);
    progress(steps);
    if (signal.aborted) return { result: 'stopped', error: stopError(signal), steps };
    if (error !== undefined && step.onError === 'stop') return { result: 'failure', error, steps };
  }
  return { result: 'success', steps };
}

async function runStep(
  step: Step,
  name: string,
  values: Values,
  tools: StepTools,
  signal: AbortSignal,
): Promise<{ record: StepRecord; error?: FairleadError }> {
  const { clock } = tools;
  const startedAt = clock.now();
  const begun = clock.monotonic();
  let run: number | undefined;
  const began = (id: number) => {
    run = id;
  };
  const record = (
    result: StepResult,
    attempts: number,
    output: string,
    error?: FairleadError,
  ): StepRecord => ({
    name,
    result,
    attempts,
    startedAt,
    duration: Math.round(clock.monotonic() - begun),
    output,
    ...(run === undefined ? {} : { run }),
    ...(error === undefined ? {} : { code: error.code, error: error.message }),
  });
  for (let attempt = 1; ; attempt++) {
    try {
      if (attempt === 1 && !(await values.holds(step.when))) return { record: record('skipped', 0, '') };
      const output = await attemptStep(step, name, values, { tools, signal, began });
      values.hold(output);
      return { record: record('success', attempt, output) };
    } catch (cause) {
      const error = signal.aborted ? abortError(signal) : asFairleadError(cause);
      if (signal.aborted || attempt > step.retries || !error.retryable)
        return { record: record('failure', attempt, keptOf(values, error), error), error };
      await pause(clock, step.retryDelay, signal);
      if (signal.aborted) return { record: record('failure', attempt, '', stopError(signal)), error };
    }
  }
}

/** The output of a failed step, if there is memory for it. */
function keptOf(values: Values, { details }: FairleadError): string {
  const output = String(details.output ?? '');
  try {
    values.hold(output);
    return output;
  } catch {
    return '';
  }
}

/** One attempt, not longer than the timeout of the step. */
async function attemptStep(
  step: Step,
  name: string,
  values: Values,
  { tools, signal, began }: Performing,
): Promise<string> {
  using limit = timeLimit(tools.clock, step.timeout, signal, () =>
    automationErrors.error('STEP_TIMEOUT', { step: name, limit: step.timeout }),
  );
  return await limit.race(perform(step, name, values, { tools, signal: limit.signal, began }));
}

interface Performing {
  readonly tools: StepTools;
  readonly signal: AbortSignal;
  readonly began: (run: number) => void;
}

async function perform(
  step: Step,
  name: string,
  values: Values,
  { tools, signal, began }: Performing,
): Promise<string> {
  if (step.task !== undefined) {
    const record = await tools.task(step.task, values.variables, signal, began);
    values.results(record.messages as readonly Result[]);
    if (record.result === 'success')
      return record.messages.map(({ key, text }) => `${key}: ${text}`).join('\n');
    // A failed exchange may succeed later: the job decides whether to retry.
    throw automationErrors.error('STEP_FAILED', {
      step: name,
      reason: (record.error ?? record.reason).replace(/\.$/, ''),
      code: record.code,
    });
  }
  if (step.http !== undefined) {
    const { url, headers, body, ...others } = step.http;
    const filled = Object.fromEntries(
      Object.entries(headers).map(([key, value]) => [key, values.fill(value)]),
    );
    const text = body === undefined ? undefined : values.fill(body, bodyContext(headers));
    return runHttp(
      { ...others, url: values.fill(url, 'url'), headers: filled, body: text },
      { step: name, depth: tools.depth, signal },
    );
  }
  if (step.publish !== undefined) {
    const { topic, payload, retain } = step.publish;
    const filled = values.fill(topic, 'topic');
    try {
      checkTopic(filled);
    } catch (error) {
      if (!(error instanceof LiteralError)) throw error;
      throw automationErrors.error('STEP_FAILED', { step: name, reason: error.message });
    }
    await tools.publish(filled, values.fill(payload, 'body'), retain, signal);
    return '';
  }
  if (step.downlink !== undefined) {
    const { device, kind, values: wanted } = step.downlink;
    const { bytes } = await tools.downlink(values.fill(device), kind, values.fillAll(wanted), signal);
    return `${bytes} bytes`;
  }
  if (step.program !== undefined) {
    const { path, args, stdin } = step.program;
    const filled = {
      path,
      args: args.map((arg, at) => values.fill(arg, argumentContext(args, at))),
      stdin: stdin === undefined ? undefined : values.fill(stdin, 'body'),
    };
    return runProgram(filled, { step: name, allowed: tools.programs, signal });
  }
  const error = await tools.job(step.job as string, values.variables, signal, began);
  if (error !== undefined) throw error;
  return '';
}
