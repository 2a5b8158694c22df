/** JSON objects: merged, and compared by field. Pure. */
import type { JsonObject } from '../desired-ports.ts';

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The target after a JSON merge patch (RFC 7396): objects are merged by field, null removes a field. */
export function merged(target: unknown, patch: JsonObject): JsonObject {
  const fields = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) fields.delete(key);
    else fields.set(key, isObject(value) ? merged(fields.get(key), value) : value);
  }
  // Unlike an assignment, this makes a field of "__proto__" too.
  return Object.fromEntries(fields);
}

/**
 * The fields of `desired` that `reported` does not have with the same value; undefined: it has all of them. Further fields of
 * `reported` do not count, in nested objects either. Arrays are compared as a whole.
 */
export function difference(desired: JsonObject, reported: JsonObject): JsonObject | undefined {
  const missing: [key: string, value: unknown][] = [];
  for (const [key, value] of Object.entries(desired)) {
    const other = Object.hasOwn(reported, key) ? reported[key] : undefined;
    const part = isObject(value) && isObject(other) ? difference(value, other) : value;
    if (part !== undefined && (part !== value || !same(value, other))) missing.push([key, part]);
  }
  return missing.length === 0 ? undefined : Object.fromEntries(missing);
}

function same(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return sameNumber(a, b);
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => same(item, b[index]));
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]))
    );
  }
  return a === b;
}

/** Many devices store fractions with single precision: 21.1 comes back as 21.100000381469727. */
function sameNumber(a: number, b: number): boolean {
  if (a === b) return true;
  return !(Number.isInteger(a) && Number.isInteger(b)) && Math.fround(a) === Math.fround(b);
}
