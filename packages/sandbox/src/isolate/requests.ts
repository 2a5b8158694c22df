/** What `poll` returns, and `downlink` where it says which answers it expects, as lines of a report. */
import { kindOf, Refusal, reasonOf, show } from './failure.ts';
import { find, isArray, isSafeInteger, kindOfArray, lengthOfArray, own, stringify } from './intrinsics.ts';
import {
  type Bounds,
  bounded,
  digitsOf,
  isDeeper,
  type Letters,
  refuseOthers,
  reply,
  requestId,
  utf8,
} from './render.ts';

const SEND: Letters = { bytes: 'p', text: 'P' };
const KEYS = own(['send', 'id', 'expect', 'data', 'sequence', 'every', 'timeout', 'answer']);
const SEQUENCE_KEYS = own(['at', 'size']);
const EXPECT_KEYS = own(['at', 'bytes', 'mask']);
const LAST_PLACE = 2 ** 20;
const DAY_MS = 86_400_000;

/** Whether a downlink is requests, and not bytes or texts; the first tells. */
export function areRequests(result: unknown): boolean {
  const first: unknown = isArray(result) ? result[0] : result;
  return typeof first === 'object' && first !== null && kindOfArray(first) === undefined && 'send' in first;
}

export function renderRequests(result: unknown, bounds: Bounds): string {
  if (result === undefined || result === null) return '';
  if (!isArray(result)) return one(result, bounds);
  if (result.length > bounds.messages)
    throw new Refusal(`${result.length} requests, the limit is ${bounds.messages}`);
  let report = '';
  for (let i = 0; i < result.length; i++) {
    report += one(result[i], bounds);
    bounded(report, bounds);
  }
  return report;
}

function one(request: unknown, bounds: Bounds): string {
  if (typeof request !== 'object' || request === null || isArray(request))
    throw new Refusal(
      `expected {send, id, expect, data, sequence, every, timeout, answer}, got ${kindOf(request)}`,
    );
  refuseOthers(request, KEYS);
  const { send, id, expect, data, sequence, every, timeout, answer } = request as Record<string, unknown>;
  if (answer !== undefined && typeof answer !== 'boolean')
    throw new Refusal(`"answer" must be true or false, got ${show(answer)}`);
  let report = reply(send, '"send"', bounds, SEND);
  if (id !== undefined) report += `w${requestId(id, '"id"')}\n`;
  if (expect !== undefined) report += expected(expect, bounds);
  if (data !== undefined) report += `d${jsonOfAny(data, bounds)}\n`;
  if (sequence !== undefined) report += sequenceOf(sequence, sizeOf(send));
  if (every !== undefined) report += `y${duration(every, 'every')}\n`;
  if (timeout !== undefined) report += `t${duration(timeout, 'timeout')}\n`;
  return answer === false ? `${report}n\n` : report;
}

/** Bytes of a request. */
const sizeOf = (send: unknown): number =>
  typeof send === 'string' ? utf8(send).length : lengthOfArray(send as Uint8Array);

function sequenceOf(sequence: unknown, length: number): string {
  if (typeof sequence !== 'object' || sequence === null)
    throw new Refusal(`"sequence" must be {at, size}, got ${kindOf(sequence)}`);
  refuseOthers(sequence, SEQUENCE_KEYS);
  const { at, size } = sequence as Record<string, unknown>;
  if (size !== 1 && size !== 2 && size !== 4)
    throw new Refusal(`"size" of "sequence" must be 1, 2 or 4, got ${show(size)}`);
  if (!isSafeInteger(at) || (at as number) < 0 || (at as number) + size > length)
    throw new Refusal(`"sequence" must lie within the ${length} bytes of "send", got ${show(at)}`);
  return `q${at} ${size}\n`;
}

function expected(list: unknown, bounds: Bounds): string {
  if (!isArray(list)) throw new Refusal(`"expect" must be an array, got ${kindOf(list)}`);
  if (list.length > bounds.messages)
    throw new Refusal(`"expect" has ${list.length} items, the limit is ${bounds.messages}`);
  let report = '';
  for (let i = 0; i < list.length; i++) {
    const item: unknown = list[i];
    if (typeof item !== 'object' || item === null)
      throw new Refusal(`"expect" holds {at, bytes, mask}, got ${kindOf(item)}`);
    refuseOthers(item, EXPECT_KEYS);
    const { at, bytes, mask } = item as Record<string, unknown>;
    if (!isSafeInteger(at) || (at as number) < 0 || (at as number) > LAST_PLACE)
      throw new Refusal(`"at" must be a whole number from 0, got ${show(at)}`);
    const wanted = hexOf(bytes, '"bytes"', bounds);
    const looked = mask === undefined ? '' : hexOf(mask, '"mask"', bounds);
    if (mask !== undefined && looked.length !== wanted.length)
      throw new Refusal('"mask" must be as long as "bytes"');
    report += `x${at} ${wanted} ${looked}\n`;
    bounded(report, bounds);
  }
  return report;
}

/** Bytes, or hex digits with spaces between them. */
function hexOf(value: unknown, name: string, bounds: Bounds): string {
  if (typeof value !== 'string') return digitsOf(value, name, bounds);
  bounded(value, bounds);
  let digits = '';
  for (let i = 0; i < value.length; i++) {
    const character = value[i] as string;
    const place = find('0123456789abcdefABCDEF ', character);
    if (place < 0) throw new Refusal(`${name} must be hex digits, got ${show(value)}`);
    if (place < 22) digits += '0123456789abcdefabcdef'[place];
  }
  if (digits.length === 0 || digits.length % 2 !== 0)
    throw new Refusal(`${name} must be hex digits, got ${show(value)}`);
  return digits;
}

function duration(value: unknown, name: string): number {
  if (isSafeInteger(value) && (value as number) > 0 && (value as number) <= DAY_MS) return value as number;
  throw new Refusal(`"${name}" must be milliseconds, 1 to ${DAY_MS}, got ${show(value)}`);
}

function jsonOfAny(data: unknown, bounds: Bounds): string {
  let json: unknown;
  try {
    json = stringify(data);
  } catch (error) {
    throw new Refusal(`"data" cannot be written as JSON: ${reasonOf(error)}`);
  }
  if (typeof json !== 'string') throw new Refusal('"data" cannot be written as JSON');
  bounded(json, bounds);
  if (isDeeper(json, bounds.depth))
    throw new Refusal(`"data" has more than ${bounds.depth} levels of nesting`);
  return json;
}
