/** `fairlead:modbus`: what a PDU says, with or without the request that it answers. */
import { ascii, be, bit, concat, hex, u8, u16 } from '../helpers.ts';
import { type Read, type ReadRequest, valuesOf } from './plan.ts';

/** Specification, chapter 7. */
const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: 'illegal function',
  2: 'illegal data address',
  3: 'illegal data value',
  4: 'server device failure',
  5: 'acknowledge',
  6: 'server device busy',
  7: 'negative acknowledge',
  8: 'memory parity error',
  10: 'gateway path unavailable',
  11: 'gateway target device failed to respond',
};
/** Objects of a device's identification (specification, 6.21). */
const OBJECTS = ['maker', 'productCode', 'firmware', 'url', 'productName', 'model', 'application'];

type Values = Record<string, unknown>;

/** What a write, or another request that reads no registers, asked for. */
export interface Written {
  readonly unitId: number;
  readonly function: number;
  /** What the answer begins with, in hex: function, address, and what was written. */
  readonly wrote: string;
  /** Of the registers that were written. */
  readonly names: readonly string[];
}

/** A request to read. */
export const readPdu = ({ function: code, address, quantity }: Omit<ReadRequest, 'unitId'>): Uint8Array =>
  concat(code, be(address, 2), be(quantity, 2));

/** Asks for the basic identification of a device (function 43, MEI type 14). */
export const identificationPdu = Uint8Array.of(0x2b, 0x0e, 0x01, 0x00);

/**
 * The values of an answer. With the `read` that it answers: by the names of its registers, or which of them `failed`; else the
 * fields of the PDU. Throws for an answer to another request and for counts that do not fit.
 */
export function decodePdu(pdu: Uint8Array, read?: Read | ReadRequest): Values {
  const code = u8(pdu);
  if (read !== undefined && (code & 0x7f) !== read.function)
    throw new Error(`function ${code} is no answer to function ${read.function}`);
  if (code >= 0x80) {
    const asked = read !== undefined && 'registers' in read ? read.registers : [];
    return exception(
      pdu,
      asked.map(({ name }) => name),
    );
  }
  if (read !== undefined) {
    const data = dataOf(pdu, read);
    if ('registers' in read) return valuesOf(read, data);
  }
  const decode = DECODERS[code];
  const address = read === undefined ? {} : { address: read.address };
  return {
    function: code,
    ...address,
    ...(decode === undefined ? { data: hex(pdu.subarray(1)) } : decode(pdu)),
  };
}

/** The values of the answer to a write, or which registers `failed`. Throws for an answer to another request. */
export function decodeWritten(pdu: Uint8Array, { function: code, wrote, names }: Written): Values {
  if ((u8(pdu) & 0x7f) !== code) throw new Error(`function ${u8(pdu)} is no answer to function ${code}`);
  if (u8(pdu) >= 0x80) return exception(pdu, names);
  if (hex(pdu.subarray(0, wrote.length / 2)) !== wrote) throw new Error('the answer tells of another write');
  return decodePdu(pdu);
}

/** @param failed names of the registers that were asked for or written */
function exception(pdu: Uint8Array, failed: readonly string[] = []): Values {
  if (pdu.length !== 2) throw new Error(`an exception of ${pdu.length} bytes`);
  const code = u8(pdu, 1);
  return {
    function: u8(pdu) - 0x80,
    exception: code,
    exceptionName: EXCEPTIONS[code] ?? `exception ${code}`,
    ...(failed.length > 0 && { failed }),
  };
}

function dataOf(pdu: Uint8Array, read: ReadRequest): Uint8Array {
  const expected = read.function <= 2 ? Math.ceil(read.quantity / 8) : 2 * read.quantity;
  if (u8(pdu, 1) !== expected || pdu.length !== 2 + expected)
    throw new Error(`${pdu.length - 2} bytes, announced as ${pdu[1]}, where ${expected} were asked for`);
  return pdu.subarray(2);
}

// --- without a request ------------------------------------------------------------------------------------------------

