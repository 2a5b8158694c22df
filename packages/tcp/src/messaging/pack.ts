import { Decoder, Encoder } from '@msgpack/msgpack';
import { tcpErrors } from '../catalogue.ts';
import type { Codec, FrameEncoder } from '../framing/codec.ts';
import { notEncodable } from '../framing/payload.ts';
import type { ByteSink } from '../framing/sink.ts';
import { tcpLimits } from '../limits.ts';
import { checkSize, type MessageCodecOptions, MessageDecoder, messageLimit, PREFIX } from './framed.ts';
import type { Incoming, Message, ReceivedMessage } from './message.ts';
import { pathOf } from './not-finite.ts';
import { checkPack } from './pack-check.ts';
import { looksLikePickle } from './pickle.ts';
import { invalid, messageOf } from './wire.ts';

const NAME = 'messagePack';
const MAX_DEPTH = tcpLimits.values.jsonDepth;

/**
 * The same messages as {@link messageJson}, with the same keys, as MessagePack behind the same length: for binary data.
 *
 *     00 00 00 9a | 82 a8 metadata 87 aa message_id ... a4 data c4 03 01 02 03
 *
 * | MessagePack            | here                                                                       |
 * |------------------------|----------------------------------------------------------------------------|
 * | bin                    | Uint8Array; received ones share memory with what was received              |
 * | int 8 to 32, float     | number; a whole number of more than 32 bits is sent as float 64, exact to 2^53 |
 * | int 64, uint 64        | bigint, both ways                                                          |
 * | timestamp (ext -1)     | Date                                                                       |
 *
 * Other extension types are `MESSAGE_INVALID`. Source: the MessagePack specification of 2017-08-09.
 */
export function messagePack(options: MessageCodecOptions = {}): Codec<Incoming, Message> {
  const max = messageLimit(options, 'messagePack()');
  return {
    name: NAME,
    decoder: () => {
      const decoder = new Decoder({ useBigInt64: true });
      return new MessageDecoder(max, (frame) => readPack(frame, decoder));
    },
    encoder: () => new PackMessageEncoder(max),
  };
}

function readPack(frame: Buffer, decoder: Decoder<undefined>): ReceivedMessage {
  if (looksLikePickle(frame)) throw tcpErrors.error('MESSAGE_PICKLE_REFUSED');
  checkPack(frame);
  let value: unknown;
  try {
    // Not as a Buffer, whose parts would be Buffers too.
    value = decoder.decode(new Uint8Array(frame.buffer, frame.byteOffset, frame.length));
  } catch (error) {
    throw invalid('the top', `not MessagePack: ${(error as Error).message}`, error);
  }
  return messageOf(value, frame.length + PREFIX);
}

class PackMessageEncoder implements FrameEncoder<Message> {
  readonly #max: number;
  readonly #encoder = new Encoder({ useBigInt64: true, maxDepth: MAX_DEPTH });

  constructor(max: number) {
    this.#max = max;
  }

  encode({ metadata, data }: Message, sink: ByteSink): void {
    let bytes: Uint8Array;
    if (tooWide(data, 0))
      throw notEncodable(NAME, `an integer of more than 64 bits at ${pathOf(data, isTooWide)}`);
    try {
      // encode(), not encodeSharedRef(): what is sent by reference must not change with the next message.
      bytes = this.#encoder.encode({
        metadata: {
          message_id: metadata.messageId,
          timestamp: metadata.timestamp,
          message_type: metadata.messageType,
          priority: metadata.priority,
          source: metadata.source,
          destination: metadata.destination,
          correlation_id: metadata.correlationId,
        },
        data: data ?? null,
      });
    } catch (error) {
      throw notEncodable(NAME, (error as Error).message, error);
    }
    checkSize(bytes.length, this.#max, NAME);
    sink.reserve(PREFIX).set([bytes.length >>> 24, bytes.length >>> 16, bytes.length >>> 8, bytes.length]);
    sink.bytes(bytes);
  }
}

/** The library would cut an integer of more than 64 bits without a word. A circle shows as depth. */
function tooWide(value: unknown, depth: number): boolean {
  if (typeof value === 'bigint') return isTooWide(value);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  if (depth === MAX_DEPTH) throw notEncodable(NAME, `nested deeper than ${MAX_DEPTH} levels, or in a circle`);
  if (Array.isArray(value)) {
    for (const item of value) if (tooWide(item, depth + 1)) return true;
  } else {
    for (const key of Object.keys(value))
      if (tooWide((value as Record<string, unknown>)[key], depth + 1)) return true;
  }
  return false;
}

function isTooWide(value: unknown): boolean {
  return (
    typeof value === 'bigint' && BigInt.asIntN(64, value) !== value && BigInt.asUintN(64, value) !== value
  );
}
