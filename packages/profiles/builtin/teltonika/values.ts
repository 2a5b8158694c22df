// Readers of the values of elements.

import { hex, i8, i16, i32, u64 } from 'fairlead:helpers';

export type Values = Record<string, unknown>;
export interface Result {
  values?: Values;
  time?: Date;
  reply?: Uint8Array;
  answers?: string;
  refused?: string;
}

export type Element = (values: Values, bytes: Uint8Array) => void;

export function other(values: Values, id: number, value: unknown): void {
  values.io = { ...(values.io as Values | undefined), [id]: value };
}

export function unsigned(bytes: Uint8Array): number | string {
  if (bytes.length === 8) {
    const value = u64(bytes);
    return typeof value === 'number' ? value : hex(bytes);
  }
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function signed(bytes: Uint8Array): number {
  return bytes.length === 1 ? i8(bytes) : bytes.length === 2 ? i16(bytes) : i32(bytes);
}

export const number = (key: string, divisor = 1): Element => {
  return (values, bytes) => {
    values[key] = Number(unsigned(bytes)) / divisor;
  };
};
export const relative = (key: string, divisor = 1): Element => {
  return (values, bytes) => {
    values[key] = signed(bytes) / divisor;
  };
};
export const flag = (key: string): Element => {
  return (values, bytes) => {
    values[key] = bytes.some((byte) => byte > 0);
  };
};
/** By value: 0 is none. */
export const alarm = (...names: (string | undefined)[]): Element => {
  return (values, bytes) => {
    const name = names[Number(unsigned(bytes))];
    if (name !== undefined) values.alarm = name;
  };
};