const DECODERS: Readonly<Record<number, (pdu: Uint8Array) => Values>> = {
  1: (pdu) => (isCounted(pdu) ? { bits: bitsOf(counted(pdu)) } : request(pdu)),
  2: (pdu) => (isCounted(pdu) ? { bits: bitsOf(counted(pdu)) } : request(pdu)),
  3: (pdu) => (isCounted(pdu) ? { registers: registersOf(counted(pdu)) } : request(pdu)),
  4: (pdu) => (isCounted(pdu) ? { registers: registersOf(counted(pdu)) } : request(pdu)),
  5: (pdu) => ({ address: u16(exactly(pdu, 5), 1), value: coil(u16(pdu, 3)) }),
  6: (pdu) => ({ address: u16(exactly(pdu, 5), 1), value: u16(pdu, 3) }),
  7: (pdu) => (pdu.length === 1 ? {} : { status: u8(exactly(pdu, 2), 1) }),
  8: (pdu) => ({ subfunction: u16(pdu, 1), data: hex(pdu.subarray(3)) }),
  11: (pdu) => (pdu.length === 1 ? {} : { status: u16(exactly(pdu, 5), 1), count: u16(pdu, 3) }),
  12: eventLog,
  15: (pdu) =>
    pdu.length === 5 ? request(pdu) : { ...request(pdu.subarray(0, 5)), data: hex(written(pdu)) },
  16: (pdu) =>
    pdu.length === 5
      ? request(pdu)
      : { ...request(pdu.subarray(0, 5)), registers: registersOf(written(pdu)) },
  17: (pdu) =>
    pdu.length === 1
      ? {}
      : {
          data: hex(counted(pdu)),
          text: ascii(counted(pdu))
            .replace(/[^ -~]+/g, ' ')
            .trim(),
        },
  20: (pdu) => ({ data: hex(counted(pdu)) }),
  21: (pdu) => ({ data: hex(counted(pdu)) }),
  22: (pdu) => ({ address: u16(exactly(pdu, 7), 1), and: u16(pdu, 3), or: u16(pdu, 5) }),
  23: readAndWrite,
  24: fifo,
  43: identification,
};

/** A PDU whose second byte counts those that follow. */
const isCounted = (pdu: Uint8Array): boolean => pdu.length > 1 && pdu[1] === pdu.length - 2;

function counted(pdu: Uint8Array): Uint8Array {
  if (!isCounted(pdu)) throw new Error(`${pdu.length - 2} bytes, announced as ${pdu[1] ?? 'none'}`);
  return pdu.subarray(2);
}

function exactly(pdu: Uint8Array, size: number): Uint8Array {
  if (pdu.length !== size) throw new Error(`function ${pdu[0]} of ${pdu.length} bytes, not ${size}`);
  return pdu;
}

const request = (pdu: Uint8Array): Values => ({ address: u16(exactly(pdu, 5), 1), quantity: u16(pdu, 3) });

function written(pdu: Uint8Array): Uint8Array {
  if (u8(pdu, 5) !== pdu.length - 6) throw new Error(`${pdu.length - 6} bytes, announced as ${pdu[5]}`);
  return pdu.subarray(6);
}

function coil(value: number): boolean {
  if (value !== 0 && value !== 0xff00) throw new Error(`no value of a coil: ${value}`);
  return value !== 0;
}

const bitsOf = (data: Uint8Array): number[] =>
  Array.from({ length: 8 * data.length }, (_, i) => (bit(data[i >> 3] as number, i & 7) ? 1 : 0));

function registersOf(data: Uint8Array): number[] {
  if (data.length % 2 !== 0) throw new Error(`${data.length} bytes are no registers`);
  return Array.from({ length: data.length / 2 }, (_, i) => u16(data, 2 * i));
}

function eventLog(pdu: Uint8Array): Values {
  if (pdu.length === 1) return {};
  const data = counted(pdu);
  return { status: u16(data), count: u16(data, 2), messages: u16(data, 4), data: hex(data.subarray(6)) };
}

function readAndWrite(pdu: Uint8Array): Values {
  if (isCounted(pdu)) return { registers: registersOf(counted(pdu)) };
  if (u8(pdu, 9) !== pdu.length - 10) throw new Error(`${pdu.length - 10} bytes, announced as ${pdu[9]}`);
  return {
    readAddress: u16(pdu, 1),
    readQuantity: u16(pdu, 3),
    writeAddress: u16(pdu, 5),
    writeQuantity: u16(pdu, 7),
    registers: registersOf(pdu.subarray(10)),
  };
}

function fifo(pdu: Uint8Array): Values {
  if (pdu.length === 3) return { address: u16(pdu, 1) };
  const count = u16(pdu, 3);
  if (u16(pdu, 1) !== pdu.length - 3 || 2 * count !== pdu.length - 5)
    throw new Error('a queue of another length');
  return { registers: registersOf(pdu.subarray(5)) };
}

/** Function 43 with MEI type 14: numbered texts. */
function identification(pdu: Uint8Array): Values {
  if (u8(pdu, 1) !== 14 || pdu.length < 7) return { mei: u8(pdu, 1), data: hex(pdu.subarray(2)) };
  const values: Values = { mei: 14 };
  let at = 7;
  for (let left = u8(pdu, 6); left > 0; left--) {
    const [id, length] = [u8(pdu, at), u8(pdu, at + 1)];
    if (at + 2 + length > pdu.length) throw new Error('an object ends beyond the PDU');
    values[OBJECTS[id] ?? `object${id}`] = ascii(pdu.subarray(at + 2, at + 2 + length)).trim();
    at += 2 + length;
  }
  return values;
}
