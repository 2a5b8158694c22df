/** What is looked at before a job is saved, so that nobody learns of a slip at two in the morning. */
import { LiteralError } from '../body/literal.ts';
import { template } from '../body/template.ts';
import { automationErrors } from '../catalogue.ts';
import { stepName } from '../definition/schema.ts';
import { condition } from '../match/condition.ts';
import { conditionNames } from '../rules/schema.ts';
import { schedule } from './schedule.ts';
import type { Job, Step, When } from './schema.ts';

export interface JobPlace {
  /** Full paths of programs that may be run. */
  readonly programs: ReadonlySet<string>;
  /** Unix milliseconds. */
  readonly now: number;
  /** Throws DEFINITION_UNKNOWN. */
  exists(kind: 'task' | 'trigger' | 'job', name: string): void;
}

/** Throws SCHEDULE_INVALID, DEFINITION_UNKNOWN, PROGRAM_DENIED, or DEFINITION_INVALID with the place. */
export function checkJob(name: string, { on, steps }: Job, place: JobPlace): void {
  for (const { schedule: pattern, zone, trigger } of on) {
    if (trigger !== undefined) place.exists('trigger', trigger);
    if (pattern === undefined || schedule(name, pattern, zone)(place.now) !== undefined) continue;
    throw automationErrors.error('SCHEDULE_INVALID', { job: name, reason: `"${pattern}" never comes` });
  }
  steps.forEach((step, at) => {
    const { task, job, program } = step;
    if (task !== undefined) place.exists('task', task);
    if (job !== undefined && job !== name) place.exists('job', job);
    if (program !== undefined && !place.programs.has(program.path))
      throw automationErrors.error('PROGRAM_DENIED', { program: program.path });
    checkStep(step, stepName(step, at));
  });
}

function checkStep(step: Step, name: string): void {
  const { http, publish, downlink, program } = step;
  const bodies: [field: string, text: string | undefined][] = [
    ['http.url', http?.url],
    ['http.body', http?.body],
    ...Object.entries(http?.headers ?? {}).map(([key, text]): [string, string] => [
      `http.headers.${key}`,
      text,
    ]),
    ['publish.topic', publish?.topic],
    ['publish.payload', publish?.payload],
    ['downlink.device', downlink?.device],
    ...texts(downlink?.values).map((text): [string, string] => ['downlink.values', text]),
    ...(program?.args ?? []).map((text): [string, string] => ['program.args', text]),
    ['program.stdin', program?.stdin],
  ];
  for (const [field, text] of bodies)
    if (text !== undefined) sound(`${name}: ${field}`, () => template(text));
  for (const when of step.when === undefined ? [] : [step.when].flat())
    sound(`${name}: when`, () => checkWhen(when));
}

/** It asks for the outcome of a step, or judges a value by one condition, or both. */
function checkWhen({ step, is, value, ...asked }: When): void {
  const conditions = conditionNames.filter((one) => asked[one] !== undefined);
  if (is !== undefined && step === undefined) throw new LiteralError('"is" needs a "step"');
  if (value === undefined && conditions.length > 0)
    throw new LiteralError(`"${conditions[0]}" needs a "value" to judge`);
  if (value === undefined && step === undefined)
    throw new LiteralError('it says neither "step: NAME" nor "value: TEXT" with a condition');
  if (value === undefined) return;
  if (conditions.length !== 1)
    throw new LiteralError(
      conditions.length === 0
        ? 'a condition is missing beside "value", such as equal, contains or larger'
        : `one condition judges a value; here are ${conditions.join(' and ')}`,
    );
  template(value);
  condition(asked);
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

function sound(place: string, make: () => unknown): void {
  try {
    make();
  } catch (error) {
    if (!(error instanceof LiteralError)) throw error;
    throw automationErrors.error('DEFINITION_INVALID', { kind: 'job', reason: `${place}: ${error.message}` });
  }
}
