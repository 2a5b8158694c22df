import { deflateSync, inflateSync } from 'node:zlib';
import { indiErrors } from '../catalogue.ts';
import { indiLimits } from '../limits.ts';
import type { BlobValue } from './messages.ts';

const COMPRESSED = '.z';
/** Bytes that are encoded in one step: a multiple of three, so that no padding occurs in between. */
const AT_ONCE = 3 * 16_384;

/** A BLOB with `data`. It is encoded once and can be sent many times. `format`: for example `.fits`. */
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
 * Decodes a BLOB, and decompresses it if its format ends with `.z`. The decoded data never exceeds the size that the
 * BLOB states, which is checked before memory of that size is allocated. Throws `BLOB_INVALID`, or `BLOB_ATTACHED` when
 * the bytes were not sent in this stream.
 * @param max maximum size of a BLOB in bytes; default 256 MiB
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
    // One byte more than stated shows that it is too large.
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
 * Base64 in one line and one buffer, written piece by piece, so that no string of the whole is made. Readers in C++
 * count line ends as base64, and then read and write beyond the end of the BLOB.
 */
function encodeBase64(data: Uint8Array): Buffer {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  const encoded = Buffer.allocUnsafe(4 * Math.ceil(bytes.length / 3));
  let to = 0;
  for (let from = 0; from < bytes.length; from += AT_ONCE)
    to += encoded.write(bytes.toString('base64', from, Math.min(from + AT_ONCE, bytes.length)), to, 'latin1');
  return encoded;
}

/** Not available in Node 22 and 24. */
interface FromBase64 {
  readonly fromBase64?: (text: string) => Uint8Array;
}

function decodeBase64(text: Buffer, refuse: (reason: string, cause?: unknown) => Error): Buffer {
  try {
    const { fromBase64 } = Uint8Array as FromBase64;
    // `atob` accepts the same text but makes one more copy.
    if (fromBase64 === undefined) return Buffer.from(atob(text.toString('latin1')), 'latin1');
    const bytes = fromBase64(text.toString('latin1'));
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  } catch (error) {
    throw refuse('it is not base64, or cut off', error);
  }
}
