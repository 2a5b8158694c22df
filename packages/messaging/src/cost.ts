/** Estimates the memory of values. */

/** Bytes of memory in addition to the bytes on the wire: V8 with 64-bit pointers, including the slot in the container. */
export const cost = {
  /** null, true, false, a number. */
  scalar: 8,
  /** The header of an object or array. */
  text: 32,
  /** Text, and its part in the shape of the object. */
  key: 48,
  container: 64,
  /** A Uint8Array, a Date or a bigint. */
  object: 104,
} as const;

/**
 * The memory that a value of JSON uses in addition to its bytes on the wire; as `scanJson` finds it from these. The value must not
 * be nested so deeply that recursive code would overflow the stack.
 */
export function costOf(value: unknown): number {
  if (typeof value === 'string') return cost.text;
  if (typeof value !== 'object' || value === null) return 0;
  let sum: number = cost.container;
  let items = 0;
  if (Array.isArray(value)) {
    for (const item of value) sum += costOf(item);
    items = value.length;
  } else {
    for (const key of Object.keys(value)) {
      sum += cost.key + cost.text + costOf((value as Record<string, unknown>)[key]);
      items++;
    }
  }
  return sum + cost.scalar * Math.max(0, items - 1);
}
