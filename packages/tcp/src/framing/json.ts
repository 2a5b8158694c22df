import { isUtf8 } from 'node:buffer';
import { parseOptions, type Size } from '@fairlead/core';
import { z } from 'zod';
import { tcpErrors } from '../catalogue.ts';
import { tcpLimits } from '../limits.ts';
import type { Codec, FrameDecoder, FrameEncoder, Payload } from './codec.ts';
import { JsonMeasure } from './json-measure.ts';
import { MappedDecoder } from './mapped.ts';
import { limitOption, timeOption } from './option-schemas.ts';
import { headHex, notEncodable } from './payload.ts';
import type { ByteSink } from './sink.ts';
import { type TimedOptions, timed } from './timed.ts';
import { ByteWindow } from './window.ts';

export interface JsonOptions extends TimedOptions {
  /** Largest value as text, in bytes. Default 1 MiB. */
  readonly max?: Size;
}

const schema = z.strictObject({
  max: limitOption.default(tcpLimits.values.frame),
  frameTimeout: timeOption.optional(),
});

/**
 * JSON values.
 *
 *     json()                      {"a":1}{"a":2} [3]      objects and arrays one after another, white space between or not
 *     json(length({ bytes: 2 }))  00 07 {"a":1}           one value in each frame of the inner codec: any value
 *
 * Text that is not JSON, not UTF-8, or nested deeper than 256 levels is `FRAME_JSON_INVALID`. A message that JSON cannot
 * represent is `MESSAGE_NOT_ENCODABLE`: NaN and infinite numbers (the error gives the place), cycles, bigints, `undefined`.
 */
export function json<T = unknown>(
  inner: Codec<Buffer, Payload> | Codec<string, string> | JsonOptions = {},
): Codec<T> {
  if ('decoder' in inner) {
    const framed = inner as Codec<Buffer | string, Payload>;
    return {
      name: `json(${framed.name})`,
      decoder: () => new FramedJsonDecoder<T>(framed.decoder()),
      encoder: () => new FramedJsonEncoder<T>(framed.encoder()),
    };
  }
  const { max, frameTimeout } = parseOptions(schema, inner, 'json()');
  return {
    name: 'json',
    decoder: timed(() => new JsonStreamDecoder<T>(max), frameTimeout),
    encoder: () => new JsonStreamEncoder<T>(),
  };
}

class JsonStreamDecoder<T> implements FrameDecoder<T> {
  readonly #measure: JsonMeasure;

  constructor(max: number) {
    this.#measure = new JsonMeasure(max, MAX_DEPTH);
  }

  decode(window: ByteWindow): T | undefined {
    for (;;) {
      const from = window.start;
      const size = this.#measure.measure(window);
      if (size > 0) return parse(window.take(size)) as T;
      // White space was skipped; a value may follow it.
      if (window.start === from || window.start === window.end) return undefined;
    }
  }
}

class JsonStreamEncoder<T> implements FrameEncoder<T> {
  encode(message: T, sink: ByteSink): void {
    if (typeof message !== 'object' || message === null)
      throw notEncodable(
        'json',
        'only objects and arrays can follow one another; wrap the value in an array',
      );
    sink.text(stringify(message, 'json'));
  }
}

class FramedJsonDecoder<T> extends MappedDecoder<Buffer | string, T> {
  protected map(frame: Buffer | string): T {
    // Shorter text cannot be nested that deeply.
    if (frame.length > MAX_DEPTH) checkDepth(frame);
    return parse(frame) as T;
  }
}

class FramedJsonEncoder<T> implements FrameEncoder<T> {
  readonly #inner: FrameEncoder<Payload>;

  constructor(inner: FrameEncoder<Payload>) {
    this.#inner = inner;
  }

  encode(message: T, sink: ByteSink): void {
    this.#inner.encode(stringify(message, 'json'), sink);
  }
}

/** Deeper values would overflow the stack of recursive code. */
const MAX_DEPTH = tcpLimits.values.jsonDepth;

function checkDepth(frame: Buffer | string): void {
  const window = new ByteWindow();
  window.bytes = typeof frame === 'string' ? Buffer.from(frame) : frame;
  window.end = window.bytes.length;
  while (window.length > 0 && window.at(0) !== 0x5b && window.at(0) !== 0x7b) window.skip(1);
  if (window.length > 0) new JsonMeasure(Number.MAX_SAFE_INTEGER, MAX_DEPTH).measure(window);
}

function parse(frame: Buffer | string): unknown {
  if (typeof frame !== 'string' && !isUtf8(frame))
    throw tcpErrors.error('FRAME_JSON_INVALID', { reason: `the text is not UTF-8: ${headHex(frame)}` });
  try {
    return JSON.parse(typeof frame === 'string' ? frame : frame.toString());
  } catch (error) {
    throw tcpErrors.error('FRAME_JSON_INVALID', { reason: (error as Error).message }, error);
  }
}

function stringify(message: unknown, codec: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(message);
  } catch (error) {
    throw notEncodable(codec, (error as Error).message, error);
  }
  if (text === undefined) throw notEncodable(codec, `JSON has no ${typeof message}`);
  // JSON.stringify silently writes NaN and infinite numbers as null.
  if (text.includes('null')) {
    const place = unwritable(message, '');
    if (place !== undefined) throw notEncodable(codec, place);
  }
  return text;
}

/** The place of a number that JSON cannot represent. Visits plain values only, no deeper than they were written. */
function unwritable(value: unknown, path: string): string | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? undefined : `${value} at ${path === '' ? 'the top' : path} is not JSON`;
  }
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const place = unwritable(
      item,
      Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`,
    );
    if (place !== undefined) return place;
  }
  return undefined;
}
