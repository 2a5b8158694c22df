/** How runs are shown. */
import type { RunDetail, RunView } from '@fairlead/api';
import type { Automation } from '@fairlead/automation';
import { iso, isoMaybe } from '../context.ts';

export type Run = NonNullable<ReturnType<Automation['run']>>;

export function runView({ startedAt, endedAt, detail: _detail, ...run }: Run): RunView {
  return { ...run, startedAt: iso(startedAt), endedAt: isoMaybe(endedAt) };
}

export function runDetail(run: Run): RunDetail {
  return { ...runView(run), detail: recordView(run.detail) as RunDetail['detail'] };
}

type Timed = Readonly<Record<string, unknown>>;

/** The record of a run with its times as RFC 3339. */
function recordView(record: unknown): unknown {
  if (typeof record !== 'object' || record === null) return null;
  const { output, steps, ...others } = record as Timed & { output?: Timed[]; steps?: Timed[] };
  return {
    ...timed(others, 'startedAt'),
    ...(output && { output: output.map((line) => timed(line, 'time')) }),
    ...(steps && { steps: steps.map((step) => timed(step, 'startedAt')) }),
  };
}

function timed(of: Timed, key: string): Timed {
  const ms = of[key];
  return typeof ms === 'number' ? { ...of, [key]: iso(ms) } : of;
}
