import { z } from 'zod';
import type { LengthField } from '../../length-field.ts';
import type { LengthLayout } from '../../length-measure.ts';
import { hexOption } from '../../option-schemas.ts';
import { hexByte, offset, place } from './values.ts';

/* The keys for the place of the length field, and the layout that follows from them: for `length` and `table`. */

const fieldKeys = {
  offset: offset
    .optional()
    .describe(
      'Bytes between the start of the frame and the length field. Default 0; a further field follows the previous one.',
    ),
  size: z
    .int()
    .min(1)
    .max(20)
    .optional()
    .describe(
      'Bytes of the length field: 1 to 8, for digits up to 16. Default 4; for a varint at most 5, for digits with "until" at most 16.',
    ),
  as: z
    .enum(['binary', 'decimal', 'hex', 'varint'])
    .default('binary')
    .describe(
      '"decimal" and "hex": digits in ASCII. "varint": 7 bits per byte, lowest first; the top bit says that more follow. Default "binary".',
    ),
  endian: z
    .enum(['big', 'little'])
    .default('big')
    .describe('Byte order of a binary length field. Default "big".'),
  mask: hexOption
    .optional()
    .describe('The bits of a binary field that hold the length: a mask of the same size, in hex.'),
  shift: z
    .int()
    .nonnegative()
    .max(31)
    .default(0)
    .describe('Bits by which the masked value is shifted to the right. Default 0.'),
  until: hexByte
    .optional()
    .describe('The byte that ends a variable number of digits, in hex; it is part of the length field.'),
};

interface FieldKeys {
  readonly as: string;
  readonly size?: number | undefined;
  readonly mask?: Buffer | undefined;
  readonly shift: number;
  readonly until?: number | undefined;
}

function fieldProblem({ as, size, mask, shift, until }: FieldKeys): string | undefined {
  const digits = as === 'decimal' || as === 'hex';
  if (until !== undefined && !digits) return '"until" goes with "as": "decimal" or "hex"';
  if ((mask !== undefined || shift > 0) && as !== 'binary')
    return '"mask" and "shift" go with a binary field';
  if (mask !== undefined && (mask.length > 4 || mask.length !== (size ?? 4)))
    return '"mask" needs as many bytes as the field has, 4 at most';
  if (shift > 0 && mask === undefined && (size ?? 4) > 4)
    return '"shift" goes with a field of 4 bytes at most';
  const most = as === 'binary' ? 8 : as === 'varint' ? 8 : 16;
  if (size !== undefined && size > most) return `this field has ${most} bytes at most`;
  return undefined;
}

export function checkField(field: FieldKeys, context: z.RefinementCtx<unknown>): void {
  const problem = fieldProblem(field);
  if (problem !== undefined) context.addIssue({ code: 'custom', path: ['as'], message: problem });
}

/** Which keys go with which form of a length field, in JSON Schema. */
const fieldForms = {
  dependentSchemas: {
    until: { properties: { as: { enum: ['decimal', 'hex'] } }, required: ['as'] },
    mask: { properties: { as: { const: 'binary' } } },
  },
};

const fieldSchema = z
  .strictObject({
    ...fieldKeys,
    counts: z
      .boolean()
      .default(true)
      .describe(
        'False: the value is not added; the field only moves the place from which the length counts. Default true.',
      ),
  })
  .superRefine(checkField)
  .meta(fieldForms);

/** The keys that tell how long a frame is. */
export const lengthKeys = {
  ...fieldKeys,
  fields: z
    .array(fieldSchema)
    .min(1)
    .max(8)
    .optional()
    .describe(
      'Instead of the keys above: a list of fields, whose values are added. A field with `"counts": false` is skipped.',
    ),
  from: z
    .enum(['field', 'start'])
    .default('field')
    .describe(
      'Where the length counts from: "field", the end of the last length field, or "start", the start of the frame. Default "field".',
    ),
  adjust: place
    .default(0)
    .describe('Bytes that the length does not count; negative if it counts too many. Default 0.'),
  flag: z
    .strictObject({
      at: offset.describe('The byte that holds the flag.'),
      mask: hexByte.describe('The bit of the flag, in hex.'),
      add: place.describe('Bytes to add if the flag is set.'),
    })
    .optional()
    .describe('A bit that adds bytes to the length.'),
  min: offset.optional().describe('Smallest frame on the wire. Default: its header and its end.'),
};

/** The same for all keys of a length, which may be a list of fields. */
export const lengthForms = {
  ...fieldForms,
  not: {
    required: ['fields'],
    anyOf: ['offset', 'size', 'until'].map((key) => ({ required: [key] })),
  },
};

export const tableLengthSchema = z
  .strictObject(lengthKeys)
  .superRefine(checkField)
  .meta({ id: 'length', ...lengthForms });

type ParsedLength = z.output<typeof tableLengthSchema>;
type ParsedField = z.output<typeof fieldSchema>;

interface LengthAround {
  readonly magic?: Buffer | undefined;
  readonly endsWith?: Buffer | undefined;
  readonly head: number;
  readonly tail: number;
  readonly max: number;
}

export function layoutOfKeys(keys: ParsedLength, around: LengthAround): LengthLayout {
  const fields = fieldsOf(keys);
  if (
    keys.fields !== undefined &&
    (keys.offset !== undefined || keys.size !== undefined || keys.until !== undefined)
  )
    throw new Error('with "fields", write offset, size and the like in the fields');
  if (!fields.some((field) => field.counts)) throw new Error('none of the fields counts');
  return {
    fields,
    fromStart: keys.from === 'start',
    adjust: keys.adjust,
    flag: keys.flag,
    magic: around.magic ?? NOTHING,
    endsWith: around.endsWith ?? NOTHING,
    head: around.head,
    tail: around.tail,
    min: keys.min ?? 0,
    max: around.max,
  };
}

/** The fields of a rule, in order. */
function fieldsOf(keys: ParsedLength): LengthField[] {
  const { fields, ...single } = keys;
  const list = fields ?? [{ ...single, counts: true }];
  const all = list.map((field, i) => fieldOf(field, i));
  checkApart(all);
  return all;
}

/** Offsets count from the start of the frame. Throws an `Error` if a field overlaps one before it. */
function checkApart(fields: readonly LengthField[]): void {
  const taken: { readonly from: number; readonly to: number }[] = [];
  let end = 0;
  for (const [i, { offset, size, until }] of fields.entries()) {
    const from = offset < 0 ? end : offset;
    const to = from + size + (until < 0 ? 0 : 1);
    if (offset >= 0 && taken.some((other) => from < other.to && other.from < to))
      throw new Error(
        `field ${i + 1} overlaps one before it: "offset" counts from the start of the frame; leave it out if the field follows the one before`,
      );
    taken.push({ from, to });
    end = to;
  }
}

function fieldOf(
  { offset, as, size, endian, mask, shift, until, counts }: ParsedField,
  index: number,
): LengthField {
  return {
    offset: offset ?? (index === 0 ? 0 : -1),
    as,
    size: size ?? (as === 'varint' ? 5 : until !== undefined ? 16 : 4),
    little: endian === 'little',
    mask: mask === undefined ? 0xffff_ffff : mask.readUIntBE(0, mask.length),
    shift,
    until: until ?? -1,
    counts,
  };
}

const NOTHING = Buffer.alloc(0);
