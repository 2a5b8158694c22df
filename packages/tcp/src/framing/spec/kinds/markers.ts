import { z } from 'zod';
import { hexOption } from '../../option-schemas.ts';
import type { RuleKind } from '../kind.ts';
import { contentShape, contentStrip, whole } from '../parts/content.ts';
import { Doubling, Escapes, hexDigits, Ignoring, type Transform, unchanged } from '../parts/escape.ts';
import { checkedKeys, commonKeys, maxKey } from '../parts/keys.ts';
import { byHexByte, hexByte, hexBytes, hexList } from '../parts/values.ts';
import { MarkersMeasure } from './markers-measure.ts';

const schema = z.strictObject({
  ...commonKeys,
  kind: z
    .literal('markers')
    .describe('Bytes between a start mark and an end mark; within the content both may be escaped.'),
  start: hexOption
    .optional()
    .describe('The start mark, in hex; it replaces "match". Default: frames have none.'),
  end: hexOption.describe('The end mark, in hex.'),
  shared: z
    .boolean()
    .default(false)
    .describe('True: one mark may end a frame and start the next one. Default false.'),
  empty: z
    .boolean()
    .default(false)
    .describe('True: frames without content are delivered. Default: they are skipped.'),
  restart: z
    .union([z.boolean(), hexList])
    .default(false)
    .describe(
      'True: a start mark within a frame starts a new frame, and the bytes before it are skipped: for peers that stop in the middle of a frame. A sequence in hex, or a list: only these, which begin with the start mark, start a new frame. Default false.',
    ),
  escape: z
    .strictObject({
      byte: hexByte.describe('The escape byte, in hex: the byte after it is escaped.'),
      map: byHexByte(hexByte)
        .optional()
        .describe('By the byte after the escape byte: the byte that the two stand for, in hex.'),
      xor: hexByte
        .optional()
        .describe('Instead of "map": the byte after the escape byte is XORed with this.'),
      sent: z
        .array(hexByte)
        .max(256)
        .optional()
        .describe(
          'Bytes to escape when sending. Default: all of "map"; with "xor" the escape byte and the marks.',
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
    .describe('A byte that is doubled within content, in hex; the end mark may begin with it.'),
  nest: z
    .boolean()
    .default(false)
    .describe(
      'True: frames nest; each start mark within needs its own end mark. Marks must have one byte. Default false.',
    ),
  quote: hexByte
    .optional()
    .describe('With "nest": the quote byte, in hex; between two of them marks do not count.'),
  quoteEscape: hexByte
    .optional()
    .describe('With "quote": the byte, in hex, that escapes a quote within quotes.'),
  ignore: hexBytes
    .optional()
    .describe(
      'Bytes within a frame that are no part of it, in hex: one, or a list. They are dropped before the content is unescaped, such as XON and XOFF (11, 13).',
    ),
  cancel: hexBytes
    .optional()
    .describe(
      'Bytes that cancel what has come of a frame, in hex: one, or a list. What follows is a new frame, such as after CAN (18) or the cancel byte of ASH (1a).',
    ),
  decode: z.enum(['hex']).optional().describe('"hex": the content is sent as hex digits in ASCII.'),
  strip: contentStrip,
  whole,
  ...checkedKeys,
  max: maxKey,
});

type MarkersRule = z.output<typeof schema>;

/** Frames between a start mark and an end mark, see {@link MarkersMeasure}. */
export const markersKind: RuleKind<typeof schema> = {
  schema,
  shape(rule) {
    const { end, shared, empty, double, decode, nest, quote, quoteEscape, strip, max, whole } = rule;
    const start = rule.start ?? NOTHING;
    if (shared && (start.length !== 1 || !start.equals(end)))
      throw new Error('"shared" goes with start and end marks that are the same byte');
    if (nest && (start.length !== 1 || end.length !== 1 || start.equals(end)))
      throw new Error('"nest" goes with marks of one byte each, which differ');
    if (quote !== undefined && !nest) throw new Error('"quote" goes with "nest"');
    if (quoteEscape !== undefined && quote === undefined) throw new Error('"quoteEscape" goes with "quote"');
    if (double !== undefined && end.length === 1 && end[0] === double)
      throw new Error('an end mark that begins with the doubled byte needs a second byte');
    const plain = transformOf(rule);
    const ignored = rule.ignore ?? [];
    const transform = ignored.length === 0 ? plain : new Ignoring(ignored, plain);
    const isMark = [...ignored, ...(rule.cancel ?? [])].find(
      (byte) => start.includes(byte) || end.includes(byte),
    );
    if (isMark !== undefined)
      throw new Error(
        `${isMark.toString(16).padStart(2, '0')} of "ignore" or "cancel" is a byte of the marks`,
      );
    const restarts = restartsOf(rule);
    const marks = nest ? Buffer.concat([start, end]) : end;
    const layout = {
      start,
      end,
      shared,
      empty,
      double: double ?? -1,
      escape: plain instanceof Escapes && plain.mayHold(marks) ? plain.escapeByte : -1,
      nest,
      restarts,
      cancels: rule.cancel ?? [],
      quote: quote ?? -1,
      quoteEscape: quoteEscape ?? -1,
      transform,
      max: max + strip[0] + strip[1],
      maxWire: start.length + (max + strip[0] + strip[1]) * transform.growth + end.length,
    };
    const measure = (): MarkersMeasure => new MarkersMeasure(layout);
    const wrap = (content: Buffer): Buffer => Buffer.concat([start, transform.encode(content), end]);
    return {
      ...contentShape(rule, 'markers', measure, wrap),
      ...(start.length > 0 ? { implied: [[{ at: 0, bytes: start }]] } : {}),
      ...(nest ||
      double !== undefined ||
      decode !== undefined ||
      shared ||
      whole ||
      restarts.length > 0 ||
      rule.ignore ||
      rule.cancel
        ? {}
        : {
            delimited: {
              ends: [end],
              skip: start.length,
              escape: rule.escape?.byte ?? -1,
              head: start.length + strip[0],
              tail: end.length + strip[1],
              min: start.length + end.length + (empty ? 0 : 1),
              max,
            },
          }),
      shared,
      nests: nest,
      cost: layout.maxWire,
    };
  },
};

/** The sequences that start a new frame within a frame. */
function restartsOf({ restart, start, end, shared, nest }: MarkersRule): readonly Buffer[] {
  if (restart === false) return [];
  if (start === undefined) throw new Error('"restart" goes with a "start" mark');
  if (shared || start.equals(end))
    throw new Error('"restart" goes with start and end marks that differ: of equal marks each may be either');
  if (restart === true) {
    if (nest)
      throw new Error(
        '"nest" takes a start mark within for content: "restart" must list longer sequences with which only whole frames begin',
      );
    return [start];
  }
  for (const one of restart) {
    if (!one.subarray(0, start.length).equals(start))
      throw new Error(`"restart" holds ${one.toString('hex')}, which does not begin with the start mark`);
    if (nest && one.length === start.length)
      throw new Error(`"restart" holds ${one.toString('hex')}, with which nested content begins, too`);
  }
  return restart;
}

function transformOf(rule: MarkersRule): Transform {
  const { double, decode, start, end } = rule;
  if ([rule.escape, double, decode].filter((key) => key !== undefined).length > 1)
    throw new Error('"escape", "double" and "decode" exclude one another');
  if (decode !== undefined) return hexDigits;
  if (double !== undefined) return new Doubling(double);
  if (rule.escape === undefined) return unchanged;
  const { byte, map, xor, sent } = rule.escape;
  if (map !== undefined) return Escapes.byMap(byte, map, sent);
  const marks = [...(start ?? []), ...end];
  return Escapes.byXor(byte, xor ?? 0, sent ?? marks);
}

const NOTHING = Buffer.alloc(0);
