/** Conditions of checks, compiled once: what they cost later is one call a message. */
import { RE2JS } from 're2js';
import { hexBytes, LiteralError, literalText } from '../body/literal.ts';
import { checkFixed, opening } from '../body/template.ts';
import type { Message } from '../message.ts';
import { type ConditionDefinition, type ConditionName, conditionNames } from './schema.ts';

export interface Condition {
  /** As generated names show it: `Equal 'x'`. */
  readonly label: string;
  matches(message: Message): boolean;
  /** Set where the condition is plain equality of text, so that a list of checks can be looked up instead of tried. */
  readonly literal?: { readonly text: string; readonly folded: boolean };
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
export const otherwise: Condition = { label: 'NotCheck', matches: () => true };

/** Letters that differ only in case become the same. */
export const fold = (text: string): string => text.toUpperCase().toLowerCase();

/** Compiles a condition. Throws {@link LiteralError} with the reason. */
export function condition(definition: ConditionDefinition): Condition {
  const name = conditionNames.find((known) => definition[known] !== undefined) as ConditionName;
  const value = definition[name] as string | number | boolean;
  const label = labelOf(name, value);
  if (typeof value === 'string') checkPlain(name, value);
  const plain = name.startsWith('not') ? positive(name) : name;
  const test =
    definition.on === 'bytes' ? onBytes(plain, value, definition) : onText(plain, value, definition);
  const matches = plain === name ? test : (message: Message) => !test(message);
  if (name !== 'equal' || definition.on === 'bytes' || definition.trim) return { label, matches };
  const folded = definition.ignoreCase === true;
  const text = literalText(value as string);
  return { label, matches, literal: { text: folded ? fold(text) : text, folded } };
}

/** Throws {@link LiteralError} for a variable: a condition is compiled once, before there are values. */
function checkPlain(name: ConditionName, value: string): void {
  const isExpression = name === 'matches' || name === 'notMatches';
  if (isExpression) checkFixed(value);
  const open = isExpression ? value.length : opening(value, 0);
  if (!value.includes('}}', open)) return;
  const found = value.slice(open, value.indexOf('}}', open) + 2);
  throw new LiteralError(
    `${found} is not filled in here: a condition compares with a text that is always the same; write \\{ for a brace that means itself`,
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
  if (name === 'matches') {
    const pattern = expression(value as string, ignoreCase);
    return (message) => pattern.matcher(read(message)).find();
  }
  if (typeof value === 'string') {
    const text = literalText(value);
    const wanted = ignoreCase ? fold(text) : text;
    const heard = ignoreCase ? (message: Message) => fold(read(message)) : read;
    switch (name) {
      case 'equal':
        return (message) => heard(message) === wanted;
      case 'contains':
        return (message) => heard(message).includes(wanted);
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
    throw new LiteralError('ignoreCase and trim have no meaning for bytes');
  if (name === 'matches') throw new LiteralError('regular expressions are for text; leave out on: bytes');
  if (typeof value === 'string') {
    const wanted = hexBytes(value);
    switch (name) {
      case 'equal':
        return ({ bytes }) => wanted.equals(bytes);
      case 'contains':
        return ({ bytes }) => asBuffer(bytes).includes(wanted);
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

/** A message that is no number is neither larger nor smaller nor equal. */
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

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function expression(source: string, ignoreCase: boolean): RE2JS {
  try {
    return RE2JS.compile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (error) {
    throw new LiteralError(`the regular expression is not valid: ${(error as Error).message}`);
  }
}
