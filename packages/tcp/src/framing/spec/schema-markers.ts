import { z } from 'zod';
import { hexOption, limitOption, stripOption } from '../option-schemas.ts';
import { checked, common } from './parts/keys.ts';
import { byHexByte, hexByte, hexList, max, offset } from './schema-parts.ts';

const whole = z
  .boolean()
  .default(false)
  .describe('True: frames come as they stand on the wire, marks and escapes included. Default false.');
const strip = stripOption
  .default([0, 0])
  .describe('Bytes to take off what is between the marks, unescaped: head, or [head, tail]. Default 0.');

/** Kinds whose content is not what stands on the wire. */
export const markerSchemas = {
  markers: z.strictObject({
    ...common,
    kind: z
      .literal('markers')
      .describe('Bytes between a start mark and an end mark, both of which may be escaped within.'),
    start: hexOption
      .optional()
      .describe('The start mark, in hex; it is what "match" would say. Default: frames have none.'),
    end: hexOption.describe('The end mark, in hex.'),
    shared: z
      .boolean()
      .default(false)
      .describe('True: one mark may end a frame and start the next. Default false.'),
    empty: z
      .boolean()
      .default(false)
      .describe('True: frames with nothing between the marks are delivered. Default: they are passed over.'),
    restart: z
      .union([z.boolean(), hexList])
      .default(false)
      .describe(
        'True: a start mark within begins the frame anew, and what is before it is passed over: for peers that stop in the middle of a frame. In hex, or a list: only these sequences do, which begin with the start mark. Default false.',
      ),
    escape: z
      .strictObject({
        byte: hexByte.describe('The byte that announces an escaped one, in hex.'),
        map: byHexByte(hexByte)
          .optional()
          .describe('By the byte that follows, what the two stand for, in hex.'),
        xor: hexByte.optional().describe('Instead of "map": the byte that follows is XORed with this.'),
        sent: z
          .array(hexByte)
          .max(256)
          .optional()
          .describe(
            'Bytes that are escaped when sending. Default: all of "map"; with "xor", the escape and the marks.',
          ),
      })
      .refine(({ map, xor }) => (map === undefined) !== (xor === undefined), {
        path: ['map'],
        message: 'expected either "map" or "xor"',
      })
      .meta({ oneOf: [{ required: ['map'] }, { required: ['xor'] }] })
      .optional()
      .describe('How bytes are escaped: `{byte, map}` or `{byte, xor}`.'),
    double: hexByte
      .optional()
      .describe('A byte that stands twice where it is content, in hex; the end mark may begin with it.'),
    nest: z
      .boolean()
      .default(false)
      .describe('True: a start mark within needs an end mark of its own. Marks of one byte. Default false.'),
    quote: hexByte
      .optional()
      .describe('With "nest": a byte between two of which marks do not count, in hex.'),
    quoteEscape: hexByte
      .optional()
      .describe('With "quote": the byte within quotes after which the next is no quote, in hex.'),
    decode: z.enum(['hex']).optional().describe('"hex": what is between the marks is hex digits in ASCII.'),
    strip,
    whole,
    ...checked,
    max,
  }),
  doubled: z.strictObject({
    ...common,
    kind: z
      .literal('doubled')
      .describe('A mark, a code that tells the size, and content in which the mark stands twice.'),
    byte: hexByte.describe('The mark, in hex.'),
    sizes: byHexByte(limitOption)
      .meta({ minProperties: 1 })
      .describe(
        'By the code, in hex, which follows the mark: bytes of a frame, mark and code included, before doubling. Other codes do not match.',
      ),
    strip,
    whole,
    ...checked,
    max,
  }),
  sequence: z.strictObject({
    ...common,
    kind: z
      .literal('sequence')
      .describe('A start sequence, then content up to an escape sequence which an end mark follows.'),
    start: hexOption.describe('The start sequence, in hex; it is what "match" would say.'),
    escape: hexOption.describe('The escape sequence, in hex; where it is content it stands twice.'),
    end: hexOption.describe('What follows the escape sequence at the end, in hex.'),
    tail: offset.default(0).describe('Bytes after the end mark. Default 0.'),
    align: z
      .int()
      .min(1)
      .max(64)
      .default(1)
      .describe('Escape sequences stand at multiples of this, counted from the start. Default 1.'),
    strip,
    whole,
    ...checked,
    max,
  }),
  block: z.strictObject({
    ...common,
    kind: z
      .literal('block')
      .describe('IEEE 488.2 blocks: # and digits tell the size; with #0 it goes on up to LF.'),
    ends: z
      .union([hexList, z.array(hexOption).max(0)])
      .prefault(['0a', '0d0a'])
      .describe(
        'What follows a block, in hex, or a list: one of them must. The first is sent. `[]`: nothing. Default 0a or 0d0a.',
      ),
    whole,
    max,
  }),
} as const;
