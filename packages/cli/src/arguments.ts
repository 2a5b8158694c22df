import { isFairleadError, milliseconds } from '@fairlead/core';
import { InvalidArgumentError } from 'commander';

/** `5s`, `250ms`, `1m`; a number without a unit means seconds. Returns milliseconds. */
export function durationArgument(text: string): number {
  const bare = /^\d+(\.\d+)?$/.test(text);
  try {
    return milliseconds(bare ? `${text}s` : text);
  } catch (error) {
    if (!isFairleadError(error)) throw error;
    throw new InvalidArgumentError('Write 5s, 250ms, 1m, or a number of seconds.');
  }
}

/** A whole number in an inclusive range. */
export function countArgument(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Write a whole number from ${min} to ${max}.`);
  };
}

/** A number above zero, up to `max`. */
export function rateArgument(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d*\.?\d+$/.test(text) && value > 0 && value <= max) return value;
    throw new InvalidArgumentError(`Write a number above 0, up to ${max}.`);
  };
}
