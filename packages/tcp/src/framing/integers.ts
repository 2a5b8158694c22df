/** Where a length stands in the header of a frame. */
export interface LengthField {
  readonly offset: number;
  /** 1 to 8. */
  readonly bytes: number;
  readonly endian: 'big' | 'little';
}

/**
 * The unsigned number of `size` bytes at `at`. Beyond 2^53 it is only nearly right, which is enough to see that it is too
 * large. The sizes that are met every day have a line of their own.
 */
export function readLength(bytes: Buffer, at: number, size: number, little: boolean): number {
  const a = bytes[at] as number;
  if (size === 1) return a;
  const b = bytes[at + 1] as number;
  if (size === 2) return little ? a | (b << 8) : (a << 8) | b;
  if (size === 4) {
    const c = bytes[at + 2] as number;
    const d = bytes[at + 3] as number;
    return (little ? a | (b << 8) | (c << 16) | (d << 24) : (a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  }
  return readAnyLength(bytes, at, size, little);
}

function readAnyLength(bytes: Buffer, at: number, size: number, little: boolean): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (bytes[little ? at + size - 1 - i : at + i] as number);
  return value;
}

export function writeLength(place: Buffer, { offset, bytes, endian }: LengthField, value: number): void {
  let rest = value;
  for (let i = 0; i < bytes; i++) {
    place[endian === 'big' ? offset + bytes - 1 - i : offset + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}
