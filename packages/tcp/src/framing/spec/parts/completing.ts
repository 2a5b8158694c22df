import type { FrameEncoder, Payload } from '../../codec.ts';
import { type LengthField, writeLengthField } from '../../length-field.ts';
import type { Measure } from '../../measure.ts';
import { notEncodable, payloadBytes } from '../../payload.ts';
import type { ByteSink } from '../../sink.ts';
import type { Checks } from './checks.ts';
import { sizeReadBack, wrongSize } from './read-back.ts';

interface Completed {
  readonly field: LengthField;
  /** Whether the length counts from the start of the frame. */
  readonly fromStart: boolean;
  /** The size of a frame less what its length counts. */
  readonly adjust: number;
  readonly check: Checks | undefined;
  measure(): Measure;
}

/** Sends whole frames whose length and checksums it writes into them. */
export class CompletingEncoder implements FrameEncoder<Payload> {
  readonly #plan: Completed;

  constructor(plan: Completed) {
    this.#plan = plan;
  }

  encode(message: Payload, sink: ByteSink): void {
    const { field, fromStart, adjust, check, measure } = this.#plan;
    const frame = Buffer.from(payloadBytes(message, 'length'));
    const end = field.offset + field.size;
    if (frame.length < end)
      throw notEncodable('length', `it has ${frame.length} bytes; its length field ends at ${end}`);
    const written = writeLengthField(field, frame.length - adjust - (fromStart ? 0 : end));
    if (written === undefined || written.length !== field.size)
      throw notEncodable('length', `${frame.length} bytes do not fit a length field of ${field.size} bytes`);
    written.copy(frame, field.offset);
    if (check !== undefined && !check.write(frame, 'wire'))
      throw notEncodable('length', 'there is no place for its checksum');
    const size = sizeReadBack(frame, measure());
    if (size !== frame.length) throw notEncodable('length', wrongSize(frame.length, size));
    sink.bytes(frame);
  }
}
