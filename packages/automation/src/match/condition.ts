/** Conditions of checks, compiled once. */
import { hexBytes, LiteralError, literalText } from '../body/literal.ts';
import { checkFixed, opening } from '../body/template.ts';
import type { Message } from '../message.ts';
import { Pattern } from './pattern.ts';
import { type ConditionDefinition, type ConditionName, conditionNames } from './schema.ts';
import { bytesFinder, textFinder } from './search.ts';

export interface Condition {
  /** As generated names show it: `Equal 'x'`. */
  readonly label: string;
  matches(message: Message): boolean;
  /** Steps that `matches` takes at most, of some 20 nanoseconds. */
  cost(message: Message): number;
  /** Set for a regular expression, so that a thread can evaluate it. */
  readonly expression?: Expression;
  /** Set if the condition is plain equality of text, so that a list of checks can use a map. */
  readonly literal?: { readonly text: string; readonly folded: boolean };
}

/** A regular expression and the text to test. */
interface Expression {
  readonly pattern: Pattern;
  readonly negated: boolean;
  read(message: Message): string;
}

const LABELS: Readonly<Record<ConditionName, string>> = {
  equal: 'Equal',
  notEqual: 'Not equal',
  contains: 'Contains',
  notContains: 'Does not contain',
  startsWith: 'Starts with',
  notStartsWith: 'Does not start with',
  endsWith: 'Ends with',
  notEndsWith: 'Does not end with',
  matches: 'RegEx match',
  notMatches: 'RegEx no match',
  larger: 'Larger than',
  largerOrEqual: 'Larger than or equal to',
  smaller: 'Smaller than',
  smallerOrEqual: 'Smaller than or equal to',
  number: 'Number',
  notNumber: 'Not number',
  length: 'Length',
  notLength: 'Length not',
  longer: 'Longer than',
  shorter: 'Shorter than',
  empty: 'Empty',
};

/** The condition that is always met. */
export const otherwise: Condition = { label: 'NotCheck', matches: () => true, cost: () => 0 };

/** Folds case. */
export const fold = (text: string): string => text.toUpperCase().toLowerCase();

/** Compiles a condition. Throws {@link LiteralError} with the reason. */
export function condition(definition: ConditionDefinition): Condition {
  const name = conditionNames.find((known) => definition[known] !== undefined) as ConditionName;
  const value = definition[name] as string | number | boolean;
  const label = labelOf(name, value);
  if (typeof value === 'string') checkPlain(name, value);
  const plain = name.startsWith('not') ? positive(name) : name;
  if (plain === 'matches') return matching(label, value as string, plain !== name, definition);
  const test =
    definition.on === 'bytes' ? onBytes(plain, value, definition) : onText(plain, value, definition);
  const matches = plain === name ? test : (message: Message) => !test(message);
  const cost = ({ text }: Message) => text.length;
  if (name !== 'equal' || definition.on === 'bytes' || definition.trim) return { label, matches, cost };
  const folded = definition.ignoreCase === true;
  const text = literalText(value as string);
  return { label, matches, cost, literal: { text: folded ? fold(text) : text, folded } };
}

/** Throws {@link LiteralError} for a variable: a condition is compiled once, before there are values. */
function checkPlain(name: ConditionName, value: string): void {
  const isExpression = name === 'matches' || name === 'notMatches';
  if (isExpression) checkFixed(value);
  const open = isExpression ? value.length : opening(value, 0);
  if (!value.includes('}}', open)) return;
  const found = value.slice(open, value.indexOf('}}', open) + 2);
  throw new LiteralError(
    `${found} is not replaced here: a condition compares with a fixed text; write \\{ for a literal brace`,
  );
}

/** `notStartsWith` -> `startsWith`. */
function positive(name: string): ConditionName {
  return `${name.charAt(3).toLowerCase()}${name.slice(4)}` as ConditionName;
}

