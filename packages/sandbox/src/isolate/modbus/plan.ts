/** `fairlead:modbus`: few requests for many registers, and their answers as values. */
import { bcd, bit, i16, i16le, latin1, u16, u16le, words } from '../helpers.ts';
import { type Register, readFunctions, type Table } from './map.ts';

/** One request that reads registers. */
export interface ReadRequest {
  readonly unitId: number;
  readonly function: number;
  readonly address: number;
  readonly quantity: number;
}

/** What of the answer to such a request is wanted. */
export interface Read extends ReadRequest {
  readonly registers: readonly Register[];
}

/** Most of them in one answer (specification, 6.1 and 6.3). */
const LIMITS: Readonly<Record<Table, number>> = { coil: 2_000, discrete: 2_000, holding: 125, input: 125 };

/**
 * Reads for all of `registers`, which stand in the order of {@link registerMap}. Neighbours are read together, over holes of
 * up to `gap` addresses, in answers of up to `largest` registers (bits: 16 times as many); a value is never cut in two.
 */
export function plan(registers: readonly Register[], gap = 0, largest = 125): Read[] {
  const reads: Read[] = [];
  let group: Register[] = [];
  let end = 0;
  const close = (): void => {
    const [first] = group;
    if (first === undefined) return;
    const { unitId, table, address } = first;
    reads.push({
      unitId,
      function: readFunctions[table],
      address,
      quantity: end - address,
      registers: group,
    });
    group = [];
  };
  for (const next of registers) {
    const [first] = group;
    const isBit = next.table === 'coil' || next.table === 'discrete';
    const limit = Math.min(LIMITS[next.table], Math.max(largest * (isBit ? 16 : 1), next.size));
    const joins =
      first !== undefined &&
      first.unitId === next.unitId &&
      first.table === next.table &&
      next.address <= end + gap &&
      next.address + next.size - first.address <= limit;
    if (!joins) {
      close();
      end = 0;
    }
    group.push(next);
    end = Math.max(end, next.address + next.size);
  }
  close();
  return reads;
}

/** The values of the bytes of an answer, by name. Numbers that are none (NaN, infinity) are left out. */
export function valuesOf(read: Read, data: Uint8Array): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const register of read.registers) {
    const at = register.address - read.address;
    const value =
      read.function <= 2 ? bit(data[at >> 3] as number, at & 7) : registerValue(register, data, 2 * at);
    if (value !== undefined) values[register.name] = value;
  }
  return values;
}

function registerValue(
  register: Register,
  data: Uint8Array,
  at: number,
): number | string | boolean | undefined {
  const { type, order, size } = register;
  if (register.bit !== undefined) return bit(u16(ordered(register, data, at)), register.bit);
  if (type === 'u16') return scaled(swaps(register) ? u16le(data, at) : u16(data, at), register);
  if (type === 'text')
    return latin1(ordered(register, data, at))
      .replace(/\0[\s\S]*$/, '')
      .trimEnd();
  if (type === 'bcd') return scaled(Number(bcd(ordered(register, data, at))), register);
  if (type === 'i16') return scaled(swaps(register) ? i16le(data, at) : i16(data, at), register);
  if (size === 1) return undefined;
  return scaled(Number(words(data, at, type as Exclude<typeof type, 'bool'>, order)), register);
}

/** Whether the two bytes of each register are swapped. */
const swaps = ({ order }: Register): boolean => order === 'badc' || order === 'dcba';

/** Bytes of registers that are no wide number. */
function ordered(register: Register, data: Uint8Array, at: number): Uint8Array {
  const bytes = data.slice(at, at + 2 * register.size);
  if (swaps(register)) for (let i = 0; i + 1 < bytes.length; i += 2) bytes.subarray(i, i + 2).reverse();
  return bytes;
}

const TENS = new Set([10, 100, 1_000, 10_000, 100_000, 1_000_000]);
/** Digits to which scaled values are rounded. */
const DIGITS = 12;

/** Without the digits that binary fractions add: 230 * 0.1 is 23. */
function scaled(raw: number, { scale, offset }: Register): number | undefined {
  if (offset === 0) {
    if (scale === 1) return Number.isFinite(raw) ? raw : undefined;
    const divisor = 1 / scale;
    // A quotient is exact to the last digit, and takes much less time than a text.
    if (TENS.has(divisor) && Number.isInteger(raw) && Math.abs(raw) < 10 ** DIGITS) return raw / divisor;
  }
  return Number.isFinite(raw) ? Number((raw * scale + offset).toPrecision(DIGITS)) : undefined;
}
