import { PlainEncoder } from '../payload.ts';
import { BlockMeasure } from './kinds/block.ts';
import { DoubledMeasure } from './kinds/doubled.ts';
import { MarkersMeasure } from './kinds/markers-measure.ts';
import { doubleSequences, SequenceMeasure } from './kinds/sequence.ts';
import { ContentEncoder } from './parts/encoders.ts';
import { asItIs, Doubling, Escapes, hexDigits, type Transform } from './parts/escape.ts';
import { type Implied, Matcher } from './parts/match.ts';
import type { RuleOf } from './schema.ts';
import type { ParsedMatch } from './schema-parts.ts';
import type { Shape } from './shape.ts';
import { checkOf } from './shapes.ts';

/* Kinds whose content is not what stands on the wire. Each throws an `Error` where keys contradict each other. */

export function markersShape(rule: RuleOf<'markers'>): Shape {
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
  const transform = transformOf(rule);
  const restarts = restartsOf(rule);
  const marks = nest ? Buffer.concat([start, end]) : end;
  const layout = {
    start,
    end,
    shared,
    empty,
    double: double ?? -1,
    escape: transform instanceof Escapes && transform.mayHold(marks) ? transform.escapeByte : -1,
    nest,
    restarts,
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
    ...(whole ? {} : { head: strip[0], tail: strip[1] }),
    ...(start.length > 0 ? { implied: [[{ at: 0, bytes: start }]] } : {}),
    ...(nest || double !== undefined || decode !== undefined || shared || whole || restarts.length > 0
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
}

/** What begins a frame anew, where "restart" says so. */
function restartsOf({ restart, start, end, shared, nest }: RuleOf<'markers'>): readonly Buffer[] {
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

function transformOf(rule: RuleOf<'markers'>): Transform {
  const { double, decode, start, end } = rule;
  if ([rule.escape, double, decode].filter((key) => key !== undefined).length > 1)
    throw new Error('"escape", "double" and "decode" exclude one another');
  if (decode !== undefined) return hexDigits;
  if (double !== undefined) return new Doubling(double);
  if (rule.escape === undefined) return asItIs;
  const { byte, map, xor, sent } = rule.escape;
  if (map !== undefined) return Escapes.byMap(byte, map, sent);
  const marks = [...(start ?? []), ...end];
  return Escapes.byXor(byte, xor ?? 0, sent ?? marks);
}

export function doubledShape(rule: RuleOf<'doubled'>): Shape {
  const { byte, sizes, strip, whole } = rule;
  if (sizes.size === 0) throw new Error('"sizes" is empty');
  const small = [...sizes.values()].some((size) => size < 2 + strip[0] + strip[1]);
  if (small) throw new Error('a frame has at least its mark and its code');
  if (sizes.has(byte)) throw new Error('the mark itself is no code: it would stand twice');
  const doubling = new Doubling(byte);
  const codes = [...sizes.keys()];
  const implied = [[{ at: 0, bytes: Buffer.from([byte]) }], [{ at: 1, set: codes }]];
  const measure = (): DoubledMeasure => new DoubledMeasure(byte, sizes);
  const wrap = (content: Buffer): Buffer =>
    Buffer.concat([content.subarray(0, 2), doubling.encode(content.subarray(2))]);
  return {
    ...contentShape(rule, 'doubled', measure, wrap, implied),
    ...(whole ? {} : { head: strip[0], tail: strip[1] }),
    implied,
    cost: 2 * Math.max(...sizes.values()),
  };
}

export function sequenceShape(rule: RuleOf<'sequence'>): Shape {
  const { start, escape: mark, end, tail, align, strip, max, whole } = rule;
  if (mark.subarray(0, end.length).equals(end.subarray(0, mark.length)))
    throw new Error('the end mark must differ from the escape sequence');
  const most = max + strip[0] + strip[1];
  const layout = { start: start.length, mark, end, tail, align, max: most };
  const measure = (): SequenceMeasure => new SequenceMeasure(layout);
  const wrap = (content: Buffer): Buffer =>
    Buffer.concat([start, doubleSequences(content, layout), mark, end, Buffer.alloc(tail)]);
  return {
    ...contentShape(rule, 'sequence', measure, wrap),
    ...(whole ? {} : { head: strip[0], tail: strip[1] }),
    implied: [[{ at: 0, bytes: start }]],
    cost: max * 2,
  };
}

export function blockShape(rule: RuleOf<'block'>): Shape {
  const { ends, max } = rule;
  const longest = [...ends].sort((a, b) => b.length - a.length);
  const measure = (): BlockMeasure => new BlockMeasure(longest, max);
  const wrap = (content: Buffer): Buffer => {
    const digits = String(content.length);
    return Buffer.concat([Buffer.from(`#${digits.length}${digits}`), content, ends[0] ?? NOTHING]);
  };
  return {
    ...contentShape({ ...rule, strip: [0, 0] }, 'block', measure, wrap),
    implied: [[{ at: 0, bytes: Buffer.from('#') }]],
    cost: max,
  };
}

type ContentRule = {
  readonly strip: readonly [head: number, tail: number];
  readonly whole: boolean;
  readonly match?: ParsedMatch | undefined;
} & Parameters<typeof checkOf>[0];

function contentShape(
  rule: ContentRule,
  kind: string,
  measure: Shape['measure'],
  wrap: (content: Buffer) => Buffer,
  implied: readonly Implied[] = [],
): Shape {
  if (rule.whole) return { measure, hasContent: false, encoder: () => new PlainEncoder(kind) };
  return {
    measure,
    hasContent: true,
    encoder: () =>
      new ContentEncoder(kind, rule.strip, checkOf(rule), wrap, Matcher.of(rule.match, implied), measure),
  };
}

const NOTHING = Buffer.alloc(0);
