/**
 * Checks that a codec can send a value. The encoders of JSON and MessagePack silently change many values of JavaScript: a Map
 * becomes {}, NaN becomes null. Such a value is refused with its place, so that the peer never receives a changed value.
 */

import { types } from 'node:util';
import { tcpLimits } from '@fairlead/tcp';
import { notEncodable } from '@fairlead/tcp/internal';

/** The rules of one codec for a single value, without its contents. */
export interface Judge {
  /** Its name in errors. */
  readonly codec: string;
  readonly format: string;
  /** Describes a value that the format cannot represent: `a Map`; undefined if it can. */
  refuse(value: unknown): string | undefined;
  /** Whether the encoder handles this object as a whole, without visiting its fields. */
  whole(value: object): boolean;
}

interface Fault {
  readonly what: string;
  path: string;
}

/** Throws `MESSAGE_NOT_ENCODABLE` with the place of the first value that the format cannot represent. */
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

/** Describes values that neither format can represent: `a Map`. */
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

/** Whether it is a plain object, also one of another realm: its prototype has no prototype. */
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
