import { type Duration, durationOption, parseOptions, type Size } from '@fairlead/core';
import { z } from 'zod';
import { tcpErrors } from '../catalogue.ts';
import { tcpLimits } from '../limits.ts';
import type { Codec, FrameDecoder, FrameEncoder } from './codec.ts';
import { MappedDecoder } from './mapped.ts';
import { limitOption } from './option-schemas.ts';
import { notEncodable } from './payload.ts';
import type { ByteSink } from './sink.ts';
import type { ByteWindow } from './window.ts';

export interface TokenOptions {
  /** Longest token in bytes. Default 4 KiB. */
  readonly max?: Size;
  /** Silence that ends a token without a line end. Default 200 ms. */
  readonly idleMs?: Duration;
}

const schema = z.strictObject({
  max: limitOption.default(tcpLimits.values.token),
  idleMs: durationOption.default(tcpLimits.values.tokenIdle),
});

const LF = 0x0a;
const CR = 0x0d;
const PREFIX = [0x66, 0x6c, 0x5f]; // fl_
const GENERATED = 35;

/** Whether a token has the form of those that Fairlead makes: `fl_` and 32 lower-case hexadecimal digits. */
export function isGeneratedToken(token: string): boolean {
  return /^fl_[0-9a-f]{32}$/.test(token);
}

/**
 * The AccessToken at the head of a stream, before the framing of the device begins.
 *
 *     fl_0123456789abcdef0123456789abcdef data..     a token made by Fairlead: exactly 35 bytes, the rest stays
 *     any other token LF data..                      an imported one: up to LF or CR LF, which is taken with it,
 *     any other token (200 ms of silence)            or until a silence, or the close of the peer
 *
 * Take one frame (`Deframer.next`), then continue with another codec: after a token made by Fairlead with
 * {@link afterToken}, so that a line end that follows is skipped. If called again, it reads another token.
 */
export function token(options: TokenOptions = {}): Codec<string> {
  const { max, idleMs } = parseOptions(schema, options, 'token()');
  return {
    name: 'token',
    decoder: () => new TokenDecoder(max, idleMs),
    encoder: () => new TokenEncoder(max),
  };
}

class TokenDecoder implements FrameDecoder<string> {
  readonly idleMs: number;
  readonly #max: number;
  /** Bytes from the head that look like a generated token; -1: they do not. */
  #generated = 0;
  #searched = 0;

  constructor(max: number, idleMs: number) {
    this.#max = max;
    this.idleMs = idleMs;
  }

  decode(window: ByteWindow): string | undefined {
    if (this.#generated >= 0 && this.#looksGenerated(window)) {
      if (this.#generated === GENERATED) return this.#take(window, GENERATED, GENERATED);
      return window.short(window.length + 1);
    }
    const at = window.indexOf(LF, this.#searched);
    if (at >= 0) return this.#take(window, textEnd(window, at), at + 1);
    this.#checkSize(textEnd(window, window.length));
    this.#searched = window.length;
    return window.short(window.length + 1);
  }

  end(window: ByteWindow): string | undefined {
    return this.#rest(window);
  }

  idle(window: ByteWindow): string | undefined {
    return this.#rest(window);
  }

  #rest(window: ByteWindow): string | undefined {
    const have = window.length;
    return have === 0 ? undefined : this.#take(window, textEnd(window, have), have);
  }

  #take(window: ByteWindow, length: number, whole: number): string {
    this.#checkSize(length);
    this.#generated = this.#searched = 0;
    const text = window.view(0, length).toString();
    window.skip(whole);
    return text;
  }

  #checkSize(size: number): void {
    if (size > this.#max) throw tcpErrors.error('FRAME_TOO_LARGE', { size, limit: this.#max });
  }

  #looksGenerated(window: ByteWindow): boolean {
    const have = Math.min(window.length, GENERATED);
    for (let i = this.#generated; i < have; i++) {
      const byte = window.at(i);
      if (i < PREFIX.length ? byte === PREFIX[i] : isHexDigit(byte)) continue;
      this.#generated = -1;
      return false;
    }
    this.#generated = have;
    return true;
  }
}

/** `to` without a CR before it. */
function textEnd(window: ByteWindow, to: number): number {
  return to > 0 && window.at(to - 1) === CR ? to - 1 : to;
}

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
}

class TokenEncoder implements FrameEncoder<string> {
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  encode(message: string, sink: ByteSink): void {
    if (typeof message !== 'string') throw notEncodable('token', `expected text, got ${typeof message}`);
    if (/[\r\n]/.test(message)) throw notEncodable('token', 'it holds a line end');
    if (Buffer.byteLength(message) > this.#max)
      throw notEncodable('token', `it is longer than ${this.#max} bytes`);
    sink.text(isGeneratedToken(message) ? message : `${message}\n`);
  }
}

/**
 * A codec whose first bytes follow a token: one CR LF or LF at the head is skipped. A CR without LF is data; to decide
 * that, the decoder waits for the next byte or the close of the peer.
 */
export function afterToken<In, Out>(codec: Codec<In, Out>): Codec<In, Out> {
  return {
    name: codec.name,
    decoder: () => new AfterTokenDecoder(codec.decoder()),
    encoder: () => codec.encoder(),
  };
}

class AfterTokenDecoder<F> extends MappedDecoder<F, F> {
  #atHead = true;

  protected map(frame: F): F {
    return frame;
  }

  override decode(window: ByteWindow): F | undefined {
    if (this.#atHead && !this.#passed(window)) return undefined;
    return this.inner.decode(window);
  }

  override end(window: ByteWindow): F | undefined {
    return this.#asData(window) ?? this.inner.end?.(window);
  }

  override idle(window: ByteWindow): F | undefined {
    return this.#asData(window) ?? this.inner.idle?.(window);
  }

  override overdue(window: ByteWindow): F | undefined {
    return this.#asData(window) ?? this.inner.overdue?.(window);
  }

  /** A CR after which nothing arrived is data. */
  #asData(window: ByteWindow): F | undefined {
    if (!this.#atHead || window.length === 0) return undefined;
    this.#atHead = false;
    return this.inner.decode(window);
  }

  /** Whether the head has been handled and bytes remain. */
  #passed(window: ByteWindow): boolean {
    const first = window.at(0);
    if (first === CR && window.length === 1) {
      window.short(2);
      return false;
    }
    this.#atHead = false;
    if (first === LF) window.skip(1);
    else if (first === CR && window.at(1) === LF) window.skip(2);
    if (window.length > 0) return true;
    window.short(1);
    return false;
  }
}
