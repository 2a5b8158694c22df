/**
 * A tar archive of plain files, which every `tar` reads: POSIX ustar, and GNU's base-256 for sizes from 8 GiB.
 *
 * ```text
 *   0..99    NAME          ASCII, ended by zeros
 * 100..107   MODE          octal, 7 digits and a zero
 * 108..123   UID, GID      octal
 * 124..135   SIZE          octal, 11 digits and a zero; or 0x80 and the size in the last 8 bytes
 * 136..147   MTIME         octal, Unix seconds
 * 148..155   CHECK         sum of the 512 bytes, with spaces here: 6 octal digits, a zero and a space
 * 156        TYPE          '0': a file
 * 257..264   "ustar" 0 "00"
 * 512..      the bytes of the file, filled up to 512 with zeros
 * ```
 *
 * Two blocks of zeros end the archive.
 */
import { serverErrors } from '../catalogue.ts';

export const BLOCK = 512;
const LARGEST_OCTAL = 0o77777777777;

interface TarEntry {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** @param time Unix milliseconds */
export function tarHead({ name, size }: TarEntry, time: number): Buffer {
  const head = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number) =>
    head.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  head.write(name, 0, 'latin1');
  octal(0o600, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  if (size <= LARGEST_OCTAL) octal(size, 124, 11);
  else {
    head[124] = 0x80;
    head.writeBigUInt64BE(BigInt(size), 128);
  }
  octal(Math.trunc(time / 1_000), 136, 11);
  head.write('0', 156, 'latin1');
  head.write('ustar\x0000', 257, 'latin1');
  octal(sumOf(head), 148, 6);
  head.write('\0 ', 154, 'latin1');
  return head;
}

/** Zeros behind a file of this size. */
export const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

/** undefined: a block of zeros, the end. Throws a text that says what is wrong. */
function parseHead(head: Buffer): TarEntry | undefined {
  if (head.every((byte) => byte === 0)) return undefined;
  const stated = octalIn(head, 148, 8);
  if (stated !== sumOf(head)) throw new BadArchive('it is not a tar archive, or is damaged');
  if (head[156] !== 0x30) throw new BadArchive('it contains something other than plain files');
  const end = head.indexOf(0);
  const name = head.toString('latin1', 0, Math.min(end < 0 ? 100 : end, 100));
  const size = head[124] === 0x80 ? Number(head.readBigUInt64BE(128)) : octalIn(head, 124, 12);
  if (!Number.isSafeInteger(size))
    throw new BadArchive(`the size of ${JSON.stringify(name)} is not a number`);
  return { name, size };
}

/** The sum of all bytes, with spaces in place of the sum. */
function sumOf(head: Buffer): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += head[at] as number;
  return sum;
}

function octalIn(head: Buffer, at: number, length: number): number {
  const text = head.toString('latin1', at, at + length).replace(/[\0 ]+$/, '');
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
}

/** Why an archive cannot be read; {@link TarReader.invalid} makes an error of the catalogue of it. */
class BadArchive extends Error {}

/** Reads an archive as it comes, entry by entry. Holds one chunk at a time. */
export class TarReader {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #file: string;
  #chunk: Uint8Array = new Uint8Array();

  /** @param file the name of the archive, for messages */
  constructor(source: AsyncIterable<Uint8Array>, file: string) {
    this.#source = source[Symbol.asyncIterator]();
    this.#file = file;
  }

  /** The next entry, whose bytes must be read before the entry after it. undefined: the end. Rejects with BACKUP_INVALID. */
  async next(): Promise<TarEntry | undefined> {
    const head = Buffer.alloc(BLOCK);
    let at = 0;
    for await (const part of this.bytes(BLOCK)) {
      head.set(part, at);
      at += part.length;
    }
    try {
      return parseHead(head);
    } catch (error) {
      throw error instanceof BadArchive ? this.invalid(error.message) : error;
    }
  }

  /** The next `size` bytes, in parts. Rejects with BACKUP_INVALID if the archive ends before. */
  async *bytes(size: number): AsyncGenerator<Uint8Array> {
    let left = size;
    while (left > 0) {
      if (this.#chunk.length === 0) {
        const { done, value } = await this.#source.next();
        if (done) throw this.invalid('it ends too early');
        this.#chunk = value;
        continue;
      }
      const part = this.#chunk.subarray(0, left);
      this.#chunk = this.#chunk.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  /** The whole of a small file. */
  async whole(size: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for await (const part of this.bytes(size)) parts.push(Buffer.from(part));
    await this.skip(padding(size));
    return Buffer.concat(parts);
  }

  async skip(size: number): Promise<void> {
    for await (const _ of this.bytes(size));
  }

  invalid(reason: string): Error {
    return serverErrors.error('BACKUP_INVALID', { file: this.#file, reason });
  }
}
