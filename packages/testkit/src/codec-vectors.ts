import { readFile } from 'node:fs/promises';

/** A frame written down: its bytes in hex, its text, or its value. */
export type ShownFrame = { readonly hex: string } | { readonly text: string } | { readonly json: unknown };

/** Bytes of a wire and the frames they hold. */
export interface CodecVector {
  /** What is received, in hex; spaces do not count. */
  readonly hex: string;
  /** What comes out, up to an error if there is one. */
  readonly frames: readonly ShownFrame[];
  /** Code of the error that ends it; the peer closes after the last byte, so a rest is `FRAME_TRUNCATED`. */
  readonly error?: string;
  /** True: the peer falls silent before it closes, for as long as the codec waits. */
  readonly silence?: boolean;
  readonly note?: string;
}

/** A file of vectors. */
export interface CodecVectorFile {
  readonly name: string;
  /** Where the bytes and values come from. */
  readonly source: readonly string[];
  /** What `parseFraming` takes. */
  readonly framing?: string | object;
  readonly vectors: readonly CodecVector[];
}

/** Reads a file of vectors. */
export async function readVectors<T extends CodecVectorFile = CodecVectorFile>(file: URL): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}

/** How a frame is written down: bytes as hex, strings as text, all else as JSON with bytes in hex. */
export function showFrame(frame: unknown): ShownFrame {
  if (frame instanceof Uint8Array) return { hex: Buffer.from(frame).toString('hex') };
  if (typeof frame === 'string') return { text: frame };
  return { json: plain(frame) };
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
