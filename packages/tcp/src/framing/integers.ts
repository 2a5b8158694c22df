/* Integers in frames. All of them are unsigned. */

/**
 * The integer in the `size` bytes (1 to 8) from `at` on. Above 2^53 the value is rounded; it is then larger than every limit.
 * The sizes 1 to 4 have a line each, for speed.
 */
export function readInteger(bytes: Buffer, at: number, size: number, little: boolean): number {
  const a = bytes[at] as number;
  if (size === 1) return a;
  const b = bytes[at + 1] as number;
  if (size === 2) return little ? a | (b << 8) : (a << 8) | b;
  const c = bytes[at + 2] as number;
  if (size === 3) return little ? a | (b << 8) | (c << 16) : (a << 16) | (b << 8) | c;
  if (size === 4) {
    const d = bytes[at + 3] as number;
    return (little ? a | (b << 8) | (c << 16) | (d << 24) : (a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  }
  return readLongInteger(bytes, at, size, little);
}

function readLongInteger(bytes: Buffer, at: number, size: number, little: boolean): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (bytes[little ? at + size - 1 - i : at + i] as number);
  return value;
}

/** Writes `value` into the `size` bytes from `at` on. The caller has checked that it fits. */
export function writeInteger(bytes: Buffer, at: number, size: number, little: boolean, value: number): void {
  let rest = value;
  for (let i = 0; i < size; i++) {
    bytes[little ? at + i : at + size - 1 - i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** The value of a hexadecimal digit in ASCII, or -1. */
export function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
