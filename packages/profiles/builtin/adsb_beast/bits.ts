// Bits of a Mode S message, and units.

import { BitReader } from 'fairlead:helpers';

export type Values = Record<string, unknown>;

export const foot = 0.3048;

export const knot = 1.852;

export const parity = { width: 24, poly: 0xfff409, init: 0, refin: false, refout: false, xorout: 0 };

/** Bits `first` to `last` of a field, counted from 1 as the documents do. */
export function take(bytes: Uint8Array, first: number, last: number): number {
  const bits = new BitReader(bytes);
  bits.skip(first - 1);
  return bits.bits(last - first + 1);
}

export function takeSigned(bytes: Uint8Array, first: number, last: number): number {
  const bits = new BitReader(bytes);
  bits.skip(first - 1);
  return bits.signed(last - first + 1);
}
