/** Finds the mistakes in a job that can be found without the service, before the job runs. */
import { isFairleadError, nearest } from '@fairlead/core';
import type { Mistake, Path } from '@fairlead/yaml';
import type { TextContext } from '../body/context.ts';
import { LiteralError } from '../body/literal.ts';
import { checkFixed, template } from '../body/template.ts';
import { condition } from '../match/condition.ts';
import { conditionNames } from '../match/schema.ts';
import { checkUrl } from './http.ts';
import { schedule } from './schedule.ts';
import { type Job, type Step, stepName, type When } from './schema.ts';
import { argumentContext, bodyContext } from './step-contexts.ts';
import { checkTopic } from './topic.ts';

/** @param now Unix milliseconds: a schedule must come after it */
export function jobMistakes({ on, steps, variables }: Job, now: number): Mistake[] {
  return [
    ...Object.entries(variables).flatMap(([name, text]) =>
      unsound(['variables', name], () => checkFixed(text)),
    ),
    ...on.flatMap((start, at) => scheduleMistakes(start, ['on', at], now)),
    ...steps.flatMap((step, at) => [
      ...orderMistakes(steps, at),
      ...bodyMistakes(step, ['steps', at]),
      ...whenMistakes(step, ['steps', at, 'when']),
    ]),
  ];
}

function scheduleMistakes(
  { schedule: pattern, zone }: Job['on'][number],
  path: Path,
  now: number,
): Mistake[] {
  if (pattern === undefined) return [];
  try {
    if (schedule('', pattern, zone)(now) !== undefined) return [];
    return [{ path: [...path, 'schedule'], reason: `"${pattern}" has no next time` }];
  } catch (error) {
    if (!isFairleadError(error)) throw error;
    const { reason, field } = error.details;
    return [{ path: [...path, String(field)], reason: String(reason) }];
  }
}

/** Names of steps are unique, and a step refers only to earlier steps. */
function orderMistakes(steps: readonly Step[], at: number): Mistake[] {
  const step = steps[at] as Step;
  const earlier = steps.slice(0, at).map(stepName);
  const name = stepName(step, at);
  const mistakes: Mistake[] = [];
  if (earlier.includes(name))
    mistakes.push({ path: ['steps', at, 'name'], reason: `two steps have the name "${name}"` });
  for (const [path, { step: other }] of whens(step, ['steps', at, 'when'])) {
    if (other === undefined || earlier.includes(other)) continue;
    const near = nearest(other, earlier);
    const hint = near === undefined ? '' : `; did you mean "${near}"?`;
    const reason = `"${name}" waits for "${other}", which is not an earlier step${hint}`;
    mistakes.push({ path: [...path, 'step'], reason });
  }
  return mistakes;
}

/** A text that may contain variables: its path in the job, and its context. */
type Body = readonly [path: Path, text: string, place: TextContext];

/** All texts of a step that may contain variables. */
export function bodiesOf(step: Step, path: Path): Body[] {
  const { http, publish, downlink, program } = step;
  const args = program?.args ?? [];
  const bodies: (readonly [path: Path, text: unknown, place?: TextContext])[] = [
    [['http', 'url'], http?.url, 'url'],
    [['http', 'body'], http?.body, bodyContext(http?.headers ?? {})],
    ...texts(http?.headers, ['http', 'headers']),
    [['publish', 'topic'], publish?.topic, 'topic'],
    [['publish', 'payload'], publish?.payload, 'body'],
    [['downlink', 'device'], downlink?.device],
    ...texts(downlink?.values, ['downlink', 'values']),
    ...args.map((arg, at) => [['program', 'args', at], arg, argumentContext(args, at)] as const),
    [['program', 'stdin'], program?.stdin, 'body'],
    ...whens(step, ['when']).map(([place, { value }]): [Path, unknown] => [[...place, 'value'], value]),
  ];
  return bodies.flatMap(([inner, text, place = 'text']) =>
    typeof text === 'string' ? [[[...path, ...inner], text, place] as const] : [],
  );
}

/** Texts in which variables are not allowed: names of headers and of values. */
function namesOf({ http, downlink }: Step, path: Path): [Path, string][] {
  return [
    ...Object.keys(http?.headers ?? {}).map((name): [Path, string] => [
      [...path, 'http', 'headers', name],
      name,
    ]),
    ...keys(downlink?.values, [...path, 'downlink', 'values']),
  ];
}

function bodyMistakes(step: Step, path: Path): Mistake[] {
  const { http, publish } = step;
  return [
    ...bodiesOf(step, path).flatMap(([at, text, place]) => unsound(at, () => template(text, place))),
    ...namesOf(step, path).flatMap(([at, name]) => unsound(at, () => checkFixed(name))),
    ...unsound([...path, 'http', 'url'], () => fixedText(http?.url, checkUrl)),
    ...unsound([...path, 'http', 'body'], () => checkBody(http)),
    ...unsound([...path, 'publish', 'topic'], () => fixedText(publish?.topic, checkTopic)),
  ];
}

/** Checks a text that has no variables, and so is known before a run. */
function fixedText(text: string | undefined, check: (text: string) => void): void {
  if (text !== undefined && !text.includes('{{')) check(text);
}

function checkBody(http: Step['http']): void {
  if (http?.body === undefined || !['GET', 'HEAD'].includes(http.method)) return;
  throw new LiteralError(`a ${http.method} request has no body; use another method, such as "method: POST"`);
}

const whenMistakes = (step: Step, path: Path): Mistake[] =>
  whens(step, path).flatMap(([place, when]) => unsound(place, () => checkWhen(when)));

/** A `when` tests the outcome of a step, or a value by one condition, or both. */
function checkWhen({ step, is, value, ...asked }: When): void {
  const conditions = conditionNames.filter((one) => asked[one] !== undefined);
  if (is !== undefined && step === undefined) throw new LiteralError('"is" needs a "step"');
  if (value === undefined && conditions.length > 0)
    throw new LiteralError(`"${conditions[0]}" needs a "value"`);
  if (value === undefined && step === undefined)
    throw new LiteralError('"step: NAME" or "value: TEXT" with a condition is required');
  if (value === undefined) return;
  if (conditions.length !== 1)
    throw new LiteralError(
      conditions.length === 0
        ? '"value" needs a condition, such as equal, contains or larger'
        : `"value" takes one condition; this one has ${conditions.join(' and ')}`,
    );
  condition(asked);
}

function whens({ when }: Step, path: Path): [Path, When][] {
  if (when === undefined) return [];
  return Array.isArray(when) ? when.map((one, at) => [[...path, at], one]) : [[path, when as When]];
}

/** All texts in a value, with their paths. */
function texts(value: unknown, path: Path): [Path, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((item, at) => texts(item, [...path, at]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => texts(inner, [...path, key]));
}

/** All keys in a value, with their paths. */
function keys(value: unknown, path: Path): [Path, string][] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, at) => keys(item, [...path, at]));
  return Object.entries(value).flatMap(([key, inner]) => [
    [[...path, key], key],
    ...keys(inner, [...path, key]),
  ]);
}

function unsound(path: Path, make: () => unknown): Mistake[] {
  try {
    make();
    return [];
  } catch (error) {
    if (!(error instanceof LiteralError)) throw error;
    return [{ path, reason: error.message }];
  }
}
