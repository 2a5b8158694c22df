import type { FrameEncoder, Payload } from '../../codec.ts';
import { type LengthField, writeLengthField } from '../../length-field.ts';
import { MEASURED, type Measure } from '../../measure.ts';
import { notEncodable, payloadBytes } from '../../payload.ts';
import type { ByteSink } from '../../sink.ts';
import type { Check } from './check.ts';
import type { Checks } from './checks.ts';
import { type Matcher, YES } from './match.ts';
import { sizeReadBack, wrongSize } from './read-back.ts';

/** What is known about the bytes that a framing strips, so that the encoder can restore them. */
interface Blueprint {
  readonly kind: string;
  readonly matcher: Matcher | undefined;
  /** Bytes of the head; {@link MEASURED}: up to the end of the field. */
  readonly head: number;
  /** The tail in parts: known bytes, or the number of unknown ones. */
  readonly tail: readonly (Buffer | number)[];
  readonly endsWith?: Buffer | undefined;
  readonly check?: Checks | undefined;
  /** The only length field. `adjust`: the size of a frame less its value. */
  readonly field?: LengthField | undefined;
  readonly fromStart?: boolean;
  readonly adjust?: number;
  /** What a frame must not begin with, because it would change the end of the frame before. */
  readonly notFirst?: Buffer | undefined;
  measure(): Measure;
}

/**
 * Restores what the decoder strips: the head as far as "match" gives it, the length, the checksum, the end. A frame is sent
 * only if its own rule would read it as one frame.
 */
export class BlueprintEncoder implements FrameEncoder<Payload> {
  readonly #plan: Blueprint;
  readonly #head: Buffer;
  readonly #tail: Buffer;
  readonly #missing: string | undefined;

  constructor(plan: Blueprint) {
    this.#plan = plan;
    this.#tail = Buffer.concat(
      plan.tail.map((part) => (typeof part === 'number' ? Buffer.alloc(part) : part)),
    );
    const size = plan.head === MEASURED ? (plan.field?.offset ?? 0) : plan.head;
    this.#head = Buffer.alloc(size);
    const known = new Uint8Array(size);
    for (const { at, bytes, mask } of plan.matcher?.known() ?? []) {
      for (let i = 0; i < bytes.length && at + i < size; i++) {
        this.#head[at + i] = (this.#head[at + i] as number) | (bytes[i] as number);
        if (mask[i] === 0xff) known[at + i] = 1;
      }
    }
    this.#missing = missing(plan, known);
  }

  encode(message: Payload, sink: ByteSink): void {
    const { kind, check } = this.#plan;
    const bytes = payloadBytes(message, kind);
    if (this.#missing !== undefined) throw notEncodable(kind, this.#missing);
    const head = this.#headOf(bytes.length);
    const frame = Buffer.concat([head, bytes, this.#tail]);
    for (const one of check?.list ?? [])
      if (this.#checkIsStripped(one, frame.length, head.length) && !one.write(frame))
        throw notEncodable(kind, 'there is no place for its checksum');
    this.#readBack(frame);
    sink.bytes(frame);
  }

  #headOf(payload: number): Buffer {
    const { kind, head, field, fromStart, adjust = 0 } = this.#plan;
    if (field === undefined) return this.#head;
    const dynamic = head === MEASURED;
    const headerSize = (size: number): number => (dynamic ? field.offset + size : head);
    // The length may include its own field, whose size may depend on the length.
    let room = field.size;
    let written: Buffer | undefined;
    for (let round = 0; round < 4; round++) {
      const total = headerSize(room) + payload + this.#tail.length;
      written = writeLengthField(field, total - adjust - (fromStart ? 0 : field.offset + room));
      if (written === undefined || written.length === room) break;
      room = written.length;
    }
    if (written === undefined)
      throw notEncodable(kind, `${payload} bytes do not fit a length field of ${field.size} bytes`);
    const whole = Buffer.alloc(headerSize(written.length));
    this.#head.copy(whole);
    for (let i = 0; i < written.length; i++) {
      const at = field.offset + i;
      whole[at] = (whole[at] as number) | (written[i] as number);
    }
    return whole;
  }

  /** Whether the checksum is in the stripped bytes; otherwise it is part of the message. */
  #checkIsStripped({ at, size }: Check, total: number, head: number): boolean {
    if (typeof at !== 'number') return this.#tail.length >= size;
    const place = at < 0 ? total + at : at;
    return place + size <= head || place >= total - this.#tail.length;
  }

  #readBack(frame: Buffer): void {
    const { kind, matcher, measure, endsWith, notFirst } = this.#plan;
    if (notFirst !== undefined && frame.subarray(0, notFirst.length).equals(notFirst))
      throw notEncodable(
        kind,
        `it begins with ${notFirst.toString('hex')}, which belongs to the frame before`,
      );
    const size = sizeReadBack(frame, measure());
    if (size !== frame.length) throw notEncodable(kind, wrongSize(frame.length, size));
    if (matcher !== undefined && matcher.test(frame, 0, frame.length) !== YES)
      throw notEncodable(kind, 'its head does not match "match"');
    if (endsWith !== undefined && !frame.subarray(frame.length - endsWith.length).equals(endsWith))
      throw notEncodable(kind, `it must end with ${endsWith.toString('hex')}`);
  }
}

/** Describes the stripped bytes that cannot be restored; undefined if all are known. */
function missing({ head, tail, check, field }: Blueprint, known: Uint8Array): string | undefined {
  const covered = Uint8Array.from(known);
  if (field !== undefined && head !== MEASURED) covered.fill(1, field.offset, field.offset + field.size);
  const ended = Uint8Array.from(
    tail.flatMap((part) =>
      new Array(typeof part === 'number' ? part : part.length).fill(typeof part === 'number' ? 0 : 1),
    ),
  );
  for (const { at, size } of check?.list ?? []) {
    if (typeof at !== 'number') {
      if (ended.length >= size) ended.fill(1);
    } else if (at >= 0) covered.fill(1, at, at + size);
    else {
      const from = ended.length + at;
      ended.fill(1, Math.max(0, from), Math.max(0, from + size));
    }
  }
  const heads = covered.reduce((sum, one) => sum + 1 - one, 0);
  const tails = ended.reduce((sum, one) => sum + 1 - one, 0);
  if (heads === 0 && tails === 0) return undefined;
  return `the framing strips ${heads} bytes of the head and ${tails} of the end that this side does not know`;
}

/** The parts of the last `size` bytes of a frame that ends with `parts`. */
export function tailParts(
  size: number,
  ...parts: readonly (Buffer | number | undefined)[]
): (Buffer | number)[] {
  const known = parts.filter((part) => part !== undefined);
  const total = known.reduce((sum: number, part) => sum + (typeof part === 'number' ? part : part.length), 0);
  const [only] = known;
  if (size >= total) return [size - total, ...known];
  if (known.length === 1 && only instanceof Buffer) return [only.subarray(total - size)];
  return [size];
}
