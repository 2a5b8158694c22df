/** Runs of tasks, triggers and jobs as traces, when they have ended. */
import type { RunView } from '@fairlead/automation';
import type { Tracer } from '@fairlead/core';

interface Step {
  readonly name?: unknown;
  readonly startedAt?: unknown;
  readonly duration?: unknown;
  readonly code?: unknown;
}

export function traceRun(
  tracer: Tracer,
  { kind, name, id, cause, startedAt, endedAt, result, code, detail }: RunView,
): void {
  const span = tracer.begin(`${kind} ${name}`, 'internal', undefined, startedAt);
  if (span === undefined) return;
  span.set('fairlead.run', id);
  // Of a trigger it is the address of a client.
  if (kind !== 'trigger') span.set('fairlead.cause', cause);
  span.set('fairlead.result', result);
  const { steps } = (detail ?? {}) as { steps?: unknown };
  for (const step of (Array.isArray(steps) ? steps : []) as Step[]) {
    const { startedAt: at, duration } = step;
    if (typeof at !== 'number' || typeof duration !== 'number') continue;
    const part = span.child(`step ${String(step.name ?? '')}`, 'internal', at);
    part.end(typeof step.code === 'string' ? step.code : undefined, at + duration);
  }
  span.end(result === 'success' ? undefined : (code ?? result), endedAt);
}
