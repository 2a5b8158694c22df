import { deflateSync, inflateSync } from 'node:zlib';
import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import type { BlobValue } from './messages.ts';

const COMPRESSED = '.z';
/** Bytes that are encoded at once: what they make needs no padding between. */
const AT_ONCE = 3 * 16_384;

/** A BLOB that holds `data`, ready to be sent as often as wanted: it is encoded once. Give a format such as `.fits`. */
export function blobValue(data: Uint8Array, format: string, options: { compress?: boolean } = {}): BlobValue {
  const compress = options.compress === true && !format.endsWith(COMPRESSED);
  const bytes = compress ? deflateSync(data) : data;
  return {
    size: data.length,
    format: compress ? format + COMPRESSED : format,
    base64: encodeBase64(bytes),
  };
}

/**
 * The bytes of a BLOB, decompressed where its format ends with `.z`. The text and the decompressor are held to the size
 * that the BLOB states, before anything of that size is allocated.
 * Throws `BLOB_INVALID`, or `BLOB_ATTACHED` when the bytes did not come over this stream.
 * @param max largest BLOB, in bytes; default 256 MiB
 */
export function blobData(name: string, blob: BlobValue, max: number = indiLimits.values.blob): Buffer {
  const refuse = (reason: string, cause?: unknown): Error =>
    indiErrors.error('BLOB_INVALID', { name, reason }, cause);
  if (blob.attached) throw indiErrors.error('BLOB_ATTACHED', { name });
  const { size, format } = blob;
  if (size > max) throw refuse(`it has ${size} bytes, the limit is ${max}`);
  const compressed = format.endsWith(COMPRESSED);
  const bytes = decodeBase64(blob.base64, refuse);
  if (!compressed) {
    if (bytes.length !== size) throw refuse(`it states a size of ${size} bytes and has ${bytes.length}`);
    return bytes;
  }
  let whole: Buffer;
  try {
    // One byte more than stated is enough to see that it does not fit.
    whole = inflateSync(bytes, { maxOutputLength: size + 1 });
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw refuse(
      reason
        ? `it states a size of ${size} bytes and is larger`
        : `it cannot be decompressed (${(error as Error).message})`,
      error,
    );
  }
  if (whole.length !== size) throw refuse(`it states a size of ${size} bytes and has ${whole.length}`);
  return whole;
}

/**
 * Base64 in one line and one buffer, written piece by piece so that no string of the whole is made. Readers in C++ count
 * line ends as if they were base64, and read and write beyond the end of the BLOB by as much.
 */
function encodeBase64(data: Uint8Array): Buffer {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  const encoded = Buffer.allocUnsafe(4 * Math.ceil(bytes.length / 3));
  let to = 0;
  for (let from = 0; from < bytes.length; from += AT_ONCE)
    to += encoded.write(bytes.toString('base64', from, Math.min(from + AT_ONCE, bytes.length)), to, 'latin1');
  return encoded;
}

/** Node 22 and 24 do not have it. */
interface FromBase64 {
  readonly fromBase64?: (text: string) => Uint8Array;
}

function decodeBase64(text: Buffer, refuse: (reason: string, cause?: unknown) => Error): Buffer {
  try {
    const { fromBase64 } = Uint8Array as FromBase64;
    // `atob` accepts the same text, and copies once more.
    if (fromBase64 === undefined) return Buffer.from(atob(text.toString('latin1')), 'latin1');
    const bytes = fromBase64(text.toString('latin1'));
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  } catch (error) {
    throw refuse('it is not base64, or cut off', error);
  }
}
