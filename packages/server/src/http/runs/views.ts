import { iso } from '../context.ts';

type Timed = Readonly<Record<string, unknown>>;

/** What a run did, with its times as the API has them all: RFC 3339. */
export function detailView(detail: unknown): unknown {
  if (typeof detail !== 'object' || detail === null) return null;
  const { output, steps, ...others } = detail as Timed & { output?: Timed[]; steps?: Timed[] };
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
