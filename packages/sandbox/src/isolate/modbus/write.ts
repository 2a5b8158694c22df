/** `fairlead:modbus`: values as writes. */
import { be, concat, encodeText, f32Bytes, f64Bytes, toBcd } from '../helpers.ts';
import type { Register, RegisterType } from './map.ts';

export interface Write {
  readonly unitId: number;
  readonly pdu: Uint8Array;
  /** Of the registers that it writes. */
  readonly names: readonly string[];
}

/** Most of them in one request (specification, 6.11 and 6.12). */
const MAX_COILS = 1_968;
const MAX_REGISTERS = 123;
const RANGES: Partial<Record<RegisterType, readonly [least: number, most: number]>> = {
  u16: [0, 0xffff],
  i16: [-0x8000, 0x7fff],
  u32: [0, 0xffff_ffff],
  i32: [-0x8000_0000, 0x7fff_ffff],
  u64: [0, Number.MAX_SAFE_INTEGER],
  i64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/**
 * Writes for `values` by name: functions 5 and 6 for one coil or register, 15 and 16 for neighbours and wide numbers, 22 for
 * a bit of a register. Throws for a name that the map does not have, cannot write, or for which the value does not fit.
 */
export function writes(registers: readonly Register[], values: Readonly<Record<string, unknown>>): Write[] {
  const wanted = new Set(Object.keys(values));
  const list: Write[] = [];
  let run: Register[] = [];
  const close = (): void => {
    if (run.length > 0) list.push(writeOf(run, values));
    run = [];
  };
  // The registers stand in the order of their addresses.
  for (const register of registers) {
    if (!wanted.delete(register.name)) continue;
    if (!register.writable) throw new RangeError(`register ${register.name} is not writable`);
    if (!follows(run, register)) close();
    run.push(register);
  }
  close();
  const [unknown] = wanted;
  if (unknown !== undefined) throw new RangeError(`no register is named ${unknown.slice(0, 64)}`);
  return list;
}

function follows(run: readonly Register[], next: Register): boolean {
  const [first] = run;
  const last = run.at(-1);
  if (first === undefined || last === undefined) return false;
  const most = next.table === 'coil' ? MAX_COILS : MAX_REGISTERS;
  return (
    last.unitId === next.unitId &&
    last.table === next.table &&
    last.bit === undefined &&
    next.bit === undefined &&
    last.address + last.size === next.address &&
    next.address + next.size - first.address <= most
  );
}

function writeOf(run: readonly Register[], values: Readonly<Record<string, unknown>>): Write {
  const [first] = run as readonly [Register];
  const { unitId, table, address } = first;
  const names = run.map(({ name }) => name);
  if (table === 'coil')
    return {
      unitId,
      pdu: coilsPdu(
        address,
        run.map((register) => flag(register, values[register.name])),
      ),
      names,
    };
  if (first.bit !== undefined) {
    const on = flag(first, values[first.name]);
    const mask = 1 << first.bit;
    return { unitId, pdu: concat(22, be(address, 2), be(0xffff & ~mask, 2), be(on ? mask : 0, 2)), names };
  }
  return {
    unitId,
    pdu: registersPdu(address, concat(...run.map((register) => bytesOf(register, values[register.name])))),
    names,
  };
}

/** Function 5 for one coil, 15 for several. */
export function coilsPdu(address: number, coils: readonly boolean[]): Uint8Array {
  if (coils.length === 1) return concat(5, be(address, 2), coils[0] ? 0xff : 0, 0);
  const data = new Uint8Array(Math.ceil(coils.length / 8));
  coils.forEach((on, i) => {
    if (on) data[i >> 3] = (data[i >> 3] as number) | (1 << (i & 7));
  });
  return concat(15, be(address, 2), be(coils.length, 2), data.length, data);
}

/** Function 6 for one register, 16 for several. */
export function registersPdu(address: number, data: Uint8Array): Uint8Array {
  if (data.length === 2) return concat(6, be(address, 2), data);
  return concat(16, be(address, 2), be(data.length / 2, 2), data.length, data);
}

function flag({ name }: Register, value: unknown): boolean {
  if (value === true || value === 1) return true;
  if (value === false || value === 0) return false;
  throw new RangeError(`register ${name}: expected true or false`);
}

function bytesOf(register: Register, value: unknown): Uint8Array {
  const { name, type, size, order } = register;
  const bytes = type === 'text' ? textOf(register, value) : numberOf(register, value);
  if (bytes.length !== 2 * size) throw new RangeError(`register ${name}: the value does not fit`);
  // Both orders are their own inverse; a text and single registers have no words to swap.
  if (order === 'badc' || order === 'dcba')
    for (let i = 0; i < bytes.length; i += 2) bytes.subarray(i, i + 2).reverse();
  if ((order === 'cdab' || order === 'dcba') && type !== 'text' && type !== 'bcd') swapWords(bytes);
  return bytes;
}

function swapWords(bytes: Uint8Array): void {
  bytes.reverse();
  for (let i = 0; i < bytes.length; i += 2) bytes.subarray(i, i + 2).reverse();
}

function textOf({ name, size }: Register, value: unknown): Uint8Array {
  if (typeof value !== 'string') throw new RangeError(`register ${name}: expected a text`);
  const text = encodeText(value, 'latin1');
  if (text.length > 2 * size)
    throw new RangeError(`register ${name}: the text is longer than ${2 * size} bytes`);
  return concat(text, new Uint8Array(2 * size - text.length));
}

function numberOf({ name, type, size, scale, offset }: Register, value: unknown): Uint8Array {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new RangeError(`register ${name}: expected a number`);
  const raw = (value - offset) / scale;
  if (type === 'f32') return f32Bytes(raw);
  if (type === 'f64') return f64Bytes(raw);
  const whole = Math.round(raw);
  const [least, most] = RANGES[type] ?? [0, 10 ** (4 * size) - 1];
  if (whole < least || whole > most)
    throw new RangeError(
      `register ${name}: ${value} is beyond ${least * scale + offset} to ${most * scale + offset}`,
    );
  return type === 'bcd' ? toBcd(String(whole), 2 * size) : be(whole, 2 * size);
}
