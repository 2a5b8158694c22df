import { z } from 'zod';
import { tcpLimits } from '../../limits.ts';
import { hexOption, limitOption, stripOption, timeOption } from '../option-schemas.ts';
import { checked, common } from './parts/keys.ts';
import { checkField, lengthForms, lengthKeys, tableLengthSchema } from './parts/length-keys.ts';
import { markerSchemas } from './schema-markers.ts';
import { byHexByte, hexList, max, offset } from './schema-parts.ts';

/*
 * A framing written down as data: the first rule that matches at the head of the buffer frames what comes next.
 *
 *     { "rules": [ { "name": "short", "match": { "bytes": "7878" }, "kind": "length", "offset": 2, "size": 1, ... },
 *                  { "name": "long",  "match": { "bytes": "7979" }, "kind": "length", "offset": 2, "size": 2, ... } ] }
 *
 * The descriptions of the keys are the reference in docs/framing.md.
 */

const strip = stripOption.optional();
const endsWith = hexOption
  .optional()
  .describe('What each frame must end with, in hex. Taken off unless "strip" says otherwise.');

const plainKinds = {
  raw: z.strictObject({
    ...common,
    kind: z.literal('raw').describe('Bytes as they arrive.'),
    max: limitOption
      .default(tcpLimits.values.rawFrame)
      .describe('Largest piece; what came at once is cut into such pieces. Default 64 KiB.'),
  }),
  line: z.strictObject({
    ...common,
    kind: z
      .literal('line')
      .describe(
        'Text up to LF or CR LF, which are taken off; in the encoding of the connection, where it has one.',
      ),
    max,
    terminator: z
      .enum(['\n', '\r\n', '\u0085'])
      .default('\n')
      .describe('What is sent after each line. Default LF. NEL (U+0085) in an EBCDIC encoding only.'),
  }),
  delimiter: z.strictObject({
    ...common,
    kind: z.literal('delimiter').describe('Bytes up to a sequence that ends the frame.'),
    end: hexList.describe(
      'The sequence, in hex, or a list of them: the first that comes. The first listed is sent.',
    ),
    skip: offset.default(0).describe('Bytes at the head that are not searched for it. Default 0.'),
    notBefore: hexOption
      .optional()
      .describe(
        'What follows the sequence where it does not end the frame, in hex. Silence or the close decides too.',
      ),
    idleMs: timeOption
      .default(200)
      .describe('Silence after which "notBefore" is not waited for any longer. Default 200 ms.'),
    tail: z
      .union([
        offset,
        z.strictObject({
          until: hexOption.describe('The sequence, in hex, that ends it; it is part of the tail.'),
          max: offset.default(64).describe('Its largest number of bytes. Default 64.'),
        }),
      ])
      .default(0)
      .describe('What follows the sequence and belongs to the frame: bytes, or `{until, max}`. Default 0.'),
    strip: strip.describe(
      'Bytes to take off: head, or [head, tail]. Default: the sequence and its tail. 0: nothing.',
    ),
    ...checked,
    max,
  }),
  fixed: z.strictObject({
    ...common,
    kind: z.literal('fixed').describe('Always the same number of bytes.'),
    size: limitOption.describe('How many, on the wire.'),
    endsWith,
    strip: strip.describe('Bytes to take off: head, or [head, tail]. Default: "endsWith". 0: nothing.'),
    ...checked,
  }),
  length: z
    .strictObject({
      ...common,
      kind: z.literal('length').describe('A length field tells the size.'),
      ...lengthKeys,
      magic: hexOption
        .optional()
        .describe('What each frame begins with, in hex. Another head closes the link. Default: "match".'),
      endsWith,
      strip: strip.describe(
        'Bytes to take off: head, or [head, tail]. Default: the length field, all before it, and "endsWith". 0: nothing.',
      ),
      ...checked,
      max,
    })
    .superRefine(checkField)
    .meta(lengthForms),
  table: z.strictObject({
    ...common,
    kind: z.literal('table').describe('A code byte tells the size, or where the length field stands.'),
    at: offset.default(0).describe('Bytes before the code. Default 0.'),
    sizes: byHexByte(z.union([limitOption, tableLengthSchema]))
      .meta({ minProperties: 1 })
      .describe(
        'By code, in hex: how many bytes a frame has, or the keys of a length field as in kind length. Other codes do not match.',
      ),
    endsWith,
    strip: strip.describe('Bytes to take off: head, or [head, tail]. Default: "endsWith". 0: nothing.'),
    ...checked,
    max,
  }),
  literal: z.strictObject({
    ...common,
    kind: z.literal('literal').describe('Exact byte strings: each is a frame.'),
    bytes: hexList.describe('The byte string, in hex, or a list of them. They are what "match" would say.'),
  }),
  silence: z.strictObject({
    ...common,
    kind: z.literal('silence').describe('Bytes up to a silence, or up to the close.'),
    idleMs: timeOption
      .default(50)
      .describe('How long nothing comes: milliseconds, or 1s and the like. Default 50 ms.'),
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

/** The schema of each kind of rule. */
export const ruleSchemas = { ...plainKinds, ...markerSchemas } as const;

export type RuleKind = keyof typeof ruleSchemas;
export type RuleOf<K extends RuleKind> = z.output<(typeof ruleSchemas)[K]>;
/** A rule as it comes out of the schema: defaults filled in, hex turned into bytes. */
export type ParsedRule = { [K in RuleKind]: RuleOf<K> }[RuleKind];

const rules = z
  .array(
    z.discriminatedUnion('kind', [
      ruleSchemas.raw,
      ruleSchemas.line,
      ruleSchemas.delimiter,
      ruleSchemas.fixed,
      ruleSchemas.length,
      ruleSchemas.table,
      ruleSchemas.literal,
      ruleSchemas.silence,
      ruleSchemas.json,
      ruleSchemas.tp,
      ruleSchemas.markers,
      ruleSchemas.doubled,
      ruleSchemas.sequence,
      ruleSchemas.block,
    ]),
  )
  .min(1)
  .max(tcpLimits.values.framingRules)
  .meta({ id: 'rules' });

export const resyncSchema = z.strictObject({
  max: limitOption
    .default(tcpLimits.values.resync)
    .describe('Bytes that are passed over at most before a frame follows. Default 64 KiB.'),
});

/** The keys of a spec; `parseFraming` explains mistakes better. */
export const framingSpecSchema = z.strictObject({
  rules: rules.describe('A list of rules: the first that matches frames what comes next.'),
  sent: rules
    .optional()
    .describe(
      'Rules of what this side sends, where they are other ones. Default: those of what is received.',
    ),
  resync: resyncSchema
    .optional()
    .describe(
      '`{}` or `{"max": "64KiB"}`: bytes that follow no rule are passed over up to the next place that does, instead of ending the link.',
    ),
  frameTimeout: timeOption
    .optional()
    .describe(
      'Time that a begun frame may take: milliseconds, or 5s and the like. Then it is passed over, up to the next place where a frame begins. Default: as long as it takes.',
    ),
});

/** A framing as data, as people write it. */
export type FramingSpec = z.input<typeof framingSpecSchema>;
