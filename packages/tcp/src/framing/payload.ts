import type { FairleadError } from '@fairlead/core';
import { tcpErrors } from '../catalogue.ts';
import type { FrameEncoder, Payload } from './codec.ts';
import type { ByteSink } from './sink.ts';

/** The bytes of a payload; text becomes UTF-8. Throws `MESSAGE_NOT_ENCODABLE` for anything else. */
export function payloadBytes(payload: Payload, codec: string): Uint8Array {
  if (typeof payload === 'string') return Buffer.from(payload);
  if (payload instanceof Uint8Array) return payload;
  throw notEncodable(codec, `expected bytes or text, got ${payload === null ? 'null' : typeof payload}`);
}

export function notEncodable(codec: string, reason: string, cause?: unknown): FairleadError {
  return tcpErrors.error('MESSAGE_NOT_ENCODABLE', { codec, reason }, cause);
}

/** Sends messages unchanged. */
export class PlainEncoder implements FrameEncoder<Payload> {
  readonly #codec: string;

  constructor(codec: string) {
    this.#codec = codec;
  }

  encode(message: Payload, sink: ByteSink): void {
    if (typeof message === 'string') sink.text(message);
    else sink.bytes(payloadBytes(message, this.#codec));
  }
}

/** Hex of the first bytes, for messages that people read. */
export function headHex(bytes: Uint8Array, most = 16): string {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, most)).toString('hex');
  return bytes.length > most ? `${head}...` : head;
}
