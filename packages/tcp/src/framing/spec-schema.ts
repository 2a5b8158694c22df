import { z } from 'zod';
import { tcpLimits } from '../limits.ts';
import { checksumNames } from './checksum.ts';
import { hexOption, limitOption, stripOption } from './option-schemas.ts';

/*
 * A framing written down as data: the first rule that matches at the head of the buffer frames what comes next.
 *
 *     { "rules": [ { "name": "short", "match": { "bytes": "7878" }, "kind": "length", "offset": 2, "size": 1, ... },
 *                  { "name": "long",  "match": { "bytes": "7979" }, "kind": "length", "offset": 2, "size": 2, ... } ] }
 *
 * The descriptions of the keys are the reference in docs/framing.md.
 */

const offset = z.int().nonnegative().max(65_536);
const place = z.int().min(-65_536).max(65_536);
const word = z.int().nonnegative().max(0xffff_ffff);

export const matchSchema = z
  .strictObject({
    bytes: hexOption.describe('What must stand there, in hex.'),
    at: offset.default(0).describe('Bytes before it. Default 0.'),
    mask: hexOption
      .optional()
      .describe('As many bytes, in hex: only bits that are 1 here are compared. Default all.'),
    not: z.boolean().default(false).describe('True: anything else must stand there. Default false.'),
  })
  .refine(({ bytes, mask }) => mask === undefined || mask.length === bytes.length, {
    path: ['mask'],
    message: 'expected as many bytes as "bytes" has',
  });

export const checksumSchema = z.strictObject({
  kind: z
    .union([
      z.enum(checksumNames as [string, ...string[]]),
      z.strictObject({
        width: z.int().min(8).max(32),
        poly: word,
        init: word.default(0),
        refin: z.boolean().default(false),
        refout: z.boolean().default(false),
        xorout: word.default(0),
      }),
    ])
    .describe(
      'A name such as crc16/x25, or `{width, poly, init, refin, refout, xorout}` of a CRC of 8 to 32 bits.',
    ),
  from: place.default(0).describe('First byte that is covered; negative: counted from the end. Default 0.'),
  to: place.describe('First byte that is not covered any more; negative: counted from the end.'),
  at: place.describe('Where the check value stands; negative: counted from the end.'),
  endian: z.enum(['big', 'little']).default('big').describe('Its byte order. Default big.'),
});

const max = limitOption
  .default(tcpLimits.values.frame)
  .describe('Largest frame as it is delivered: bytes, or 64KiB and the like. Default 1 MiB.');
const strip = stripOption.optional();
const endsWith = hexOption
  .optional()
  .describe('What each frame must end with, in hex. Taken off unless "strip" says otherwise.');
const checked = checksumSchema
  .optional()
  .describe('A check value in each frame. A wrong one closes the link with FRAME_CHECKSUM_MISMATCH.');

const common = {
  name: z.string().min(1).max(64).optional().describe('For people and for error messages.'),
  match: matchSchema.optional().describe('What the head of the buffer must look like. Default: anything.'),
  send: z
    .boolean()
    .optional()
    .describe('True: what is sent is framed by this rule. Default: the first that does not discard.'),
  discard: z.boolean().default(false).describe('True: its frames are dropped. Default false.'),
};

/** The schema of each kind of rule. */
export const ruleSchemas = {
  raw: z.strictObject({
    ...common,
    kind: z.literal('raw').describe('Bytes as they arrive.'),
    max: limitOption
      .default(tcpLimits.values.rawFrame)
      .describe('Largest piece; what came at once is cut into such pieces. Default 64 KiB.'),
  }),
  line: z.strictObject({
    ...common,
    kind: z.literal('line').describe('Text up to LF or CR LF, which are taken off.'),
    max,
    terminator: z.enum(['\n', '\r\n']).default('\n').describe('What is sent after each line. Default LF.'),
  }),
  delimiter: z.strictObject({
    ...common,
    kind: z.literal('delimiter').describe('Bytes up to a sequence that ends the frame.'),
    end: hexOption.describe('The sequence, in hex.'),
    strip: strip.describe('Bytes to take off: head, or [head, tail]. Default: the sequence. 0: nothing.'),
    checksum: checked,
    max,
  }),
  fixed: z.strictObject({
    ...common,
    kind: z.literal('fixed').describe('Always the same number of bytes.'),
    size: limitOption.describe('How many, on the wire.'),
    endsWith,
    strip: strip.describe('Bytes to take off: head, or [head, tail]. Default: "endsWith". 0: nothing.'),
    checksum: checked,
  }),
  length: z.strictObject({
    ...common,
    kind: z.literal('length').describe('A binary length field tells the size.'),
    offset: offset.default(0).describe('Bytes before the length field. Default 0.'),
    size: z.int().min(1).max(8).default(4).describe('Bytes of the length field, 1 to 8. Default 4.'),
    endian: z.enum(['big', 'little']).default('big').describe('Byte order of the length field. Default big.'),
    adjust: place
      .default(0)
      .describe(
        'Bytes after the length field that it does not count; negative where it counts the header too. Default 0.',
      ),
    magic: hexOption
      .optional()
      .describe('What each frame begins with, in hex. Another head closes the link. Default: "match".'),
    endsWith,
    strip: strip.describe(
      'Bytes to take off: head, or [head, tail]. Default: the length field, all before it, and "endsWith". 0: nothing.',
    ),
    checksum: checked,
    max,
  }),
  json: z.strictObject({
    ...common,
    kind: z
      .literal('json')
      .describe(
        'JSON objects or arrays one after another, found by their brackets; white space between is skipped.',
      ),
    max,
  }),
  tp: z.strictObject({
    ...common,
    kind: z.literal('tp').describe('Whole packets of the official protocol, header and payload.'),
    max: limitOption.default(tcpLimits.values.frame).describe('Largest payload. Default 1 MiB.'),
  }),
} as const;

export type RuleKind = keyof typeof ruleSchemas;
export type RuleOf<K extends RuleKind> = z.output<(typeof ruleSchemas)[K]>;
/** A rule as it comes out of the schema: defaults filled in, hex turned into bytes. */
export type ParsedRule = { [K in RuleKind]: RuleOf<K> }[RuleKind];
export type ParsedMatch = z.output<typeof matchSchema>;
export type ParsedChecksum = z.output<typeof checksumSchema>;

/** The whole spec, for JSON Schema and for types; `parseFraming` explains mistakes better. */
export const framingSpecSchema = z.strictObject({
  rules: z
    .array(
      z.discriminatedUnion('kind', [
        ruleSchemas.raw,
        ruleSchemas.line,
        ruleSchemas.delimiter,
        ruleSchemas.fixed,
        ruleSchemas.length,
        ruleSchemas.json,
        ruleSchemas.tp,
      ]),
    )
    .min(1)
    .max(tcpLimits.values.framingRules)
    .describe('The first that matches frames what comes next.'),
});

/** A framing as data, as people write it. */
export type FramingSpec = z.input<typeof framingSpecSchema>;
