import { tcpLimits } from '../../limits.ts';
import { type CodePage, codePage } from '../../text/code-page.ts';
import { DelimiterMeasure } from '../delimited.ts';
import {
  EncodedLineEncoder,
  EncodedLineMeasure,
  type LineEnds,
  lineEndsOf,
  lineProblem,
} from '../encoded-lines.ts';
import { FixedDecoder } from '../fixed.ts';
import { JsonMeasure } from '../json-measure.ts';
import type { LengthField } from '../length-field.ts';
import { fixedHeader, LengthMeasure, plainLength } from '../length-measure.ts';
import { LineMeasure, textLength } from '../line.ts';
import { MEASURED, type Measure } from '../measure.ts';
import { PlainEncoder } from '../payload.ts';
import { RawDecoder } from '../raw.ts';
import type { ByteWindow } from '../window.ts';
import { DelimitersMeasure } from './kinds/delimiter.ts';
import { LiteralMeasure, SilenceMeasure, TableMeasure } from './kinds/simple.ts';
import { Check } from './parts/check.ts';
import { BlueprintEncoder, LineRuleEncoder, LiteralEncoder } from './parts/encoders.ts';
import { layoutOfKeys } from './parts/length-keys.ts';
import { Matcher } from './parts/match.ts';
import type { RuleOf } from './schema.ts';
import type { ParsedChecksum } from './schema-parts.ts';
import type { Shape } from './shape.ts';

/* What each kind of rule amounts to. Each throws an `Error` with the reason where keys contradict each other. */

export function rawShape({ max }: RuleOf<'raw'>): Shape {
  return { measure: () => new RawDecoder(max), encoder: () => new PlainEncoder('raw') };
}

/** @param page of the text, where it is known; else its line ends are those of ASCII */
export function lineShape({ max, terminator }: RuleOf<'line'>, page?: CodePage): Shape {
  const problem = lineProblem(page ?? codePage('utf-8'), terminator);
  if (problem !== undefined) throw new Error(problem.reason);
  const ends = page && lineEndsOf(page);
  if (page === undefined || ends === undefined || isAscii(ends)) {
    return {
      tail: MEASURED,
      measure: () => new LineRuleMeasure(max),
      encoder: () => new LineRuleEncoder(terminator),
      cost: max,
    };
  }
  return {
    tail: MEASURED,
    measure: () => new EncodedLineMeasure(ends, max),
    encoder: () => new EncodedLineEncoder(page, terminator),
    cost: max,
  };
}

const isAscii = ({ ends, cr }: LineEnds): boolean =>
  ends.length === 1 && Buffer.concat([cr, ...ends]).equals(Buffer.from('\r\n'));

class LineRuleMeasure extends LineMeasure implements Measure {
  readonly head = 0;
  tail = 0;

  override measure(window: ByteWindow): number {
    const total = super.measure(window);
    if (total > 0) this.tail = total - textLength(window, total);
    return total;
  }
}

export function jsonShape({ max }: RuleOf<'json'>, page?: CodePage): Shape {
  const marks = '{}[]"';
  if (page !== undefined && !(page.encodable(marks) && page.encode(marks).equals(Buffer.from(marks))))
    throw new Error(`JSON is found by its brackets in ASCII, which ${page.name} writes as other bytes`);
  return {
    measure: () => new JsonMeasure(max, tcpLimits.values.jsonDepth),
    encoder: () => new PlainEncoder('json'),
    cost: max,
    nests: true,
  };
}

export function silenceShape({ max, idleMs }: RuleOf<'silence'>): Shape {
  return {
    measure: () => new SilenceMeasure(max),
    encoder: () => new PlainEncoder('silence'),
    idleMs,
    cost: max,
  };
}

export function literalShape({ bytes }: RuleOf<'literal'>): Shape {
  for (const one of bytes) {
    const longer = bytes.find(
      (other) => other.length > one.length && other.subarray(0, one.length).equals(one),
    );
    if (longer !== undefined)
      throw new Error(
        `${longer.toString('hex')} begins with ${one.toString('hex')}, so that it is never found`,
      );
  }
  return {
    implied: [bytes.map((one) => ({ at: 0, bytes: one }))],
    measure: () => new LiteralMeasure(bytes),
    encoder: () => new LiteralEncoder(bytes),
  };
}

export function delimiterShape(rule: RuleOf<'delimiter'>): Shape {
  const { end: ends, skip, notBefore, tail, max, idleMs } = rule;
  const [cutHead, cutTail] = rule.strip ?? [0, undefined];
  const first = ends[0] as Buffer;
  const simple = ends.length === 1 && skip === 0 && notBefore === undefined && tail === 0;
  const measure = (): Measure =>
    simple
      ? new DelimiterMeasure(first, max, cutHead + (cutTail ?? first.length))
      : new DelimitersMeasure({ ends, skip, notBefore, tail, cutHead, cutTail, max });
  const check = checkOf(rule);
  const shape = {
    head: cutHead,
    tail: cutTail ?? (simple ? first.length : MEASURED),
    measure,
    delimited:
      notBefore === undefined && tail === 0
        ? { ends, skip, escape: -1, head: cutHead, tail: cutTail ?? MEASURED, min: 1, max }
        : undefined,
    idleMs: notBefore === undefined ? undefined : idleMs,
    cost: max,
  };
  if (cutHead === 0 && cutTail === 0) return { ...shape, encoder: () => new PlainEncoder('delimiter') };
  // What is sent has the first end; a tail is known if a check value fills it.
  const parts = typeof tail === 'number' ? [first, tail] : [first, check?.size ?? 0, tail.until];
  return {
    ...shape,
    encoder: () =>
      new BlueprintEncoder({
        kind: 'delimiter',
        matcher: Matcher.of(rule.match),
        head: cutHead,
        tail: cutTail === undefined ? parts : tailParts(cutTail, ...parts),
        notFirst: notBefore,
        check,
        measure,
      }),
  };
}

