import { parseOptions, type Size } from '@fairlead/core';
import { z } from 'zod';
import { tcpErrors } from '../catalogue.ts';
import { tcpLimits } from '../limits.ts';
import type { Codec, FrameDecoder, FrameEncoder, Payload } from './codec.ts';
import { readInteger, writeInteger } from './integers.ts';
import { limitOption, timeOption } from './option-schemas.ts';
import { headHex, notEncodable, payloadBytes } from './payload.ts';
import type { ByteSink } from './sink.ts';
import { type TimedOptions, timed } from './timed.ts';
import { type ByteWindow, cut, View } from './window.ts';

/** Values of {@link TpPacket.type} that the protocol defines. */
export const tpType = { data: 0, heartbeat: 1 } as const;
/** Values of {@link TpPacket.command} that the protocol defines; `command` is an extension for commands to a device. */
export const tpCommand = { auth: 0, attributes: 1, events: 2, command: 3 } as const;

/** A received packet. `type` and `command` may have values that the protocol does not define. */
export class TpPacket {
  readonly type: number;
  readonly command: number;
  /** A view of the received bytes. */
  readonly payload: Buffer;

  constructor(type: number, command: number, payload: Buffer) {
    this.type = type;
    this.command = command;
    this.payload = payload;
  }
}

/** A packet to be sent. */
export interface TpMessage {
  /** One byte; {@link tpType}. Default 0, data. */
  readonly type?: number;
  /** One byte; {@link tpCommand}. */
  readonly command: number;
  /** Default empty. */
  readonly payload?: Payload;
}

export interface TpOptions extends TimedOptions {
  /** Largest payload in bytes. Default 1 MiB. */
  readonly max?: Size;
}

const schema = z.strictObject({
  max: limitOption.default(tcpLimits.values.frame),
  frameTimeout: timeOption.optional(),
});

const HEADER = 8;
const T = 0x54;
const P = 0x50;
const MAGIC = Buffer.from([T, P]);

/**
 * Packets of the official device protocol; integers big-endian.
 *
 *      0    1    2      3       4..7      8..
 *     'T'  'P'  TYPE  COMMAND  LENGTH    PAYLOAD (LENGTH bytes)
 *
 * Throws `FRAME_MAGIC_MISMATCH` as soon as the first byte is not T or the second is not P, and `FRAME_TOO_LARGE` as soon as
 * LENGTH is complete and exceeds `max`.
 */
export function tp(options: TpOptions = {}): Codec<TpPacket, TpMessage> {
  const { max, frameTimeout } = parseOptions(schema, options, 'tp()');
  return {
    name: 'tp',
    decoder: timed(() => new TpDecoder(max), frameTimeout, MAGIC),
    encoder: () => new TpEncoder(),
  };
}

class TpDecoder implements FrameDecoder<TpPacket> {
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  decode(window: ByteWindow): TpPacket | undefined {
    const bytes = window.bytes;
    const at = window.start;
    const have = window.end - at;
    if (have < HEADER) return waitForHeader(window);
    if (bytes[at] !== T || bytes[at + 1] !== P) throw noMagic(window);
    const length = readInteger(bytes, at + 4, 4, false);
    if (length > this.#max) throw tcpErrors.error('FRAME_TOO_LARGE', { size: length, limit: this.#max });
    if (have < HEADER + length) return window.short(HEADER + length);
    const to = at + HEADER + length;
    window.start = to;
    return new TpPacket(bytes[at + 2] as number, bytes[at + 3] as number, cut(bytes, at + HEADER, to));
  }

  decodeMany(window: ByteWindow, packets: TpPacket[], stopAt: number): void {
    wholePackets(window, this.#max, packets, stopAt);
    while (window.end > window.start && window.start < stopAt) {
      const packet = this.decode(window);
      if (packet === undefined) return;
      packets.push(packet);
    }
  }
}

/** The hot loop: takes complete and valid packets in a row; the rest is left to the decoder. */
function wholePackets(window: ByteWindow, max: number, packets: TpPacket[], stopAt: number): void {
  const { bytes, end } = window;
  const { buffer, byteOffset: base } = bytes;
  let at = window.start;
  while (end - at >= HEADER && at < stopAt) {
    // Signed: from 2 GiB on the length is negative. An unsigned one would need floating point for all offsets.
    const length =
      ((bytes[at + 4] as number) << 24) |
      ((bytes[at + 5] as number) << 16) |
      ((bytes[at + 6] as number) << 8) |
      (bytes[at + 7] as number);
    const to = at + HEADER + length;
    if (bytes[at] !== T || bytes[at + 1] !== P || length < 0 || length > max || to > end) return;
    const payload = new View(buffer, base + at + HEADER, length);
    packets.push(new TpPacket(bytes[at + 2] as number, bytes[at + 3] as number, payload));
    at = to;
    window.start = at;
  }
}

function waitForHeader(window: ByteWindow): undefined {
  const have = window.length;
  if ((have >= 1 && window.at(0) !== T) || (have >= 2 && window.at(1) !== P)) throw noMagic(window);
  return window.short(have < 2 ? have + 1 : HEADER);
}

function noMagic(window: ByteWindow): Error {
  return tcpErrors.error('FRAME_MAGIC_MISMATCH', {
    expected: '5450 ("TP")',
    found: headHex(window.view(0, Math.min(window.length, HEADER))),
  });
}

class TpEncoder implements FrameEncoder<TpMessage> {
  encode(message: TpMessage, sink: ByteSink): void {
    const { type = 0, command, payload = '' } = message;
    checkByte('type', type);
    checkByte('command', command);
    const bytes = payloadBytes(payload, 'tp');
    if (bytes.length > 0xffff_ffff)
      throw notEncodable('tp', `its payload has ${bytes.length} bytes, LENGTH holds up to 4294967295`);
    const header = sink.reserve(HEADER);
    header[0] = T;
    header[1] = P;
    header[2] = type;
    header[3] = command;
    writeInteger(header, 4, 4, false, bytes.length);
    sink.bytes(bytes);
  }
}

function checkByte(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 255)
    throw notEncodable('tp', `"${name}" is ${value}, expected 0 to 255`);
}
