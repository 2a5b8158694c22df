import { z } from 'zod';
import type { FrameEncoder, Payload } from '../../codec.ts';
import type { Measure } from '../../measure.ts';
import { notEncodable, payloadBytes } from '../../payload.ts';
import type { ByteSink } from '../../sink.ts';
import type { ByteWindow } from '../../window.ts';
import type { RuleKind } from '../kind.ts';
import { commonKeys } from '../parts/keys.ts';
import { hexList } from '../parts/values.ts';

const schema = z.strictObject({
  ...commonKeys,
  kind: z.literal('literal').describe('Exact byte strings, each of which is a frame.'),
  bytes: hexList.describe('The byte string, in hex, or a list of them. They replace "match".'),
});

/** Frames that are one of some byte strings. */
export const literalKind: RuleKind<typeof schema> = {
  schema,
  shape({ bytes }) {
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
  },
};

/** None of the byte strings begins with another. */
class LiteralMeasure implements Measure {
  readonly #literals: readonly Buffer[];

  constructor(literals: readonly Buffer[]) {
    this.#literals = literals;
  }

  measure(window: ByteWindow): number {
    for (const literal of this.#literals) {
      if (window.length >= literal.length && window.view(0, literal.length).equals(literal))
        return literal.length;
    }
    window.short(window.length + 1);
    return 0;
  }
}

class LiteralEncoder implements FrameEncoder<Payload> {
  readonly #literals: readonly Buffer[];

  constructor(literals: readonly Buffer[]) {
    this.#literals = literals;
  }

  encode(message: Payload, sink: ByteSink): void {
    const bytes = payloadBytes(message, 'literal');
    if (!this.#literals.some((literal) => literal.equals(bytes)))
      throw notEncodable('literal', 'it is not one of the byte strings of the framing');
    sink.bytes(bytes);
  }
}
