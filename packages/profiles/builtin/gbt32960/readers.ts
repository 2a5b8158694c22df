// Readers of values.

import type { Values } from './message.ts';

/** Numbers with all bits set are unknown, with all but the lowest are wrong. */
export function known(
  value: number,
  bytes: 1 | 2 | 4,
  convert: (value: number) => number,
): number | undefined {
  return value >= 256 ** bytes - 2 ? undefined : convert(value);
}

export function set(values: Values, key: string, value: unknown): void {
  if (value !== undefined) values[key] = value;
}

export const tenth = (value: number): number => value / 10;
export const ampere = (value: number): number => (value - 10_000) / 10;
export const degrees = (value: number): number => value - 40;
