/**
 * The bytes that were received and not yet framed, in one contiguous piece.
 *
 *            start                      end
 *   ...........|######### unread ########|.......
 *
 * Offsets in its methods count from `start`. Views that `take` and `view` return share memory with the window and stay
 * valid: bytes once handed out are never written again. A view pins the chunk it was cut from; copy bytes that you keep for long.
 */
export class ByteWindow {
  bytes: Buffer = EMPTY;
  start = 0;
  end = 0;
  /** Bytes from `start` that the decoder asked for; it is not called with fewer. */
  needed = 1;

  get length(): number {
    return this.end - this.start;
  }

  /** "I need `total` bytes, counted from the window's start": what a decoder returns when a frame is incomplete. */
  short(total: number): undefined {
    this.needed = total;
    return undefined;
  }

  /** The byte at `offset`; the caller has checked that it is there. */
  at(offset: number): number {
    return this.bytes[this.start + offset] as number;
  }

  /** A view of bytes without taking them. */
  view(from: number, to: number): Buffer {
    return cut(this.bytes, this.start + from, this.start + to);
  }

  /** Takes `length` bytes as a view. */
  take(length: number): Buffer {
    const from = this.start;
    this.start = from + length;
    return cut(this.bytes, from, from + length);
  }

  /** Skips `length` bytes. */
  skip(length: number): void {
    this.start += length;
  }

  /** Offset of the first `value` (a byte or a sequence) at or after `from`, or -1. Bytes past `end` are not looked at. */
  indexOf(value: number | Uint8Array, from = 0): number {
    return this.find(value, from, this.end - this.start);
  }

  /** The same within the bytes before `to`. */
  find(value: number | Uint8Array, from: number, to: number): number {
    const end = this.start + to;
    const found = searchIn(this.bytes, value, this.start + from, end);
    if (found < 0) return -1;
    const length = typeof value === 'number' ? 1 : value.length;
    return found + length <= end ? found - this.start : -1;
  }
}

/** Where `value` begins in the bytes `from` to `end`; it may extend beyond `end`. */
export function searchIn(bytes: Buffer, value: number | Uint8Array, from: number, end: number): number {
  return (bytes as BoundedSearch).indexOf(value, from, end);
}

/** Whether `what` is at `at`; undefined if there are too few bytes before `to` to decide. */
export function standsAt(
  window: ByteWindow,
  at: number,
  what: Uint8Array,
  to = window.length,
): boolean | undefined {
  for (let i = 0; i < what.length; i++) {
    if (at + i >= to) return undefined;
    if (window.at(at + i) !== what[i]) return false;
  }
  return true;
}

/** Node 26 bounds the search; its type declarations do not have the parameter yet. A Node that ignores `end` is only slower. */
interface BoundedSearch {
  indexOf(value: number | Uint8Array, from: number, end: number): number;
}

type ViewClass = new (memory: ArrayBufferLike, offset: number, length: number) => Buffer;
/**
 * The class of Buffers, whose constructor Node offers only as the species of `Buffer`. `new View(memory, offset, length)` is
 * what {@link cut} does; a loop that cuts many views from one chunk reads `memory` and `offset` of it once.
 */
export const View = (Buffer as unknown as { readonly [Symbol.species]: ViewClass })[Symbol.species];

/**
 * The view that `bytes.subarray(from, to)` gives, for offsets that are known to be within `bytes`. It leaves out the checks,
 * which would cost a tenth of the time for a small frame.
 */
export function cut(bytes: Buffer, from: number, to: number): Buffer {
  return new View(bytes.buffer, bytes.byteOffset + from, to - from);
}

const EMPTY = Buffer.alloc(0);
