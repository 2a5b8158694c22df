/** Where a length stands in the header of a frame. */
export interface LengthField {
  readonly offset: number;
  /** 1 to 8. */
  readonly bytes: number;
  readonly endian: 'big' | 'little';
}

/**
 * Reads the length at `at`. Beyond 2^53 the value is only nearly right, which is enough to see that it is too large.
 */
export type LengthReader = (bytes: Buffer, at: number) => number;

/** The reader for a field: the sizes that are met every day have one of their own. */
export function lengthReader({ bytes, endian }: LengthField): LengthReader {
  if (bytes === 1) return readByte;
  if (endian === 'big') return bytes === 2 ? read2Big : bytes === 4 ? read4Big : readerBig(bytes);
  return bytes === 2 ? read2Little : bytes === 4 ? read4Little : readerLittle(bytes);
}

export function writeLength(place: Buffer, { offset, bytes, endian }: LengthField, value: number): void {
  let rest = value;
  for (let i = 0; i < bytes; i++) {
    place[endian === 'big' ? offset + bytes - 1 - i : offset + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

function readByte(bytes: Buffer, at: number): number {
  return bytes[at] as number;
}

function read2Big(bytes: Buffer, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function read2Little(bytes: Buffer, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
}

function read4Big(bytes: Buffer, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

function read4Little(bytes: Buffer, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}

function readerBig(size: number): LengthReader {
  return (bytes, at) => {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (bytes[at + i] as number);
    return value;
  };
}

function readerLittle(size: number): LengthReader {
  return (bytes, at) => {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] as number);
    return value;
  };
}
