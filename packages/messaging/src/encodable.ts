/**
 * What a codec can send. JSON and MessagePack write many values of JavaScript as something else without a word: a Map as {},
 * NaN as null. Such a value is refused with its place, so that it does not reach the peer as something that was never meant.
 */

import { types } from 'node:util';
import { tcpLimits } from '@fairlead/tcp';
import { notEncodable } from '@fairlead/tcp/internal';

/** What one codec says of a value without looking into it. */
export interface Judge {
  /** Its name in errors. */
  readonly codec: string;
  readonly format: string;
  /** What a value is that the format does not have: `a Map`; undefined: it has it. */
  refuse(value: unknown): string | undefined;
  /** Whether the encoder does not look into this object. */
  whole(value: object): boolean;
}

interface Fault {
  readonly what: string;
  path: string;
}

/** Throws `MESSAGE_NOT_ENCODABLE` with the place of the first value that the format does not have. */
export function checkEncodable(data: unknown, judge: Judge): void {
  const fault = find(data, judge, 0);
  if (fault === undefined) return;
  throw notEncodable(judge.codec, `${fault.what} at data${fault.path}, which ${judge.format} does not have`);
}

function find(value: unknown, judge: Judge, depth: number): Fault | undefined {
  const what = judge.refuse(value);
  if (what !== undefined) return { what, path: '' };
  if (typeof value !== 'object' || value === null || judge.whole(value)) return undefined;
  const { jsonDepth } = tcpLimits.values;
  if (depth === jsonDepth)
    throw notEncodable(judge.codec, `nested deeper than ${jsonDepth} levels, or in a circle`);
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) {
      const fault = find(value[at], judge, depth + 1);
      if (fault !== undefined) return within(fault, `[${at}]`);
    }
    return undefined;
  }
  const keys = Object.keys(value);
  if (keys.length === 0) {
    const name = classOf(value);
    return name === undefined ? undefined : { what: `${article(name)} without fields of its own`, path: '' };
  }
  for (const key of keys) {
    const fault = find((value as Record<string, unknown>)[key], judge, depth + 1);
    if (fault !== undefined) return within(fault, `.${key}`);
  }
  return undefined;
}

function within(fault: Fault, step: string): Fault {
  fault.path = step + fault.path;
  return fault;
}

/** The kinds that neither format has, by what they are: `a Map`. */
export function refusedByAll(value: unknown): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (isPlain(value)) return undefined;
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'an invalid Date' : undefined;
  const isInside =
    types.isMap(value) ||
    types.isSet(value) ||
    types.isNativeError(value) ||
    types.isRegExp(value) ||
    types.isPromise(value) ||
    types.isBoxedPrimitive(value) ||
    types.isAnyArrayBuffer(value) ||
    types.isWeakMap(value) ||
    types.isWeakSet(value);
  return isInside ? article(classOf(value) ?? 'object') : undefined;
}

/** Whether it is a plain object, of another realm too: its prototype is the end of the chain. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The name of the class of an object; undefined for plain ones. */
export function classOf(value: object): string | undefined {
  if (isPlain(value)) return undefined;
  const { name } = (value as { constructor?: { name?: unknown } }).constructor ?? {};
  return typeof name === 'string' && name !== '' ? name : 'object';
}

export function article(name: string): string {
  return `${/^[AEIOU]/i.test(name) && !/^U(int|RL)/.test(name) ? 'an' : 'a'} ${name}`;
}
