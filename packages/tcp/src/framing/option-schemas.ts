import { durationOption, sizeOption } from '@fairlead/core';
import { z } from 'zod';

/** Bytes in options: bytes as they are, text (UTF-8), or `{ hex: '0d0a' }`. */
export type ByteString = Uint8Array | string | { readonly hex: string };

/*
 * JSON Schema describes the input, not the output: patterns and bounds must apply to the input, or be in `meta`.
 */

/** Hexadecimal digits in pairs, spaces allowed between; its output is the bytes. At least one. */
export const hexOption = z
  .string()
  .regex(/^ *(?:[0-9a-fA-F] *[0-9a-fA-F] *)+$/, 'expected pairs of hexadecimal digits such as 0d0a')
  .transform((text) => Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** Schema of a {@link ByteString}; its output is a copy of the bytes, at least one. */
export const byteStringOption = z
  .union([
    z.instanceof(Uint8Array).transform((value) => Buffer.from(value)),
    z.string().transform((text) => Buffer.from(text)),
    z.strictObject({ hex: hexOption }).transform(({ hex }) => hex),
  ])
  .refine((value) => value.length > 0, { message: 'expected at least one byte' });

/** A size of at least one byte. */
export const limitOption = sizeOption
  .refine((size) => size >= 1 && Number.isSafeInteger(size), {
    message: 'expected a size of at least one byte',
  })
  .meta({
    anyOf: [
      { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
      { type: 'string', pattern: '^\\s*[0-9]+(\\.[0-9]+)?\\s*(B|KB|KiB|MB|MiB|GB|GiB)\\s*$' },
    ],
  });

/** A time of at least a millisecond; its output is milliseconds. */
export const timeOption = durationOption
  .refine((ms) => ms >= 1 && ms <= 86_400_000, { message: 'expected 1ms to 1d' })
  .meta({
    anyOf: [
      { type: 'number', minimum: 1, maximum: 86_400_000 },
      { type: 'string', pattern: '^\\s*[0-9]+(\\.[0-9]+)?\\s*(ms|s|m|h|d)\\s*$' },
    ],
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
