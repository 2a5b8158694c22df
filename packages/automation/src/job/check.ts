/** Checks a job before it is saved. */

import { formatPath, formatPointer, type Path } from '@fairlead/yaml';
import { automationErrors } from '../catalogue.ts';
import { jobMistakes } from './mistakes.ts';
import type { Job } from './schema.ts';

interface JobPlace {
  /** Full paths of programs that may be run. */
  readonly programs: ReadonlySet<string>;
  /** Unix milliseconds. */
  readonly now: number;
  has(kind: 'task' | 'trigger' | 'job', name: string): boolean;
}

/**
 * Throws SCHEDULE_INVALID, DEFINITION_INVALID, DEFINITION_UNKNOWN or PROGRAM_DENIED for the first mistake, with its place:
 * `pointer` is a JSON pointer.
 */
export function checkJob(name: string, job: Job, { programs, now, has }: JobPlace): void {
  const [mistake] = jobMistakes(job, now);
  if (mistake !== undefined) {
    const { path, reason } = mistake;
    const pointer = formatPointer(path);
    if (path[0] === 'on') throw automationErrors.error('SCHEDULE_INVALID', { job: name, reason, pointer });
    const where = `${formatPath(path)}: ${reason}`;
    throw automationErrors.error('DEFINITION_INVALID', { kind: 'job', reason: where, pointer });
  }
  const exists = (kind: 'task' | 'trigger' | 'job', of: string | undefined, path: Path) => {
    if (of === undefined || (kind === 'job' && of === name) || has(kind, of)) return;
    throw automationErrors.error('DEFINITION_UNKNOWN', { kind, name: of, pointer: formatPointer(path) });
  };
  job.on.forEach(({ trigger }, at) => void exists('trigger', trigger, ['on', at, 'trigger']));
  job.steps.forEach(({ task, job: other, program }, at) => {
    exists('task', task, ['steps', at, 'task']);
    exists('job', other, ['steps', at, 'job']);
    if (program === undefined || programs.has(program.path)) return;
    const pointer = formatPointer(['steps', at, 'program', 'path']);
    throw automationErrors.error('PROGRAM_DENIED', { program: program.path, pointer });
  });
}
