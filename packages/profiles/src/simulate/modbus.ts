/**
 * Modbus units with registers that move. The transport is told by the first request of a link:
 *
 *     TCP    transaction (2) 0000 length (2) | unit PDU
 *     RTU    unit PDU CRC-16/MODBUS (2, low byte first)
 *     ASCII  ":" unit PDU LRC, as hex digits, CR LF
 *
 * Source: MODBUS Application Protocol Specification V1.1b3; MODBUS over Serial Line V1.02.
 */
import { type Checksum, checksum } from '@fairlead/tcp/framing';
import { TypedRegisters } from './modbus-types.ts';
import type { Responder } from './responder.ts';

const ILLEGAL_FUNCTION = 1;
const ILLEGAL_ADDRESS = 2;
const ILLEGAL_VALUE = 3;

const crc = checksum('crc16/modbus') as Checksum;

/** Bytes of one request, at most. */
const MOST = 600;

/** All units behind one link. */
export class ModbusUnits implements Responder {
  readonly #registers: ModbusRegisters;
  #pending: Buffer = Buffer.alloc(0);
  /** How requests are read, once one was. */
  #transport: Transport | undefined;

  /** @param registers those of the device, which its links share */
  constructor(registers: ModbusRegisters) {
    this.#registers = registers;
  }

