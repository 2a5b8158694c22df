import { readFile } from 'node:fs/promises';

/** A frame in a vector: its bytes in hex, its text, or its value. */
export type ShownFrame = { readonly hex: string } | { readonly text: string } | { readonly json: unknown };

/** Received bytes and the frames that they contain. */
export interface CodecVector {
  /** The received bytes in hex; spaces are ignored. */
  readonly hex: string;
  /** The decoded frames, up to an error if there is one. */
  readonly frames: readonly ShownFrame[];
  /** The code of the error. The peer closes after the last byte, so that an incomplete frame gives `FRAME_TRUNCATED`. */
  readonly error?: string;
  /** True: before it closes, the peer is silent for as long as the codec waits. */
  readonly silence?: boolean;
  readonly note?: string;
}

/** A file of vectors. */
export interface CodecVectorFile {
  readonly name: string;
  /** Where the bytes and values come from. */
  readonly source: readonly string[];
  /** The argument of `parseFraming`. */
  readonly framing?: string | object;
  readonly vectors: readonly CodecVector[];
}

/** Reads a file of vectors. */
export async function readVectors<T extends CodecVectorFile = CodecVectorFile>(file: URL): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}

/** Formats a frame for a vector: bytes as hex, strings as text, other values as JSON with bytes in hex. */
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