/** The last `size` bytes of a frame that ends with these parts. */
function tailParts(size: number, ...parts: readonly (Buffer | number | undefined)[]): (Buffer | number)[] {
  const known = parts.filter((part) => part !== undefined);
  const total = known.reduce((sum: number, part) => sum + (typeof part === 'number' ? part : part.length), 0);
  const [only] = known;
  if (size >= total) return [size - total, ...known];
  if (known.length === 1 && only instanceof Buffer) return [only.subarray(total - size)];
  return [size];
}

export function fixedShape(rule: RuleOf<'fixed'>): Shape {
  const { size, endsWith } = rule;
  const [head, tail] = rule.strip ?? [0, endsWith?.length ?? 0];
  if (head + tail > size || (endsWith?.length ?? 0) > size) throw new Error(`a frame has ${size} bytes only`);
  const measure = (): Measure => new FixedDecoder(size);
  return {
    head,
    tail,
    endsWith,
    measure,
    plain: {
      prefix: NOTHING,
      offset: 0,
      size: 0,
      little: false,
      mask: 0,
      shift: 0,
      add: size,
      min: size,
      max: size,
    },
    encoder: () =>
      new BlueprintEncoder({
        kind: 'fixed',
        matcher: Matcher.of(rule.match),
        head,
        tail: tailParts(tail, endsWith),
        endsWith,
        check: checkOf(rule),
        measure,
      }),
  };
}

export function lengthShape(rule: RuleOf<'length'>): Shape {
  const { strip, endsWith, max, magic } = rule;
  const [head, tail] = strip ?? [MEASURED, endsWith?.length ?? 0];
  const layout = layoutOfKeys(rule, { magic, endsWith, head, tail, max });
  const header = fixedHeader(layout);
  if (magic !== undefined && magic.length > (layout.fields[0] as LengthField).offset)
    throw new Error('"magic" of the rule must end where the length field begins or before: raise "offset"');
  const measure = (): Measure => new LengthMeasure(layout);
  const known = magic === undefined ? [] : [[{ at: 0, bytes: magic }]];
  const field = layout.fields.length === 1 && layout.flag === undefined ? layout.fields[0] : undefined;
  const shape = {
    head: head === MEASURED ? (header ?? MEASURED) : head,
    tail,
    endsWith,
    measure,
    plain: plainLength(layout),
    anchored: magic !== undefined,
  };
  if (head === 0 && tail === 0) return { ...shape, encoder: () => new PlainEncoder('length') };
  return {
    ...shape,
    encoder: () =>
      new BlueprintEncoder({
        kind: 'length',
        matcher: Matcher.of(rule.match, known),
        head: shape.head,
        tail: tailParts(tail, endsWith),
        endsWith,
        check: checkOf(rule),
        field: field !== undefined && shape.head !== 0 ? field : undefined,
        fromStart: layout.fromStart,
        adjust: layout.adjust,
        measure,
      }),
  };
}

/** Packets of the official protocol. */
export function tpShape({ max }: RuleOf<'tp'>): Shape {
  const around = { magic: Buffer.from('TP'), head: 0, tail: 0, max: max + 8 };
  const keys = {
    as: 'binary',
    endian: 'big',
    shift: 0,
    from: 'field',
    adjust: 0,
    offset: 4,
    size: 4,
  } as const;
  const layout = layoutOfKeys(keys, around);
  return {
    plain: plainLength(layout),
    anchored: true,
    measure: () => new LengthMeasure(layout),
    encoder: () => new PlainEncoder('tp'),
  };
}

export function tableShape(rule: RuleOf<'table'>): Shape {
  const { at, sizes, endsWith, max } = rule;
  const [head, tail] = rule.strip ?? [0, endsWith?.length ?? 0];
  const measures = Array.from(sizes, ([code, size]): [number, () => Measure] => {
    if (typeof size === 'number') {
      if (size <= at || size < head + tail)
        throw new Error(`a frame of ${size} bytes does not hold its code, or what is taken off it`);
      return [code, () => new FixedDecoder(size)];
    }
    const layout = layoutOfKeys(size, { endsWith, head, tail, max });
    return [code, () => new LengthMeasure(layout)];
  });
  if (measures.length === 0) throw new Error('"sizes" is empty');
  const measure = (): Measure =>
    new TableMeasure(at, new Map(measures.map(([code, make]) => [code, make()])));
  const shape = { head, tail, endsWith, measure, implied: [[{ at, set: [...sizes.keys()] }]] };
  if (head === 0 && tail === 0) return { ...shape, encoder: () => new PlainEncoder('table') };
  return {
    ...shape,
    encoder: () =>
      new BlueprintEncoder({
        kind: 'table',
        matcher: Matcher.of(rule.match),
        head,
        tail: tailParts(tail, endsWith),
        endsWith,
        check: checkOf(rule),
        measure,
      }),
  };
}

export function checkOf({ checksum }: { readonly checksum?: ParsedChecksum | undefined }): Check | undefined {
  return checksum && new Check(checksum);
}

const NOTHING = Buffer.alloc(0);
