import { coreErrors, isFairleadError, parseOptions, type Size } from '@fairlead/core';
import {
  type ByteWindow,
  type FrameDecoder,
  isHttpRequestHead,
  isTlsClientHello,
  tcpErrors,
  tcpLimits,
} from '@fairlead/tcp';
import { LengthDecoder, lengthLayout, limitOption, notEncodable } from '@fairlead/tcp/internal';
import { z } from 'zod';
import { type Incoming, RefusedMessage } from './message.ts';

export interface MessageCodecOptions {
  /** Largest message, in bytes without its length. Default 1 MiB. */
  readonly max?: Size;
}

const schema = z.strictObject({ max: limitOption.default(tcpLimits.values.frame) });

export function messageLimit(options: MessageCodecOptions, where: string): number {
  return parseOptions(schema, options, where).max;
}

/** Bytes of the length in front of a message. */
export const PREFIX = 4;

/** Takes frames by their length and has each read; a frame that is no message comes out as a {@link RefusedMessage}. */
export class MessageDecoder implements FrameDecoder<Incoming> {
  readonly #frames: LengthDecoder;
  readonly #read: (frame: Buffer) => Incoming;

  /** @param read throws what the frame is refused with */
  constructor(max: number, read: (frame: Buffer) => Incoming) {
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
   * The next frame. Every HTTP method and every TLS record, read as a length, is larger than any sensible limit, so that
   * no such peer gets past the length: here it is told what it is instead.
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

/** Throws `MESSAGE_NOT_ENCODABLE` for more bytes than a peer will take. */
export function checkSize(size: number, max: number, codec: string): void {
  if (size > max) throw notEncodable(codec, `it has ${size} bytes, the limit is ${max}`);
}
