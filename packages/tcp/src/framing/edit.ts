/** Changes the content of frames and writes their checksums anew. */
import { isFairleadError } from '@fairlead/core';
import type { Codec, Payload } from './codec.ts';
import { Deframer } from './deframer.ts';
import { ByteSink } from './sink.ts';
import { type DetailedFrame, detailedCodecOfRules } from './spec/decoder.ts';
import type { CompiledSpec, Rule } from './spec/rule.ts';
import { ruleKinds } from './spec/rule-kinds.ts';
import { SpecParser } from './spec/spec-parser.ts';

/** Bits that are tried: some are covered by no checksum. */
const ATTEMPTS = 16;

/** Edits whole frames of one framing, as a simulator does with recorded ones. */
export class FrameEditor {
  readonly #spec: CompiledSpec;
  readonly #codec: Codec<DetailedFrame, Payload>;

  /** @param framing as `parseFraming` takes it. Throws `FRAMING_SPEC_INVALID`. */
  constructor(framing: string | object) {
    this.#spec = new SpecParser(ruleKinds).parse(framing);
    this.#codec = detailedCodecOfRules(this.#spec);
  }

  /** The frames of `bytes`, without what is no frame. */
  frames(bytes: Buffer): DetailedFrame[] {
    const deframer = new Deframer<DetailedFrame>(this.#codec.decoder(), this.#codec.name);
    const frames = deframer.push(Buffer.from(bytes));
    if (deframer.idleMs !== undefined) frames.push(...deframer.idle());
    return [...frames, ...deframer.end()];
  }

  /** Whether the content of a frame differs from its bytes on the wire, as where bytes are escaped. */
  hasContent({ rule: name }: DetailedFrame): boolean {
    return this.#spec.rules.some((rule) => rule.name === name && !rule.discard && rule.hasContent);
  }

  /** Where the length of a frame is on the wire, of a rule that has one number at a fixed place. */
  lengthOf({ rule: name }: DetailedFrame): { readonly offset: number; readonly size: number } | undefined {
    return this.#spec.rules.find((rule) => rule.name === name && !rule.discard)?.plain;
  }

  /**
   * One frame, changed.
   * @param change changes its bytes in place: those of its content where {@link hasContent}, else those on the wire
   * @returns undefined if the changed bytes would not be read as one frame with a right checksum
   */
  changed(frame: DetailedFrame, change: (content: Buffer) => void): DetailedFrame | undefined {
    // Rules without a name share that of their kind.
    for (const rule of this.#spec.rules) {
      if (rule.name !== frame.rule || rule.discard) continue;
      const edited = rule.hasContent ? withContent(rule, frame, change) : onTheWire(rule, frame, change);
      if (edited === undefined) continue;
      const [read, ...more] = this.frames(edited);
      if (more.length === 0 && read?.checksum === frame.checksum && read.raw.length === edited.length)
        return read;
    }
    return undefined;
  }

  /**
   * The frames of `bytes`, changed.
   * @param change changes the bytes of one frame in place, as they are before they are escaped
   * @returns undefined if there is no frame, or if a changed frame would not be read as one with a right checksum
   */
  edit(bytes: Buffer, change: (content: Buffer) => void): Buffer | undefined {
    const frames = this.frames(bytes);
    if (frames.length === 0) return undefined;
    const parts: Buffer[] = [];
    let at = 0;
    for (const frame of frames) {
      const edited = this.changed(frame, change);
      if (edited === undefined) return undefined;
      parts.push(bytes.subarray(at, frame.offset), edited.raw);
      at = frame.offset + frame.raw.length;
    }
    return Buffer.concat([...parts, bytes.subarray(at)]);
  }

  /**
   * The frames of `bytes`, with one bit changed so that a checksum is wrong.
   * @param random numbers in [0, 1)
   * @returns undefined if no frame has a checksum
   */
  damaged(bytes: Buffer, random: () => number): Buffer | undefined {
    const right = verified(this.frames(bytes));
    if (right === 0) return undefined;
    for (let i = 0; i < ATTEMPTS; i++) {
      const copy = Buffer.from(bytes);
      const at = Math.floor(random() * copy.length);
      copy[at] = (copy[at] as number) ^ (1 << Math.floor(random() * 8));
      if (verified(this.frames(copy)) < right) return copy;
    }
    return undefined;
  }
}

const verified = (frames: readonly DetailedFrame[]): number =>
  frames.filter(({ checksum }) => checksum === 'ok').length;

function onTheWire(
  { check }: Rule,
  { raw }: DetailedFrame,
  change: (content: Buffer) => void,
): Buffer | undefined {
  const copy = Buffer.from(raw);
  change(copy);
  if (copy.equals(raw) || check === undefined) return copy;
  return check.write(copy, 'wire') ? copy : undefined;
}

function withContent(
  rule: Rule,
  { raw, payload }: DetailedFrame,
  change: (content: Buffer) => void,
): Buffer | undefined {
  const copy = Buffer.from(payload);
  change(copy);
  if (copy.equals(payload)) return raw;
  // A checksum that is stripped is written by the encoder.
  const isWhole = rule.head === 0 && rule.tail === 0;
  if (isWhole && rule.check !== undefined && !rule.check.write(copy, 'content')) return undefined;
  const sink = new ByteSink();
  try {
    rule.encoder().encode(copy, sink);
  } catch (error) {
    if (!isFairleadError(error, 'MESSAGE_NOT_ENCODABLE')) throw error;
    return undefined;
  }
  return Buffer.concat(sink.flush());
}
