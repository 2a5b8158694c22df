import { coreErrors, isFairleadError, parseOptions, type Size } from '@fairlead/core';
import {
  type ByteWindow,
  type FrameDecoder,
  isHttpRequestHead,
  isTlsClientHello,
  tcpErrors,
  tcpLimits,
} from '@fairlead/tcp';
import {
  LengthDecoder,
  lengthLayout,
  limitOption,
  notEncodable,
  type TimedOptions,
  timed,
  timeOption,
} from '@fairlead/tcp/internal';
import { z } from 'zod';
import { type Incoming, RefusedMessage } from './message.ts';

export interface MessageCodecOptions extends TimedOptions {
  /** Largest message, in bytes without its length. Default 1 MiB. */
  readonly max?: Size;
}

const schema = z.strictObject({
  max: limitOption.default(tcpLimits.values.frame),
  frameTimeout: timeOption.optional(),
});

/** The checked options of a codec, and a function that makes its decoders. */
export function messageFraming(
  options: MessageCodecOptions,
  where: string,
): { readonly max: number; decoders(reader: () => ReadFrame): () => FrameDecoder<Incoming> } {
  const { max, frameTimeout } = parseOptions(schema, options, where);
  return { max, decoders: (reader) => timed(() => new MessageDecoder(max, reader()), frameTimeout) };
}

/** Bytes of the length in front of a message. */
export const PREFIX = 4;

/** Decodes a frame. Throws the error with which the frame is refused. */
type ReadFrame = (frame: Buffer) => Incoming;

/** Cuts frames by their length and decodes each. A frame that is not a message becomes a {@link RefusedMessage}. */
class MessageDecoder implements FrameDecoder<Incoming> {
  readonly #frames: LengthDecoder;
  readonly #read: ReadFrame;

  constructor(max: number, read: ReadFrame) {
    this.#frames = new LengthDecoder(lengthLayout({ bytes: PREFIX, max }, 'messages'));
    this.#read = read;
  }

  decode(window: ByteWindow): Incoming | undefined {
    const frame = this.#next(window);
    if (frame === undefined) return undefined;
    try {
      return this.#read(frame);
    } catch (error) {
      if (isFairleadError(error)) return new RefusedMessage(error);
      throw error;
    }
  }

  /**
   * The next frame. Every HTTP method and every TLS record, read as a length, is larger than any sensible limit. For such a
   * peer the error names its protocol instead of the length.
   */
  #next(window: ByteWindow): Buffer | undefined {
    try {
      return this.#frames.decode(window);
    } catch (error) {
      const head = window.view(0, window.length);
      if (isHttpRequestHead(head) === 'yes') throw tcpErrors.error('HTTP_REFUSED', {}, error);
      if (isTlsClientHello(head) === 'yes') throw coreErrors.error('TLS_UNEXPECTED', {}, error);
      throw error;
    }
  }
}

/** Throws `MESSAGE_NOT_ENCODABLE` for more bytes than a peer accepts. */
export function checkSize(size: number, max: number, codec: string): void {
  if (size > max) throw notEncodable(codec, `it has ${size} bytes, the limit is ${max}`);
}
