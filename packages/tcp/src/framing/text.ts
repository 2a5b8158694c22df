import { parseOptions } from '@fairlead/core';
import { z } from 'zod';
import { type CodePage, codePage, type OnInvalid } from '../text/code-page.ts';
import type { Codec, FrameDecoder, FrameEncoder, Payload } from './codec.ts';
import { MappedDecoder } from './mapped.ts';
import { notEncodable } from './payload.ts';
import type { ByteSink } from './sink.ts';

export interface TextOptions {
  /** Of both directions, by any usual name. Default `utf-8`. */
  readonly encoding?: string;
  /**
   * What happens to received bytes that are not valid in it: `strict` ends the link with `TEXT_INVALID`, `replace` (the
   * default) gives U+FFFD. Text that cannot be encoded is never sent, in either case.
   */
  readonly onInvalid?: OnInvalid;
}

const schema = z.strictObject({
  encoding: z.string().default('utf-8'),
  onInvalid: z.enum(['strict', 'replace']).default('replace'),
});

/**
 * Frames of a byte codec as text: each frame is one text by itself.
 *
 *     text(length({ bytes: 2 }), { encoding: 'utf-16be' })     00 04 00 48 00 69     "Hi"
 *
 * Throws `CODE_PAGE_UNKNOWN`, `OPTION_UNKNOWN` or `OPTION_INVALID`.
 */
export function text(inner: Codec<Buffer, Payload>, options: TextOptions = {}): Codec<string> {
  const { encoding, onInvalid } = parseOptions(schema, options, 'text()');
  const page = codePage(encoding, { onInvalid });
  const name = `text(${inner.name})`;
  return {
    name,
    decoder: () => new TextDecoder(inner.decoder(), page),
    encoder: () => new TextEncoder(inner.encoder(), strictly(page), name),
  };
}

/** The same encoding for sending: text that the peer would read differently is not sent. */
export function strictly(page: CodePage): CodePage {
  return codePage(page.name, { onInvalid: 'strict' });
}

/** The bytes of a message. Throws `MESSAGE_NOT_ENCODABLE`. */
export function messageBytes(message: string, page: CodePage, codec: string): Buffer {
  if (typeof message !== 'string') throw notEncodable(codec, `expected text, got ${typeof message}`);
  try {
    return page.encode(message);
  } catch (error) {
    throw notEncodable(codec, lowerFirst((error as Error).message), error);
  }
}

class TextDecoder extends MappedDecoder<Buffer, string> {
  readonly #page: CodePage;

  constructor(inner: FrameDecoder<Buffer>, page: CodePage) {
    super(inner);
    this.#page = page;
  }

  protected map(frame: Buffer): string {
    return this.#page.decode(frame);
  }
}

class TextEncoder implements FrameEncoder<string> {
  readonly #inner: FrameEncoder<Payload>;
  readonly #page: CodePage;
  readonly #codec: string;

  constructor(inner: FrameEncoder<Payload>, page: CodePage, codec: string) {
    this.#inner = inner;
    this.#page = page;
    this.#codec = codec;
  }

  encode(message: string, sink: ByteSink): void {
    this.#inner.encode(messageBytes(message, this.#page, this.#codec), sink);
  }
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');
}
