import { isUtf8 } from 'node:buffer';
import { tcpErrors } from '../catalogue.ts';
import type { Codec, FrameEncoder } from '../framing/codec.ts';
import { JsonMeasure } from '../framing/json-measure.ts';
import { headHex, notEncodable } from '../framing/payload.ts';
import type { ByteSink } from '../framing/sink.ts';
import { ByteWindow } from '../framing/window.ts';
import { tcpLimits } from '../limits.ts';
import { checkSize, type MessageCodecOptions, MessageDecoder, messageLimit, PREFIX } from './framed.ts';
import type { Incoming, Message, MessageMetadata, ReceivedMessage } from './message.ts';
import { notFiniteInText, notFiniteInValue } from './not-finite.ts';
import { looksLikePickle } from './pickle.ts';
import { invalid, messageOf } from './wire.ts';

const NAME = 'messageJson';
const OPEN_BRACE = 0x7b;
const MAX_DEPTH = tcpLimits.values.jsonDepth;
/** From this size on text is gathered by reference, as the sink does. */
const LARGE = 4_096;

/**
 * Messages as JSON in UTF-8 behind a length of 4 bytes, big-endian, which counts the JSON alone:
 *
 *     00 00 00 f3 | {"metadata":{"message_id":"tcp_1795159314298045","timestamp":1795159314.298,...},"data":{...}}
 *
 * Keys are written in this order, without white space, and read in any order with any. Both sides thus read what the
 * other writes; the bytes of a message may differ where JSON leaves a choice.
 *
 * A frame that is no message comes out as a {@link RefusedMessage} and the link lives on: `MESSAGE_INVALID`,
 * `MESSAGE_NAN_REFUSED` (Python writes NaN, JSON has none) or `MESSAGE_PICKLE_REFUSED`. A length above `max` ends the
 * link with `FRAME_TOO_LARGE`. Sending what JSON cannot hold throws `MESSAGE_NOT_ENCODABLE` with the place;
 * `undefined` is sent as null. Integers beyond 2^53 lose digits, as always in JavaScript: use {@link messagePack}.
 */
export function messageJson(options: MessageCodecOptions = {}): Codec<Incoming, Message> {
  const max = messageLimit(options, 'messageJson()');
  return {
    name: NAME,
    decoder: () => new MessageDecoder(max, readJson),
    encoder: () => new JsonMessageEncoder(max),
  };
}

function readJson(frame: Buffer): ReceivedMessage {
  if (frame[0] !== OPEN_BRACE && looksLikePickle(frame)) throw tcpErrors.error('MESSAGE_PICKLE_REFUSED');
  if (!isUtf8(frame)) throw invalid('the top', `the text is not UTF-8: ${headHex(frame)}`);
  // Each level takes two brackets.
  if (frame.length >= 2 * MAX_DEPTH) checkDepth(frame);
  return messageOf(parse(frame.toString()), frame.length + PREFIX);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const found = notFiniteInText(text);
    if (found !== undefined) throw tcpErrors.error('MESSAGE_NAN_REFUSED', found, error);
    throw invalid('the top', `not JSON: ${(error as Error).message}`, error);
  }
}

/** Deeper values would overflow the stack of whoever walks them. */
function checkDepth(frame: Buffer): void {
  const window = new ByteWindow();
  window.bytes = frame;
  window.end = frame.length;
  while (window.length > 0 && window.at(0) !== 0x5b && window.at(0) !== OPEN_BRACE) window.skip(1);
  if (window.length === 0) return;
  try {
    new JsonMeasure(Number.MAX_SAFE_INTEGER, MAX_DEPTH).measure(window);
  } catch (error) {
    throw invalid('the top', `nested deeper than ${MAX_DEPTH} levels`, error);
  }
}

class JsonMessageEncoder implements FrameEncoder<Message> {
  readonly #max: number;
  // Who sends is nearly always the same.
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

/** Always with a fraction: programs that tell whole numbers from others expect one here. */
function seconds(timestamp: number): string {
  return Number.isInteger(timestamp) ? `${timestamp}.0` : `${timestamp}`;
}

function dataText(data: unknown): string {
  if (data === undefined) return 'null';
  if (ArrayBuffer.isView(data)) throw notEncodable(NAME, 'JSON has no bytes at data; messagePack() has');
  let text: string | undefined;
  try {
    text = JSON.stringify(data);
  } catch (error) {
    throw notEncodable(NAME, (error as Error).message, error);
  }
  if (text === undefined) throw notEncodable(NAME, `JSON has no ${typeof data}`);
  // JSON.stringify writes NaN and infinite numbers as null without a word.
  if (text.includes('null')) {
    const found = notFiniteInValue(data);
    if (found !== undefined)
      throw notEncodable(NAME, `${found.token} at ${dataPath(found.path)}, which JSON does not have`);
  }
  return text;
}

function dataPath(path: string): string {
  if (path === 'the top') return 'data';
  return path.startsWith('[') ? `data${path}` : `data.${path}`;
}
