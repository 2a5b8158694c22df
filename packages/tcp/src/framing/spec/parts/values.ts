import { z } from 'zod';
import { hexOption } from '../../option-schemas.ts';

/* Values that the keys of several rules have. */

export const offset = z.int().nonnegative().max(65_536);
export const place = z.int().min(-65_536).max(65_536);

/** One byte in hex; its output is the number. */
export const hexByte = hexOption
  .refine((bytes) => bytes.length === 1, { message: 'expected one byte in hex such as 7e' })
  .transform((bytes) => bytes[0] as number)
  .meta({ pattern: '^ *[0-9a-fA-F] *[0-9a-fA-F] *$' });

/** One sequence in hex, or a list of them; its output is always the list. */
export const hexList = z
  .union([hexOption, z.array(hexOption).min(1).max(256)])
  .transform((value) => (Array.isArray(value) ? value : [value]));

/** Keys that are bytes in hex; its output is a map by the byte's number. */
export function byHexByte<V extends z.ZodType>(value: V) {
  return z
    .record(z.string().regex(/^[0-9a-fA-F]{2}$/, 'expected one byte in hex'), value)
    .transform(
      (record) =>
        new Map(
          Object.entries(record).map(([key, item]): [number, z.output<V>] => [
            Number.parseInt(key, 16),
            item as z.output<V>,
          ]),
        ),
    );
}

/** One byte in hex, or a list of them; its output is the list of numbers. */
export const hexBytes = z
  .union([hexByte, z.array(hexByte).min(1).max(32)])
  .transform((value) => (Array.isArray(value) ? value : [value]));
