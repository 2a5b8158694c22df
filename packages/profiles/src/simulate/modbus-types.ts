/** Registers of a map that are no plain numbers of 16 bits: what they hold, so that it makes sense by their types. */

interface Entry {
  readonly address: number;
  readonly kind?: string;
  readonly function?: number;
  readonly type?: string;
  readonly order?: string;
  readonly length?: number;
}

/** One word of a value. */
interface Word {
  readonly entry: Entry;
  /** Place of the word in the value. */
  readonly place: number;
}

const HOLDING = 3;
const INPUT = 4;
const SIZES: Readonly<Record<string, number>> = {
  u32: 2,
  i32: 2,
  f32: 2,
  u64: 4,
  i64: 4,
  f64: 4,
  bcd: 1,
  text: 1,
};
const TEXT = 'SIMULATED ';

export class TypedRegisters {
  /** By function and address. */
  readonly #words = new Map<string, Word>();

  /** @param map the profile's script checks it; here, what is none is left out */
  constructor(map: unknown) {
    for (const entry of Array.isArray(map) ? (map as (Entry | null)[]) : []) {
      const size = SIZES[entry?.type ?? ''];
      if (entry === null || size === undefined) continue;
      const code = entry.function ?? (entry.kind === 'input' ? INPUT : HOLDING);
      const words = Math.min(entry.length ?? size, 125);
      for (let place = 0; place < words; place++)
        this.#words.set(`${code} ${entry.address + place}`, { entry, place });
    }
  }

  /** undefined: a plain number. */
  word(code: number, address: number, seconds: number): number | undefined {
    const found = this.#words.get(`${code} ${address}`);
    if (found === undefined) return undefined;
    const bytes = bytesOf(found.entry, seconds);
    return bytes.readUInt16BE(2 * found.place);
  }
}

/** The bytes of a value as they stand in the registers. */
function bytesOf({ type, order = 'abcd', length = 1, address }: Entry, seconds: number): Buffer {
  const count = Math.floor(seconds + address) % 100_000;
  const wave = 20 + Math.round(50 * Math.sin(seconds / 10 + address)) / 10;
  const bytes = Buffer.alloc(Math.max(8, 2 * length));
  if (type === 'text') return swapped(bytes.fill(TEXT).fill(0, 2 * length), order, 2 * length, false);
  if (type === 'bcd') {
    const digits = String(count % 10 ** Math.min(4 * length, 5)).padStart(4 * length, '0');
    return swapped(Buffer.from(digits, 'hex'), order, 2 * length, false);
  }
  if (type === 'f32') bytes.writeFloatBE(wave);
  else if (type === 'f64') bytes.writeDoubleBE(wave);
  else if (type === 'u64' || type === 'i64') bytes.writeBigUInt64BE(BigInt(count));
  else bytes.writeUInt32BE(count);
  return swapped(bytes, order, 2 * (SIZES[type ?? ''] ?? 1), true);
}

/**
 * In the order of the registers.
 *
 * @param wide whether the order of the words counts, too
 */
function swapped(bytes: Buffer, order: string, size: number, wide: boolean): Buffer {
  const value = Buffer.from(bytes.subarray(0, size));
  if (wide && (order === 'cdab' || order === 'dcba')) value.reverse().swap16();
  if (order === 'badc' || order === 'dcba') value.swap16();
  return value;
}
