/** Compares what a profile yielded with what an example expects. */
import type { DecodedLine, DecodedMessage } from '../decoding/decoded-line.ts';
import type { Yielded } from '../definition/example.ts';

/** A field that differs. Texts are JSON. */
export interface Difference {
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
}

/** Relative difference up to which two numbers are the same. */
const TOLERANCE = 1e-6;
const SHOWN = 200;

/** The first field that differs, if any. */
export function compareLines(expected: Yielded, lines: readonly DecodedLine[]): Difference | undefined {
  // Noise between frames is no failure, unless the example is about it.
  const failed = lines.find(
    ({ error, reason }) => error !== undefined && (expected.error !== undefined || reason !== undefined),
  );
  if (expected.error !== undefined || failed !== undefined) {
    const actual = failed?.error;
    const told = actual === undefined ? 'none' : `${actual} (${failed?.reason ?? failed?.hex})`;
    if (actual !== expected.error)
      return { field: 'error', expected: expected.error ?? 'none', actual: told };
  }
  const identity = lines.findLast(({ identity }) => identity !== undefined)?.identity;
  if (expected.identity !== undefined && expected.identity !== identity)
    return difference('identity', expected.identity, identity);
  if (expected.reply !== undefined) {
    const reply = lines.map(({ reply = '' }) => reply).join('');
    const wanted = expected.reply.replaceAll(/\s/g, '').toLowerCase();
    if (reply !== wanted) return { field: 'reply', expected: wanted || 'none', actual: reply || 'none' };
  }
  return compareAnswers(expected, lines) ?? compareMessages(expected, lines.flatMap(messagesOf));
}

function compareAnswers(
  { answers, refused }: Yielded,
  lines: readonly DecodedLine[],
): Difference | undefined {
  const found = lines.flatMap((line) => line.answers ?? []);
  if (answers !== undefined && !found.includes(String(answers)))
    return difference('answers', String(answers), found.length === 0 ? undefined : found.join(', '));
  const actual = lines.find((line) => line.refused !== undefined)?.refused;
  // An answer that is expected and is a refusal must say so.
  if (answers === undefined && refused === undefined) return undefined;
  return refused === actual ? undefined : difference('refused', refused, actual);
}

function compareMessages(expected: Yielded, messages: readonly DecodedMessage[]): Difference | undefined {
  const { kind, time, values, messages: all } = expected;
  const single = kind !== undefined || time !== undefined || values !== undefined;
  const wanted = all ?? (single ? [{ kind, time, values }] : undefined);
  if (wanted === undefined) return undefined;
  if (wanted.length !== messages.length) return difference('messages', wanted.length, messages.length);
  for (const [i, each] of wanted.entries()) {
    const found = messages[i] as DecodedMessage;
    const at = all === undefined ? '' : `messages[${i}].`;
    const differs = compareMessage(each, found);
    if (differs !== undefined) return { ...differs, field: `${at}${differs.field}` };
  }
  return undefined;
}

function compareMessage(
  { kind, time, device, values }: Partial<Record<'kind' | 'time' | 'device' | 'values', unknown>>,
  found: DecodedMessage,
): Difference | undefined {
  if (kind !== undefined && kind !== found.kind) return difference('kind', kind, found.kind);
  if (device !== undefined && device !== found.device) return difference('device', device, found.device);
  if (time !== undefined && (found.time === undefined || Date.parse(String(time)) !== Date.parse(found.time)))
    return difference('time', time, found.time);
  return values === undefined ? undefined : compareValues(values, found.values, 'values');
}

/** Objects may have more keys than expected; lists have as many items. */
function compareValues(expected: unknown, actual: unknown, field: string): Difference | undefined {
  if (typeof expected === 'number' && typeof actual === 'number')
    return near(expected, actual) ? undefined : difference(field, expected, actual);
  if (typeof expected !== 'object' || expected === null)
    return expected === actual ? undefined : difference(field, expected, actual);
  const isList = Array.isArray(expected);
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual) !== isList)
    return difference(field, expected, actual);
  if (isList && expected.length !== (actual as unknown[]).length) return difference(field, expected, actual);
  for (const [key, value] of Object.entries(expected)) {
    const found = Object.hasOwn(actual, key) ? (actual as Record<string, unknown>)[key] : undefined;
    const differs = compareValues(value, found, isList ? `${field}[${key}]` : `${field}.${key}`);
    if (differs !== undefined) return differs;
  }
  return undefined;
}

const near = (a: number, b: number): boolean =>
  Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a), Math.abs(b));

/** The messages of a line, however many they are. */
export function messagesOf(line: DecodedLine): readonly DecodedMessage[] {
  if (line.messages !== undefined) return line.messages;
  const { kind, time, device, values } = line;
  return kind === undefined ? [] : [{ kind, time, device, values }];
}

function difference(field: string, expected: unknown, actual: unknown): Difference {
  const told = (value: unknown) => (value === undefined ? 'absent' : JSON.stringify(value)).slice(0, SHOWN);
  return { field, expected: told(expected), actual: told(actual) };
}
