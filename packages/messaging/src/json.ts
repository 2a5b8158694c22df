import { isUtf8 } from 'node:buffer';
import { isFairleadError } from '@fairlead/core';
import type { ByteSink, Codec, FrameEncoder } from '@fairlead/tcp';
import { headHex, notEncodable } from '@fairlead/tcp/internal';
import { messagingErrors } from './catalogue.ts';
import { checkEncodable, classOf, type Judge, refusedByAll } from './encodable.ts';
import { checkSize, type MessageCodecOptions, messageFraming, PREFIX } from './framed.ts';
import { isHarmless, scanJson } from './json-scan.ts';
import type { Incoming, Message, MessageMetadata, ReceivedMessage } from './message.ts';
import { notFiniteInText } from './not-finite.ts';
import { looksLikePickle } from './pickle.ts';
import { invalid, messageOf } from './wire.ts';

const NAME = 'messageJson';
const OPEN_BRACE = 0x7b;
/** Text of this size and more is added by reference, as in the sink. */
const LARGE = 4_096;

/**
 * Messages as JSON in UTF-8 after a big-endian length of 4 bytes, which counts only the JSON:
 *
 *     00 00 00 f3 | {"metadata":{"message_id":"tcp_1795159314298045","timestamp":1795159314.298,...},"data":{...}}
 *
 * Keys are written in this order, without white space. They are read in any order, with any white space. So each side reads
 * the messages of the other, although their bytes may differ where JSON allows it.
 *
 * A frame that is not a valid message becomes a {@link RefusedMessage}, and the link stays open: `MESSAGE_INVALID`,
 * `MESSAGE_NAN_REFUSED` (Python writes NaN, which is not JSON) or `MESSAGE_PICKLE_REFUSED`. A length above `max` ends the
 * link with `FRAME_TOO_LARGE`. Sending a value that JSON cannot represent throws `MESSAGE_NOT_ENCODABLE` with the place;
 * `undefined` is sent as null. Integers beyond 2^53 lose digits, as always in JavaScript: use {@link messagePack}.
 */
export function messageJson(options: MessageCodecOptions = {}): Codec<Incoming, Message> {
  const { max, decoders } = messageFraming(options, 'messageJson()');
  return {
    name: NAME,
    decoder: decoders(() => (frame) => readJson(frame, max)),
    encoder: () => new JsonMessageEncoder(max),
  };
}

function readJson(frame: Buffer, max: number): ReceivedMessage {
  if (frame[0] !== OPEN_BRACE && looksLikePickle(frame))
    throw messagingErrors.error('MESSAGE_PICKLE_REFUSED');
  if (!isUtf8(frame)) throw invalid('the top', `the text is not UTF-8: ${headHex(frame)}`);
  const memory = isHarmless(frame.length) ? undefined : scanJson(frame, max);
  return messageOf(parse(frame.toString()), frame.length + PREFIX, memory);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const found = notFiniteInText(text);
    if (found !== undefined) throw messagingErrors.error('MESSAGE_NAN_REFUSED', found, error);
    throw invalid('the top', `not JSON: ${(error as Error).message}`, error);
  }
}

class JsonMessageEncoder implements FrameEncoder<Message> {
  readonly #max: number;
  // The sender is usually the same.
  #source = '';
  #quotedSource = '""';

  constructor(max: number) {
    this.#max = max;
  }

  encode({ metadata, data }: Message, sink: ByteSink): void {
    const text = `{"metadata":${this.#metadata(metadata)},"data":${dataText(data)}}`;
    const size = Buffer.byteLength(text);
    checkSize(size, this.#max, NAME);
    if (size < LARGE) {
      const place = sink.reserve(PREFIX + size);
      place.writeUInt32BE(size);
      place.write(text, PREFIX);
    } else {
      sink.reserve(PREFIX).writeUInt32BE(size);
      sink.bytes(Buffer.from(text));
    }
  }

  #metadata(metadata: MessageMetadata): string {
    const { messageId, timestamp, messageType, priority, source, destination, correlationId } = metadata;
    if (source !== this.#source) {
      this.#quotedSource = JSON.stringify(source);
      this.#source = source;
    }
    return `{"message_id":${JSON.stringify(messageId)},"timestamp":${seconds(timestamp)},"message_type":"${messageType}","priority":${priority},"source":${this.#quotedSource},"destination":${textOrNull(destination)},"correlation_id":${textOrNull(correlationId)}}`;
  }
}

function textOrNull(text: string | null): string {
  return text === null ? 'null' : JSON.stringify(text);
}

/** Always with a fraction: programs that distinguish integers from floats expect a float here. */
function seconds(timestamp: number): string {
  return Number.isInteger(timestamp) ? `${timestamp}.0` : `${timestamp}`;
}

const judge: Judge = {
  codec: NAME,
  format: 'JSON',
  refuse(value) {
    if (typeof value === 'number') return Number.isFinite(value) ? undefined : String(value);
    if (typeof value === 'bigint') return 'a bigint';
    if (ArrayBuffer.isView(value)) return `bytes (${classOf(value)})`;
    // The fields of an object with toJSON() are not checked. A Date has toJSON() too.
    return hasToJson(value) && !(value instanceof Date) ? undefined : refusedByAll(value);
  },
  whole: hasToJson,
};

function hasToJson(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { toJSON?: unknown }).toJSON === 'function'
  );
}

function dataText(data: unknown): string {
  if (data === undefined) return 'null';
  let text: string | undefined;
  try {
    checkEncodable(data, judge);
    text = JSON.stringify(data);
  } catch (error) {
    throw isFairleadError(error) ? error : notEncodable(NAME, (error as Error).message, error);
  }
  return text ?? 'null';
}
