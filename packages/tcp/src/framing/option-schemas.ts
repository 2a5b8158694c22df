import { z } from 'zod';
import { durationOption, sizeOption } from '../options.ts';

/** Bytes in options: bytes as they are, text (UTF-8), or `{ hex: '0d0a' }`. */
export type ByteString = Uint8Array | string | { readonly hex: string };

/** Hexadecimal digits in pairs, spaces allowed between; its output is the bytes. At least one. */
export const hexOption = z.string().transform((text, context) => {
  const digits = text.replaceAll(' ', '');
  if (digits.length > 0 && digits.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(digits))
    return Buffer.from(digits, 'hex');
  context.addIssue({ code: 'custom', message: 'expected pairs of hexadecimal digits such as 0d0a' });
  return z.NEVER;
});

/** Schema of a {@link ByteString}; its output is a copy of the bytes, at least one. */
export const byteStringOption = z
  .union([
    z.instanceof(Uint8Array).transform((value) => Buffer.from(value)),
    z.string().transform((text) => Buffer.from(text)),
    z.strictObject({ hex: hexOption }).transform(({ hex }) => hex),
  ])
  .refine((value) => value.length > 0, { message: 'expected at least one byte' });

/** A size of at least one byte. */
export const limitOption = sizeOption.refine((size) => size >= 1 && Number.isSafeInteger(size), {
  message: 'expected a size of at least one byte',
});

/** A time of at least a millisecond; its output is milliseconds. */
export const timeOption = durationOption.refine((ms) => ms >= 1 && ms <= 86_400_000, {
  message: 'expected 1ms to 1d',
});

const count = z.int().nonnegative().max(65_536);

/**
 * How many bytes to take off a frame: at its head, or `[head, tail]`.
 * Its output is always the pair.
 */
export const stripOption = z
  .union([count, z.tuple([count, count])])
  .transform((value): readonly [head: number, tail: number] =>
    typeof value === 'number' ? [value, 0] : value,
  );