  receive(chunk: Buffer, now: number): Buffer[] {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const answers: Buffer[] = [];
    for (;;) {
      const request = this.#request();
      if (request === undefined) break;
      this.#pending = this.#pending.subarray(request.size);
      const { unit, pdu, wrap } = request;
      const answer = this.#registers.answer(pdu, now);
      // Unit 0 is a broadcast on serial lines; over TCP it is answered.
      if (answer !== undefined) answers.push(wrap(unit, answer));
    }
    if (this.#pending.length > MOST) this.#pending = Buffer.alloc(0);
    return answers;
  }

  #request(): Request | undefined {
    if (this.#transport !== undefined) return this.#transport(this.#pending);
    // The CRC comes first: the length of a message over TCP may be the number of registers in one of RTU.
    for (const transport of [asciiIn, rtuIn, tcpIn]) {
      const request = transport(this.#pending);
      if (request === undefined) continue;
      this.#transport = transport;
      return request;
    }
    return undefined;
  }
}

interface Request {
  readonly size: number;
  readonly unit: number;
  readonly pdu: Buffer;
  readonly wrap: (unit: number, pdu: Buffer) => Buffer;
}

/** The first request of the bytes, if it is complete. */
type Transport = (bytes: Buffer) => Request | undefined;

function tcpIn(bytes: Buffer): Request | undefined {
  if (bytes.length < 8 || bytes.readUInt16BE(2) !== 0) return undefined;
  const size = 6 + bytes.readUInt16BE(4);
  if (bytes.length < size || size < 8) return undefined;
  const transaction = Buffer.from(bytes.subarray(0, 4));
  return {
    size,
    unit: bytes[6] as number,
    pdu: bytes.subarray(7, size),
    wrap: (unit, pdu) =>
      Buffer.concat([transaction, Buffer.of((pdu.length + 1) >> 8, pdu.length + 1, unit), pdu]),
  };
}

/** Requests have no length on the line: a function says how long they are. */
function rtuIn(bytes: Buffer): Request | undefined {
  const counted: Readonly<Record<number, number>> = { 15: 6, 16: 6, 23: 10 };
  const count = counted[bytes[1] ?? 0];
  const size = count === undefined ? 8 : count + 3 + (bytes[count] ?? MOST);
  if (bytes.length < size || crc.of(bytes, 0, size - 2) !== bytes.readUInt16LE(size - 2)) return undefined;
  return {
    size,
    unit: bytes[0] as number,
    pdu: bytes.subarray(1, size - 2),
    wrap: (unit, pdu) => {
      const frame = Buffer.concat([Buffer.of(unit), pdu, Buffer.alloc(2)]);
      frame.writeUInt16LE(crc.of(frame, 0, frame.length - 2), frame.length - 2);
      return frame;
    },
  };
}

function asciiIn(bytes: Buffer): Request | undefined {
  const end = bytes[0] === 0x3a ? bytes.indexOf('\r\n') : -1;
  if (end < 0) return undefined;
  const content = Buffer.from(bytes.toString('latin1', 1, end), 'hex');
  if (content.length < 3 || lrc(content.subarray(0, -1)) !== content.at(-1)) return undefined;
  return {
    size: end + 2,
    unit: content[0] as number,
    pdu: content.subarray(1, -1),
    wrap: (unit, pdu) => {
      const plain = Buffer.concat([Buffer.of(unit), pdu]);
      const digits = Buffer.concat([plain, Buffer.of(lrc(plain))]).toString('hex');
      return Buffer.from(`:${digits.toUpperCase()}\r\n`, 'latin1');
    },
  };
}

const lrc = (bytes: Buffer): number => -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;

/** Coils and registers. Those that nobody has written move: each a counter or a slow wave, or what the map says of it. */
export class ModbusRegisters {
  readonly #coils = new Map<number, number>();
  readonly #holding = new Map<number, number>();
  readonly #typed: TypedRegisters;

  /** @param map that of the parameter `registers` */
  constructor(map: unknown = []) {
    this.#typed = new TypedRegisters(map);
  }

  /** The PDU that answers this one. */
  answer(pdu: Buffer, now: number): Buffer {
    const code = pdu[0] ?? 0;
    const refuse = (exception: number) => Buffer.of(code | 0x80, exception);
    if (![1, 2, 3, 4, 5, 6, 15, 16].includes(code)) return refuse(ILLEGAL_FUNCTION);
    if (pdu.length < 5) return refuse(ILLEGAL_VALUE);
    const [address, value] = [pdu.readUInt16BE(1), pdu.readUInt16BE(3)];
    const most = { 1: 2_000, 2: 2_000, 3: 125, 4: 125, 15: 1_968, 16: 123 }[code];
    if (most !== undefined && (value < 1 || value > most)) return refuse(ILLEGAL_VALUE);
    if (most !== undefined && address + value > 65_536) return refuse(ILLEGAL_ADDRESS);
    switch (code) {
      case 1:
      case 2: {
        const bits = Buffer.alloc(Math.ceil(value / 8));
        for (let i = 0; i < value; i++)
          if (this.#bit(code, address + i, now)) bits[i >> 3] = (bits[i >> 3] as number) | (1 << (i & 7));
        return Buffer.concat([Buffer.of(code, bits.length), bits]);
      }
      case 3:
      case 4: {
        const words = Buffer.alloc(2 * value);
        for (let i = 0; i < value; i++) words.writeUInt16BE(this.#word(code, address + i, now), 2 * i);
        return Buffer.concat([Buffer.of(code, words.length), words]);
      }
      case 5:
        if (value !== 0 && value !== 0xff00) return refuse(ILLEGAL_VALUE);
        this.#coils.set(address, value === 0 ? 0 : 1);
        return pdu;
      case 6:
        this.#holding.set(address, value);
        return pdu;
      default:
        return this.#writeAll(code, pdu, address, value) ? pdu.subarray(0, 5) : refuse(ILLEGAL_VALUE);
    }
  }

  #writeAll(code: number, pdu: Buffer, address: number, count: number): boolean {
    const size = code === 15 ? Math.ceil(count / 8) : 2 * count;
    if (pdu[5] !== size || pdu.length < 6 + size) return false;
    for (let i = 0; i < count; i++)
      if (code === 15) this.#coils.set(address + i, ((pdu[6 + (i >> 3)] as number) >> (i & 7)) & 1);
      else this.#holding.set(address + i, pdu.readUInt16BE(6 + 2 * i));
    return true;
  }

  #bit(code: number, address: number, now: number): number {
    const written = code === 1 ? this.#coils.get(address) : undefined;
    return written ?? Math.floor(now / 5_000 + address) & 1;
  }

  #word(code: number, address: number, now: number): number {
    const written = code === 3 ? this.#holding.get(address) : undefined;
    if (written !== undefined) return written;
    const seconds = now / 1_000;
    const typed = this.#typed.word(code, address, seconds);
    if (typed !== undefined) return typed;
    if (address % 2 === 1) return Math.floor(seconds + address) & 0xffff;
    return 500 + (address % 100) + Math.round(50 * Math.sin(seconds / 10 + address));
  }
}
