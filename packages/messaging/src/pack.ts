import { isFairleadError } from '@fairlead/core';
import { type ByteSink, type Codec, type FrameEncoder, tcpLimits } from '@fairlead/tcp';
import { notEncodable } from '@fairlead/tcp/internal';
import { Decoder, Encoder } from '@msgpack/msgpack';
import { messagingErrors } from './catalogue.ts';
import { article, checkEncodable, classOf, type Judge, refusedByAll } from './encodable.ts';
import { checkSize, type MessageCodecOptions, messageFraming, PREFIX } from './framed.ts';
import type { Incoming, Message, ReceivedMessage } from './message.ts';
import { checkPack } from './pack-check.ts';
import { looksLikePickle } from './pickle.ts';
import { invalid, messageOf } from './wire.ts';

const NAME = 'messagePack';
const MAX_DEPTH = tcpLimits.values.jsonDepth;

/**
 * The same messages as {@link messageJson}, with the same keys, as MessagePack after the same length field: for binary data.
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
 * Other extension types, and timestamps outside the range of Date, are `MESSAGE_INVALID`. Sending a value that MessagePack cannot represent throws
 * `MESSAGE_NOT_ENCODABLE` with the place. Source: the MessagePack specification of 2017-08-09.
 */
export function messagePack(options: MessageCodecOptions = {}): Codec<Incoming, Message> {
  const { max, decoders } = messageFraming(options, 'messagePack()');
  return {
    name: NAME,
    decoder: decoders(() => {
      const decoder = new Decoder({ useBigInt64: true });
      return (frame) => readPack(frame, decoder, max);
    }),
    encoder: () => new PackMessageEncoder(max),
  };
}

function readPack(frame: Buffer, decoder: Decoder<undefined>, max: number): ReceivedMessage {
  if (looksLikePickle(frame)) throw messagingErrors.error('MESSAGE_PICKLE_REFUSED');
  const memory = checkPack(frame, max);
  let value: unknown;
  try {
    // Not a Buffer: then its parts would be Buffers too.
    value = decoder.decode(new Uint8Array(frame.buffer, frame.byteOffset, frame.length));
  } catch (error) {
    throw invalid('the top', `not MessagePack: ${(error as Error).message}`, error);
  }
  return messageOf(value, frame.length + PREFIX, memory);
}

class PackMessageEncoder implements FrameEncoder<Message> {
  readonly #max: number;
  readonly #encoder = new Encoder({ useBigInt64: true, maxDepth: MAX_DEPTH });

  constructor(max: number) {
    this.#max = max;
  }

  encode({ metadata, data }: Message, sink: ByteSink): void {
    let bytes: Uint8Array;
    try {
      checkEncodable(data, judge);
      // encode(), not encodeSharedRef(): bytes that are sent by reference must not change with the next message.
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
      throw isFairleadError(error) ? error : notEncodable(NAME, (error as Error).message, error);
    }
    checkSize(bytes.length, this.#max, NAME);
    sink.reserve(PREFIX).set([bytes.length >>> 24, bytes.length >>> 16, bytes.length >>> 8, bytes.length]);
    sink.bytes(bytes);
  }
}

const judge: Judge = {
  codec: NAME,
  format: 'MessagePack',
  refuse(value) {
    if (typeof value === 'bigint') return isTooWide(value) ? 'an integer of more than 64 bits' : undefined;
    if (typeof value === 'string')
      return value.isWellFormed() ? undefined : 'text with half a surrogate pair';
    // The bytes of another typed array would arrive as a Uint8Array, in the byte order of this machine.
    if (ArrayBuffer.isView(value))
      return value instanceof Uint8Array ? undefined : article(classOf(value) ?? '');
    return refusedByAll(value);
  },
  whole: (value) => ArrayBuffer.isView(value) || value instanceof Date,
};

/** The library would silently truncate such an integer. */
function isTooWide(value: bigint): boolean {
  return BigInt.asIntN(64, value) !== value && BigInt.asUintN(64, value) !== value;
}
