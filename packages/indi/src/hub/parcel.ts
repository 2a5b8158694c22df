import type { RawElement } from '../wire/index.ts';

/** Bytes on their way, whole elements, shared by all who get them. */
export interface Parcel {
  /** Of a large BLOB as many as it came in. */
  readonly pieces: readonly Buffer[];
  /** Bytes of all of them. */
  readonly size: number;
  /** A BLOB of a stream: it may be dropped for who cannot keep up, as the next picture follows. */
  readonly stream: boolean;
}

/** Pieces up to this size are joined rather than sent one by one. */
const JOIN_UP_TO = 16_384;
/** A view that is a smaller part of its memory than this is copied, so that who is slow does not pin the rest. */
const PINS_AT_MOST = 4;
const LF = 0x0a;
const NEWLINE = Buffer.from('\n');

/** Bytes that hold whole elements as a parcel. */
export function parcelOf(bytes: Buffer): Parcel {
  return { pieces: [bytes], size: bytes.length, stream: false };
}

/** Each a parcel of its own, as elements with BLOBs are. */
export function packEach(elements: readonly RawElement[]): Parcel[] {
  return elements.map(packBlob);
}

/**
 * The bytes of elements in as few pieces as possible: those that lie next to each other in memory, as they do in a chunk,
 * are one view, with the line ends between them.
 */
export function packTogether(elements: readonly RawElement[]): Parcel[] {
  const pieces: Buffer[] = [];
  let first = elements[0]?.bytes as Buffer;
  let end = first.byteOffset + first.length;
  for (let i = 1; i < elements.length; i++) {
    const { bytes } = elements[i] as RawElement;
    if (bytes.buffer === first.buffer && follows(bytes, end)) end = bytes.byteOffset + bytes.length;
    else {
      pieces.push(between(first, end));
      first = bytes;
      end = bytes.byteOffset + bytes.length;
    }
  }
  pieces.push(between(first, end));
  return join(pieces).map(parcelOf);
}

function packBlob(element: RawElement): Parcel {
  const pieces = element.pieces.map(unpinned);
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  return { pieces, size, stream: isStream(element) };
}

/** Whether `bytes` begin at `end` of the same memory, or one line end later. */
function follows(bytes: Buffer, end: number): boolean {
  const gap = bytes.byteOffset - end;
  return gap === 0 || (gap === 1 && new Uint8Array(bytes.buffer, end, 1)[0] === LF);
}

function between(first: Buffer, end: number): Buffer {
  return Buffer.from(first.buffer, first.byteOffset, end - first.byteOffset);
}

function join(pieces: readonly Buffer[]): Buffer[] {
  const joined: Buffer[] = [];
  let small: Buffer[] = [];
  const flush = () => {
    if (small.length === 1) joined.push(unpinned(small[0] as Buffer));
    else if (small.length > 1) joined.push(Buffer.concat(small.flatMap((piece) => [piece, NEWLINE])));
    small = [];
  };
  for (const piece of pieces) {
    if (piece.length <= JOIN_UP_TO) small.push(piece);
    else {
      flush();
      joined.push(piece);
    }
  }
  flush();
  return joined;
}

function unpinned(bytes: Buffer): Buffer {
  if (bytes.length * PINS_AT_MOST >= bytes.buffer.byteLength) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}

/** Whether the format of its first BLOB says that it is one of a stream: `.stream`, `.stream_jpg`. */
function isStream(element: RawElement): boolean {
  const { first, headLength } = element;
  const head = first.toString('latin1', headLength, headLength + 512);
  return /\sformat\s*=\s*["'][^"']*stream/.test(head);
}
