/** `fairlead:helpers`: single bits. */
/** Bit `n` of a number, 0 being the lowest. */
export function bit(value: number, n: number): boolean {
  return Math.floor(value / 2 ** n) % 2 === 1;
}

/** `count` bits of a number from bit `from` upwards. */
export function bits(value: number, from: number, count: number): number {
  return Math.floor(value / 2 ** from) % 2 ** count;
}

/**
 * Reads bits one after another, from byte `at` on. The highest bit of a byte is the first one, and the first bit of a
 * number is its highest; with `lsb` both begin with the lowest. Reading beyond the end throws a RangeError.
 */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #lsb: boolean;
  #at: number;

  constructor(bytes: Uint8Array, at = 0, { lsb = false }: { lsb?: boolean } = {}) {
    if (!(at >= 0 && at <= bytes.length)) throw new RangeError('beyond the end');
    this.#bytes = bytes;
    this.#lsb = lsb;
    this.#at = 8 * at;
  }

  /** Bits that are left. */
  get left(): number {
    return 8 * this.#bytes.length - this.#at;
  }

  /** An unsigned number of `count` bits, 0 to 53. */
  bits(count: number): number {
    if (!(count >= 0 && count <= 53)) throw new RangeError(`0 to 53 bits, got ${count}`);
    if (count > this.left) throw new RangeError('beyond the end');
    let value = 0;
    for (let done = 0; done < count; ) {
      const used = this.#at % 8;
      const take = Math.min(8 - used, count - done);
      const byte = this.#bytes[Math.floor(this.#at / 8)] as number;
      const piece = (byte >> (this.#lsb ? used : 8 - used - take)) & ((1 << take) - 1);
      value = this.#lsb ? value + piece * 2 ** done : value * 2 ** take + piece;
      done += take;
      this.#at += take;
    }
    return value;
  }

  /** A number of `count` bits in two's complement. */
  signed(count: number): number {
    const value = this.bits(count);
    return count > 0 && value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  /** One bit. */
  flag(): boolean {
    return this.bits(1) === 1;
  }

  skip(count: number): void {
    if (!(count >= 0 && count <= this.left)) throw new RangeError('beyond the end');
    this.#at += count;
  }

  /** `count` characters of the six-bit alphabet of AIS (ITU-R M.1371), up to the first "@", without spaces at the end. */
  text6(count: number): string {
    let text = '';
    for (let i = 0; i < count; i++) {
      const code = this.bits(6);
      text += String.fromCharCode(code < 32 ? code + 64 : code);
    }
    return text.replace(/@.*$/s, '').replace(/ +$/, '');
  }
}
