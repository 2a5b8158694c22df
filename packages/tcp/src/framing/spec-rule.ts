import { tcpLimits } from '../limits.ts';
import type { FrameEncoder, Payload } from './codec.ts';
import { DelimitedEncoder, DelimiterMeasure } from './delimited.ts';
import { FixedDecoder } from './fixed.ts';
import { JsonMeasure } from './json-measure.ts';
import { LengthDecoder, LengthEncoder, type LengthOptions, lengthLayout } from './length.ts';
import { LineMeasure } from './line.ts';
import type { Measure } from './measure.ts';
import { PlainEncoder } from './payload.ts';
import { RawDecoder } from './raw.ts';
import { type ChecksumCheck, checksumCheck } from './spec-checksum.ts';
import { FixedRuleEncoder, LineRuleEncoder, UnknownEncoder } from './spec-encoder.ts';
import { Matcher } from './spec-match.ts';
import type { ParsedRule, RuleKind, RuleOf } from './spec-schema.ts';

/** A rule made ready: what each decoder and encoder of the codec starts from. */
export interface Rule {
  readonly kind: RuleKind;
  readonly matcher: Matcher | undefined;
  readonly send: boolean;
  readonly discard: boolean;
  /** Bytes to take off each frame. */
  readonly head: number;
  readonly tail: number;
  /** Smallest frame that these can be taken off. */
  readonly min: number;
  readonly endsWith: Buffer | undefined;
  readonly checksum: ChecksumCheck | undefined;
  measure(): Measure;
  encoder(): FrameEncoder<Payload>;
}

type Shape = Pick<Rule, 'measure' | 'encoder'> & Partial<Pick<Rule, 'head' | 'tail' | 'endsWith'>>;

/** Throws an `Error` with the reason where keys contradict each other. */
export function compileRule(rule: ParsedRule): Rule {
  const shape = shapeOf(rule);
  return {
    kind: rule.kind,
    matcher: rule.match && new Matcher(rule.match),
    send: rule.send ?? false,
    discard: rule.discard,
    head: shape.head ?? 0,
    tail: shape.tail ?? 0,
    min: (shape.head ?? 0) + (shape.tail ?? 0),
    endsWith: shape.endsWith,
    checksum: 'checksum' in rule && rule.checksum ? checksumCheck(rule.checksum) : undefined,
    measure: shape.measure,
    encoder: shape.encoder,
  };
}

function shapeOf(rule: ParsedRule): Shape {
  switch (rule.kind) {
    case 'raw':
      return { measure: () => new RawDecoder(rule.max), encoder: () => new PlainEncoder('raw') };
    case 'line':
      return {
        measure: () => new LineMeasure(rule.max),
        encoder: () => new LineRuleEncoder(rule.terminator),
      };
    case 'json':
      return {
        measure: () => new JsonMeasure(rule.max, tcpLimits.values.jsonDepth),
        encoder: () => new PlainEncoder('json'),
      };
    case 'delimiter':
      return delimiterShape(rule);
    case 'fixed':
      return fixedShape(rule);
    case 'length':
      return lengthShape({
        offset: rule.offset,
        bytes: rule.size,
        endian: rule.endian,
        adjust: rule.adjust,
        max: rule.max,
        ...(rule.strip && { strip: rule.strip }),
        ...(rule.endsWith && { trailer: rule.endsWith }),
        ...lengthMagic(rule),
      });
    case 'tp':
      return lengthShape({ offset: 4, bytes: 4, magic: 'TP', strip: 0, max: rule.max + 8 });
  }
}

function lengthShape(options: LengthOptions): Shape {
  const layout = lengthLayout(options, 'the rule');
  return {
    head: layout.head,
    tail: layout.tail,
    measure: () => new LengthDecoder(layout),
    encoder: () => new LengthEncoder(layout),
  };
}

/** What "match" found at the head is known, so it serves as magic bytes, and need not be written down twice. */
function lengthMagic(rule: RuleOf<'length'>): { magic?: Buffer } {
  const magic = rule.magic ?? knownHead(rule, rule.offset);
  return magic === undefined ? {} : { magic };
}

function delimiterShape(rule: RuleOf<'delimiter'>): Shape {
  const { end, max } = rule;
  const [head, tail] = rule.strip ?? [0, end.length];
  const shape = {
    head,
    tail,
    measure: () => new DelimiterMeasure(end, max, head + tail),
  };
  if (head === 0 && tail === 0) return { ...shape, encoder: () => new PlainEncoder('delimiter') };
  const known = head === 0 ? NOTHING : knownHead(rule, head);
  if (known?.length !== head || tail !== end.length)
    return { ...shape, encoder: () => new UnknownEncoder('delimiter', head, tail) };
  return { ...shape, encoder: () => new DelimitedEncoder('delimiter', end, true, known) };
}

function fixedShape(rule: RuleOf<'fixed'>): Shape {
  const { size, endsWith } = rule;
  const [head, tail] = rule.strip ?? [0, endsWith?.length ?? 0];
  if (head + tail > size || (endsWith?.length ?? 0) > size) throw new Error(`a frame has ${size} bytes only`);
  const shape = { head, tail, endsWith, measure: () => new FixedDecoder(size) };
  const known = head === 0 ? NOTHING : knownHead(rule, head);
  const end = tail === 0 ? NOTHING : endsWith;
  if (known?.length !== head || end?.length !== tail)
    return { ...shape, encoder: () => new UnknownEncoder('fixed', head, tail) };
  return { ...shape, encoder: () => new FixedRuleEncoder(size, known, end) };
}

function knownHead({ match }: ParsedRule, most: number): Buffer | undefined {
  if (match === undefined || match.at !== 0 || match.not || match.mask !== undefined) return undefined;
  return match.bytes.length <= most ? match.bytes : undefined;
}

const NOTHING = Buffer.alloc(0);
