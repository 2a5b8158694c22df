/** What scripts return: checked, and turned into lines of a report. */
import { kindOf, Refusal, reasonOf, show } from './failure.ts';
import {
  dateTime,
  find,
  getPrototypeOf,
  hex,
  isArray,
  isFiniteNumber,
  isSafeInteger,
  keys,
  kindOfArray,
  lengthOfArray,
  match,
  objectPrototype,
  own,
  parse,
  parseDate,
  round,
  setBytes,
  stringify,
  U8,
} from './intrinsics.ts';

/** How a line begins that holds bytes in hex, or a text. */
export type Letters = { readonly bytes: string; readonly text: string };
const REPLY: Letters = { bytes: 'b', text: 's' };
const RESULT_KEYS = own(['kind', 'values', 'time', 'reply', 'device', 'answers', 'refused']);

export type Bounds = { result: number; depth: number; messages: number };

export function render(result: unknown, bounds: Bounds): string {
  if (result === undefined || result === null) return '';
  if (!isArray(result)) return one(result, bounds);
  if (result.length > bounds.messages)
    throw new Refusal(`${result.length} messages, the limit is ${bounds.messages}`);
  let report = '';
  for (let i = 0; i < result.length; i++) report += one(result[i], bounds);
  bounded(report, bounds);
  return report;
}

function one(result: unknown, bounds: Bounds): string {
  if (typeof result !== 'object' || result === null) {
    throw new Refusal(`expected {kind, values, time, reply}, got ${kindOf(result)}`);
  }
  const { kind, values, time, reply, device, answers, refused } = result as Record<string, unknown>;
  for (const key in result) {
    if (
      key !== 'kind' &&
      key !== 'values' &&
      key !== 'time' &&
      key !== 'reply' &&
      key !== 'device' &&
      key !== 'answers' &&
      key !== 'refused'
    )
      throw strange(key, RESULT_KEYS, '; readings belong into "values"');
  }
  if (values === undefined && reply === undefined && answers === undefined) {
    throw new Refusal(
      result instanceof Promise
        ? 'got a Promise; a script must answer at once'
        : 'neither "values" nor "reply" is there',
    );
  }
  if (kind !== undefined && kind !== 'attributes' && kind !== 'events') {
    throw new Refusal(`"kind" must be "attributes" or "events", got ${show(kind)}`);
  }
  let report = '';
  if (device !== undefined) {
    if (values === undefined) throw new Refusal('"device" goes with "values"');
    if (!isIdentity(device)) throw new Refusal(`"device" must be ${IDENTITY}, got ${show(device)}`);
    report = `@${device}\n`;
  }
  if (values !== undefined) {
    const json = jsonOf(values, 'values', bounds);
    const letter = kind === 'events' ? 'e' : 'a';
    report +=
      time === undefined ? `${letter}${json}\n` : `${letter === 'e' ? 'E' : 'A'}${timeOf(time)} ${json}\n`;
  }
  if (answers !== undefined) report += answered(answers, refused, bounds);
  else if (refused !== undefined) throw new Refusal('"refused" goes with "answers"');
  return reply === undefined ? report : report + replies(reply, '"reply"', bounds);
}

/** Which request the frame answers, and why the device refused it. */
function answered(id: unknown, refused: unknown, bounds: Bounds): string {
  const answers = requestId(id, '"answers"');
  if (refused === undefined || refused === false) return `o${answers}\n`;
  if (typeof refused !== 'string') throw new Refusal(`"refused" must be a text, got ${show(refused)}`);
  bounded(refused, bounds);
  return `O${answers} ${stringify(refused)}\n`;
}

/** How an answer calls the request that it answers. */
export function requestId(id: unknown, name: string): string {
  const text = isSafeInteger(id) ? `${id as number}` : id;
  if (isIdentity(text)) return text;
  throw new Refusal(`${name} must be a whole number or ${IDENTITY}, got ${show(id)}`);
}

/** The ThingsPanel contract: a string of JSON. */
export function renderPlatform(result: unknown, bounds: Bounds): string {
  if (result === undefined || result === null || result === '') return '';
  let values = result;
  if (typeof result === 'string') {
    try {
      values = parse(result);
    } catch (error) {
      throw new Refusal(`encodeInp must return JSON: ${show((error as Error).message)}`);
    }
  }
  return `a${jsonOf(values, 'values', bounds)}\n`;
}

export function jsonOf(values: unknown, name: string, bounds: Bounds): string {
  if (typeof values !== 'object' || values === null || !isPlain(values)) {
    throw new Refusal(`"${name}" must be a plain object, got ${kindOf(values)}`);
  }
  let json: unknown;
  try {
    json = stringify(values);
  } catch (error) {
    throw new Refusal(`"${name}" cannot be written as JSON: ${reasonOf(error)}`);
  }
  if (typeof json !== 'string' || json[0] !== '{')
    throw new Refusal(`"${name}" turn into something else as JSON`);
  bounded(json, bounds);
  if (isDeeper(json, bounds.depth))
    throw new Refusal(`"${name}" have more than ${bounds.depth} levels of nesting`);
  // JSON writes a number that it does not know as null, so only then is it worth a look.
  if (find(json, 'null') >= 0) {
    const path = notFinite(values, name, 0);
    if (path !== undefined) throw new Refusal(`${path} is not a finite number`);
  }
  return json;
}

