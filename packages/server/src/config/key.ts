/** Keys of the configuration, and the value types that several keys share. */
import { type FairleadError, formatEndpoint, parseEndpoint } from '@fairlead/core';
import { z } from 'zod';
import type { KeyMeta } from './walk.ts';

export function key<S extends z.ZodType>(
  schema: S,
  description: string,
  meta: Omit<KeyMeta, 'description'> = {},
): S {
  return schema.meta({ description, ...meta }) as S;
}

export const positive = z.int().positive();
export const atLeast = <S extends z.ZodType<number, number | string>>(
  schema: S,
  least: number,
  words: string,
) => schema.refine((value) => value >= least, `expected at least ${words}`);

export const address = z.string().transform((text, context) => {
  try {
    const endpoint = parseEndpoint(text.trim());
    if (endpoint.protocol === 'tcp') return formatEndpoint(endpoint);
    throw new Error();
  } catch (error) {
    const reason = (error as FairleadError).details?.reason;
    const message = `expected HOST:PORT such as 127.0.0.1:7650 or [::1]:7650${reason ? `; ${reason}` : ''}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
});
/** An address, or `off` (or `false` in YAML). The output for `off` is `false`. */
export const addressOrOff = z
  .union([z.literal('off'), z.literal(false), address], {
    error: () => 'expected HOST:PORT such as 127.0.0.1:7650, or off',
  })
  .transform((value) => (value === 'off' ? false : value));

export const path = z.string().min(1);

export const listenerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'a name has at most 32 lower-case letters, digits and hyphens');

export const ADDRESS_RANGE = 'expected an address or a range such as 10.0.0.0/8 or 2001:db8::/32';
export { isAddressRange } from '@fairlead/tcp/internal';