function labelOf(name: ConditionName, value: string | number | boolean): string {
  if (name === 'empty') return value ? 'Empty' : 'Not empty';
  const shown = typeof value === 'string' ? `'${shorten(value)}'` : String(value);
  return `${LABELS[name]} ${shown}`;
}

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

type Test = (message: Message) => boolean;

function onText(
  name: ConditionName,
  value: string | number | boolean,
  definition: ConditionDefinition,
): Test {
  const { ignoreCase = false, trim = false } = definition;
  const read = ({ text }: Message): string => (trim ? text.trim() : text);
  if (typeof value === 'string') {
    const text = literalText(value);
    const wanted = ignoreCase ? fold(text) : text;
    const heard = ignoreCase ? (message: Message) => fold(read(message)) : read;
    switch (name) {
      case 'equal':
        return (message) => heard(message) === wanted;
      case 'contains':
        return finding(textFinder(wanted), heard);
      case 'startsWith':
        return (message) => heard(message).startsWith(wanted);
      default:
        return (message) => heard(message).endsWith(wanted);
    }
  }
  if (name === 'empty') return (message) => (read(message) === '') === value;
  return numeric(
    name,
    Number(value),
    (message) => length(read(message)),
    (message) => numberOf(message.text),
  );
}

function onBytes(
  name: ConditionName,
  value: string | number | boolean,
  definition: ConditionDefinition,
): Test {
  if (definition.ignoreCase || definition.trim)
    throw new LiteralError('ignoreCase and trim do not apply to bytes');
  if (typeof value === 'string') {
    const wanted = hexBytes(value);
    switch (name) {
      case 'equal':
        return ({ bytes }) => wanted.equals(bytes);
      case 'contains':
        return finding(bytesFinder(wanted), ({ bytes }) => bytes);
      case 'startsWith':
        return ({ bytes }) => wanted.equals(bytes.subarray(0, wanted.length));
      default:
        return ({ bytes }) =>
          bytes.length >= wanted.length && wanted.equals(bytes.subarray(bytes.length - wanted.length));
    }
  }
  if (name === 'empty') return ({ bytes }) => (bytes.length === 0) === value;
  return numeric(
    name,
    Number(value),
    ({ bytes }) => bytes.length,
    (message) => numberOf(message.text),
  );
}

const finding =
  <T>(stands: (where: T) => boolean, read: (message: Message) => T): Test =>
  (message) =>
    stands(read(message));

/** A message that is not a number is never larger, smaller or equal. */
function numeric(
  name: ConditionName,
  wanted: number,
  size: (m: Message) => number,
  value: (m: Message) => number,
): Test {
  switch (name) {
    case 'larger':
      return (message) => value(message) > wanted;
    case 'largerOrEqual':
      return (message) => value(message) >= wanted;
    case 'smaller':
      return (message) => value(message) < wanted;
    case 'smallerOrEqual':
      return (message) => value(message) <= wanted;
    case 'number':
      return (message) => value(message) === wanted;
    case 'length':
      return (message) => size(message) === wanted;
    case 'longer':
      return (message) => size(message) > wanted;
    default:
      return (message) => size(message) < wanted;
  }
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

function numberOf(text: string): number {
  const trimmed = text.length > 400 ? '' : text.trim();
  return NUMBER.test(trimmed) ? Number(trimmed) : Number.NaN;
}

/** Characters as people count them: one for each code point. */
function length(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function matching(
  label: string,
  source: string,
  negated: boolean,
  { on, ignoreCase = false, trim = false }: ConditionDefinition,
): Condition {
  if (on === 'bytes')
    throw new LiteralError(
      ignoreCase || trim
        ? 'ignoreCase and trim do not apply to bytes'
        : 'regular expressions are for text; leave out on: bytes',
    );
  const read = ({ text }: Message): string => (trim ? text.trim() : text);
  const pattern = new Pattern(source, ignoreCase);
  return {
    label,
    matches: (message) => pattern.matches(read(message)) !== negated,
    cost: ({ text }) => text.length * pattern.size,
    expression: { pattern, negated, read },
  };
}
