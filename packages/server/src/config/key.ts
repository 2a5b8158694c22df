/** A key of the configuration, and types of values that several of them have. */
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
