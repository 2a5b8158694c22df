import { z } from 'zod';
import { tcpLimits } from '../../limits.ts';
import { checksumNames } from '../checksum.ts';
import { hexOption, limitOption } from '../option-schemas.ts';

/* The parts that rules of a framing spec are made of. The descriptions of the keys are the reference in docs/framing.md. */

export const offset = z.int().nonnegative().max(65_536);
export const place = z.int().min(-65_536).max(65_536);
const word = z.int().nonnegative().max(0xffff_ffff);

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

const condition = {
  bytes: hexOption.optional().describe('What must stand there, in hex.'),
  range: z
    .array(z.tuple([hexByte, hexByte]))
    .min(1)
    .max(64)
    .optional()
    .describe('Instead of "bytes": ranges that one byte must lie in, as in [["30", "39"], ["41", "46"]].'),
  at: offset.default(0).describe('Bytes before it. Default 0.'),
  mask: hexOption
    .optional()
    .describe('As many bytes as "bytes" has, in hex: only bits that are 1 here are compared. Default all.'),
  not: z
    .boolean()
    .default(false)
    .describe('True: anything else must stand there, as far as "bytes" or "range" goes. Default false.'),
};

interface Condition {
  readonly bytes?: Buffer | undefined;
  readonly mask?: Buffer | undefined;
  readonly range?: unknown;
}

const sameSize = ({ bytes, mask }: Condition): boolean => mask === undefined || mask.length === bytes?.length;
const sameSizeMessage = { path: ['mask'], message: 'expected as many bytes as "bytes" has' };
const oneOfTwo = ({ bytes, range }: Condition): boolean => bytes === undefined || range === undefined;
const oneOfTwoMessage = { path: ['range'], message: 'expected either "bytes" or "range"' };

const conditionSchema = z
  .strictObject(condition)
  .refine(sameSize, sameSizeMessage)
  .refine(oneOfTwo, oneOfTwoMessage)
  .refine(({ bytes, range }) => (bytes ?? range) !== undefined, {
    path: ['bytes'],
    message: 'expected "bytes" or "range"',
  })
  .meta({
    oneOf: [{ required: ['bytes'] }, { required: ['range'] }],
    dependentRequired: { mask: ['bytes'] },
  });

const conditions = z.array(conditionSchema).min(1).max(64).optional();

/** Conditions on the head of the buffer; all that are given must hold. */
export const matchSchema = z
  .strictObject({
    ...condition,
    any: conditions.describe('A list of the same: one of them must hold too.'),
    all: conditions.describe('A list of the same: all of them must hold too.'),
  })
  .refine(sameSize, sameSizeMessage)
  .refine(oneOfTwo, oneOfTwoMessage)
  .refine(({ bytes, range, any, all }) => (bytes ?? range ?? any ?? all) !== undefined, {
    path: ['bytes'],
    message: 'expected "bytes", "range", "any" or "all"',
  })
  .meta({
    id: 'match',
    anyOf: ['bytes', 'range', 'any', 'all'].map((key) => ({ required: [key] })),
    not: { required: ['bytes', 'range'] },
    dependentRequired: { mask: ['bytes'] },
  });

const found = z.strictObject({
  find: hexOption.describe('Bytes to be found in the frame, in hex.'),
  last: z.boolean().default(false).describe('True: the last occurrence. Default: the first.'),
  plus: z.int().min(-256).max(256).default(0).describe('Bytes to add. Default 0.'),
});
const short = { properties: { as: { const: 'hex' } }, required: ['as'] };
const anyPlace = z.union([place, found]);

export const checksumSchema = z
  .strictObject({
    kind: z
      .union([
        z.enum(checksumNames as [string, ...string[]]),
        z.strictObject({
          width: z.int().min(1).max(32),
          poly: word,
          init: word.default(0),
          refin: z.boolean().default(false),
          refout: z.boolean().default(false),
          xorout: word.default(0),
        }),
      ])
      .describe(
        'A name such as crc16/x25, or `{width, poly, init, refin, refout, xorout}` of a CRC of 1 to 32 bits.',
      ),
    over: z
      .enum(['wire', 'content'])
      .default('wire')
      .describe(
        'What places are counted in: "wire", the frame as it was received, or "content", what is between the marks, unescaped. Default wire.',
      ),
    from: anyPlace
      .default(0)
      .describe(
        'First byte that is covered; negative: counted from the end; or `{find, last, plus}`: where these bytes begin. Default 0.',
      ),
    to: anyPlace.describe('First byte that is not covered any more; as "from".'),
    at: anyPlace.describe('Where the check value stands, before or after what it covers; as "from".'),
    size: z
      .int()
      .min(1)
      .max(8)
      .optional()
      .describe(
        'Bytes that it takes; more than it has are zeros. Default: as many as it has; in hex twice that.',
      ),
    as: z
      .enum(['bytes', 'hex'])
      .default('bytes')
      .describe('"hex": written as hexadecimal digits in ASCII; capitals are sent. Default bytes.'),
    endian: z.enum(['big', 'little']).default('big').describe('Its byte order. Default big.'),
    short: z
      .boolean()
      .default(false)
      .describe('True: zeros in front of hex digits may be missing. Default false.'),
    optional: z
      .boolean()
      .default(false)
      .describe('True: frames without the places, or without any hex digit, are not checked. Default false.'),
    when: matchSchema.optional().describe('Only frames whose head looks like this are checked, as "match".'),
  })
  .meta({
    id: 'checksum',
    if: { properties: { short: { const: true } }, required: ['short'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: short,
  });

export const max = limitOption
  .default(tcpLimits.values.frame)
  .describe('Largest frame as it is delivered: bytes, or 64KiB and the like. Default 1 MiB.');

export type ParsedMatch = z.output<typeof matchSchema>;
export type ParsedCondition = z.output<typeof conditionSchema>;
export type ParsedChecksum = z.output<typeof checksumSchema>;
export type ParsedPlace = z.output<typeof anyPlace>;
