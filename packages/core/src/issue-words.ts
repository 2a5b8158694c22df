/** Describes the issues of a schema in plain words, for readers who do not program. */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

const NOUNS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  set: 'a list',
  object: 'named fields',
  record: 'named fields',
  map: 'named fields',
  null: 'nothing',
  undefined: 'nothing',
  never: 'nothing',
  nan: 'a number',
  bigint: 'a whole number',
  date: 'a date',
};

/** The start of the schema library's default messages. Other messages come from our schemas. */
const UNWORDED = /^(Invalid|Too small|Too big|Unrecognized|Required)/;

/** What the schema expects: `expected a number`, `expected at most 64 characters`. */
export function issueWords(issue: Issue): string {
  if (!UNWORDED.test(issue.message)) return issue.message.replace(/\.$/, '');
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${NOUNS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${oneOf(issue.values.map(String))}`;
    case 'invalid_union':
      return unionWords(issue);
    case 'too_small':
      return `expected ${bound(issue.origin, 'at least', issue.minimum, issue.inclusive ?? true)}`;
    case 'too_big':
      return `expected ${bound(issue.origin, 'at most', issue.maximum, issue.inclusive ?? true)}`;
    case 'not_multiple_of':
      return `expected a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return formatWords(issue);
    case 'unrecognized_keys':
      return `there is no key ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues[0] === undefined ? 'expected another key' : issueWords(issue.issues[0]);
    default:
      return 'expected another value';
  }
}

const oneOf = (values: readonly string[]): string =>
  values.length === 1 ? (values[0] as string) : `one of ${values.join(', ')}`;

function unionWords(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  const branches = issue.errors.flatMap((branch) => branch.slice(0, 1).map(issueWords));
  const parts = [...new Set(branches)].map((part) => part.replace(/^expected /, ''));
  return parts.length === 0 ? 'expected another value' : `expected ${parts.join(' or ')}`;
}

const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ['character', 'characters'],
  array: ['item', 'items'],
  set: ['item', 'items'],
  map: ['field', 'fields'],
  record: ['field', 'fields'],
  file: ['byte', 'bytes'],
};

function bound(origin: string, most: string, value: number | bigint, inclusive: boolean): string {
  const units = UNITS[origin];
  if (units !== undefined) return `${most} ${value} ${units[Number(value) === 1 ? 0 : 1]}`;
  if (inclusive) return `a number of ${most} ${value}`;
  return `a number ${most === 'at least' ? 'above' : 'below'} ${value}`;
}

const FORMATS: Readonly<Record<string, string>> = {
  email: 'an email address',
  url: 'a URL',
  uuid: 'a UUID',
  datetime: 'a date and time such as 2026-01-31T12:00:00Z',
  date: 'a date such as 2026-01-31',
  time: 'a time such as 12:00:00',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  base64: 'base64',
  json_string: 'JSON',
};

function formatWords(issue: Extract<Issue, { code: 'invalid_format' }>): string {
  const { format } = issue;
  if (format === 'starts_with')
    return `expected a text that begins with "${'prefix' in issue ? issue.prefix : ''}"`;
  if (format === 'regex') return 'expected a text of another form';
  return `expected ${FORMATS[format] ?? 'a text of another form'}`;
}
