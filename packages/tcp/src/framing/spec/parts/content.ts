import { z } from 'zod';
import type { FrameEncoder, Payload } from '../../codec.ts';
import type { Measure } from '../../measure.ts';
import { stripOption } from '../../option-schemas.ts';
import { notEncodable, PlainEncoder, payloadBytes } from '../../payload.ts';
import type { ByteSink } from '../../sink.ts';
import type { Shape } from '../shape.ts';
import { type CheckedRule, Checks } from './checks.ts';
import { type Implied, Matcher, type ParsedMatch, YES } from './match.ts';
import { sizeReadBack, wrongSize } from './read-back.ts';

/* The common part of kinds whose content differs from the bytes on the wire: it is escaped, or it is between marks. */

export const whole = z
  .boolean()
  .default(false)
  .describe('True: frames are delivered as they are on the wire, with marks and escapes. Default false.');
export const contentStrip = stripOption
  .default([0, 0])
  .describe('Bytes to strip from the unescaped content: head, or [head, tail]. Default 0.');

type ContentRule = {
  readonly strip: readonly [head: number, tail: number];
  readonly whole: boolean;
  readonly match?: ParsedMatch | undefined;
} & CheckedRule;

export function contentShape(
  rule: ContentRule,
  kind: string,
  measure: Shape['measure'],
  wrap: (content: Buffer) => Buffer,
  implied: readonly Implied[] = [],
): Shape {
  if (rule.whole) return { measure, hasContent: false, encoder: () => new PlainEncoder(kind) };
  const [head, tail] = rule.strip;
  return {
    head,
    tail,
    measure,
    hasContent: true,
    encoder: () =>
      new ContentEncoder(kind, rule.strip, Checks.of(rule), wrap, Matcher.of(rule.match, implied), measure),
  };
}

/** Escapes content, puts the marks around it, and restores a checksum within or after it. */
class ContentEncoder implements FrameEncoder<Payload> {
  readonly #kind: string;
  readonly #strip: readonly [head: number, tail: number];
  readonly #check: Checks | undefined;
  readonly #wrap: (content: Buffer) => Buffer;
  readonly #matcher: Matcher | undefined;
  readonly #measure: () => Measure;

  constructor(
    kind: string,
    strip: readonly [head: number, tail: number],
    check: Checks | undefined,
    wrap: (content: Buffer) => Buffer,
    matcher: Matcher | undefined,
    measure: () => Measure,
  ) {
    this.#kind = kind;
    this.#strip = strip;
    this.#check = check;
    this.#wrap = wrap;
    this.#matcher = matcher;
    this.#measure = measure;
  }

  encode(message: Payload, sink: ByteSink): void {
    const kind = this.#kind;
    const check = this.#check;
    const bytes = payloadBytes(message, kind);
    const [head, tail] = this.#strip;
    const content = Buffer.concat([Buffer.alloc(head), bytes, Buffer.alloc(tail)]);
    if (head + tail > 0) {
      if (check === undefined || check.contentSize !== head + tail)
        throw notEncodable(kind, `the framing strips ${head + tail} bytes that this side does not know`);
      if (!check.write(content, 'content')) throw notEncodable(kind, 'there is no place for its checksum');
    }
    const frame = this.#wrap(content);
    if (check !== undefined && !check.write(frame, 'wire'))
      throw notEncodable(kind, 'there is no place for its checksum');
    const size = sizeReadBack(frame, this.#measure());
    if (size !== frame.length) throw notEncodable(kind, wrongSize(frame.length, size));
    if (this.#matcher !== undefined && this.#matcher.test(frame, 0, frame.length) !== YES)
      throw notEncodable(kind, 'its head does not match the framing');
    sink.bytes(frame);
  }
}