/** Each level has two brackets, so that a short text need not be looked at. */
export function isDeeper(json: string, most: number): boolean {
  if (json.length < 2 * most) return false;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '"') quoted = !quoted;
    else if (quoted) {
      if (character === '\\') i++;
    } else if (character === '{' || character === '[') {
      if (++depth > most) return true;
    } else if (character === '}' || character === ']') depth--;
  }
  return false;
}

function isPlain(value: object): boolean {
  const prototype = getPrototypeOf(value);
  return (prototype === objectPrototype || prototype === null) && !isArray(value);
}

/** The path of the first number that JSON does not have. */
function notFinite(value: unknown, path: string, depth: number): string | undefined {
  if (typeof value === 'number') return isFiniteNumber(value) ? undefined : path;
  if (typeof value !== 'object' || value === null || depth > 64) return undefined;
  if (value instanceof Date) return isFiniteNumber(dateTime(value)) ? undefined : path;
  const names = keys(value);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    const at = isArray(value) ? `${path}[${name}]` : `${path}.${name}`;
    const found = notFinite((value as Record<string, unknown>)[name], at, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function timeOf(time: unknown): number {
  let ms = Number.NaN;
  if (typeof time === 'number') ms = time;
  else if (typeof time === 'string') ms = parseDate(time);
  else if (time instanceof Date) ms = dateTime(time);
  ms = round(ms);
  if (ms >= 0 && ms <= 8.64e15) return ms;
  throw new Refusal(`"time" must be a Date, an ISO 8601 string or Unix milliseconds, got ${show(time)}`);
}

export function replies(value: unknown, name: string, bounds: Bounds, letters = REPLY): string {
  if (value === undefined || value === null) return '';
  if (!isArray(value)) return reply(value, name, bounds, letters);
  if (value.length > bounds.messages)
    throw new Refusal(`${value.length} replies, the limit is ${bounds.messages}`);
  let report = '';
  for (let i = 0; i < value.length; i++) report += reply(value[i], `${name}[${i}]`, bounds, letters);
  bounded(report, bounds);
  return report;
}

export function reply(value: unknown, name: string, bounds: Bounds, letters: Letters): string {
  if (typeof value !== 'string') return `${letters.bytes}${digitsOf(value, name, bounds)}\n`;
  bounded(value, bounds);
  return `${letters.text}${stringify(value)}\n`;
}

/** Bytes in hex. */
export function digitsOf(value: unknown, name: string, bounds: Bounds): string {
  // Not instanceof: an object may have the prototype and other things than bytes.
  if (kindOfArray(value) !== 'Uint8Array')
    throw new Refusal(`${name} must be a Uint8Array or a string, got ${kindOf(value)}`);
  const length = lengthOfArray(value as Uint8Array);
  if (length > bounds.result) throw new Refusal(`${name} has ${length} bytes, the limit is ${bounds.result}`);
  const bytes = new U8(length);
  setBytes(bytes, value as Uint8Array);
  let digits = '';
  for (let i = 0; i < length; i++) digits += hex[bytes[i] as number];
  return digits;
}

/** A name that a device has in its protocol. */
export const IDENTITY = '1 to 128 printable characters without white space';
export function isIdentity(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 128 && match(/^[^\s\p{C}]+$/u, value) !== null;
}

/** Refuses a key that is none of those known, so that a misspelt one is not ignored. */
export function refuseOthers(result: object, known: readonly string[]): void {
  for (const key in result) {
    let found = false;
    for (let i = 0; i < known.length; i++) if (known[i] === key) found = true;
    if (!found) throw strange(key, known, '');
  }
}

function strange(key: string, known: readonly string[], hint: string): Refusal {
  if (key === 'then') return new Refusal('got a Promise; a script must answer at once');
  let names = '';
  for (let i = 0; i < known.length; i++) names += i === 0 ? known[i] : `, ${known[i]}`;
  return new Refusal(`"${key}" is none of ${names}${hint}`);
}

export function bytesOf(list: readonly unknown[]): unknown {
  for (let i = 0; i < list.length; i++) {
    const byte = list[i];
    if (typeof byte !== 'number') return list;
    if (!isSafeInteger(byte) || byte < -128 || byte > 255)
      throw new Refusal(`byte ${i} of the result is ${show(byte)}`);
  }
  return new U8(list as number[]);
}

export function utf8(value: string): number[] {
  const bytes: number[] = [];
  for (const character of value) {
    const point = character.codePointAt(0) as number;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 0x3f));
    else if (point < 0x10000)
      bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
    else {
      bytes.push(
        0xf0 | (point >> 18),
        0x80 | ((point >> 12) & 0x3f),
        0x80 | ((point >> 6) & 0x3f),
        0x80 | (point & 0x3f),
      );
    }
  }
  return bytes;
}

export function bounded(report: string, bounds: Bounds): void {
  // A reply in hex takes two characters a byte.
  if (report.length > 2 * bounds.result) throw new Refusal(`the result is longer than ${bounds.result}`);
}
