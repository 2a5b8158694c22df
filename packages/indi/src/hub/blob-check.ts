import { type FairleadError, isFairleadError } from '@fairlead/core';
import { indiErrors } from '../catalogue.ts';
import { parseAttributes } from '../wire/element.ts';
import type { RawElement } from '../wire/index.ts';
import { Utf8 } from '../wire/text.ts';

/** How a BLOB begins. */
export const OPENING = '<oneBLOB';
const LT = 0x3c;
const GT = 0x3e;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;

/**
 * What is wrong with the BLOBs of a vector: a size that is missing or no number, or bytes that are not in it but beside
 * the stream. Other programs fall over these. The base64 is skipped.
 */
export function blobFault(element: RawElement): FairleadError | undefined {
  let from = element.headLength;
  for (const piece of element.pieces) {
    const fault = pieceFault(piece, from);
    if (fault !== undefined) return fault;
    from = 0;
  }
  return undefined;
}

function pieceFault(bytes: Buffer, from: number): FairleadError | undefined {
  for (let at = from; ; ) {
    at = bytes.indexOf(LT, at);
    if (at < 0) return undefined;
    const end = tagEnd(bytes, at);
    if (bytes.toString('latin1', at, at + OPENING.length) === OPENING) {
      const fault = tagFault(bytes.subarray(at, end));
      if (fault !== undefined) return fault;
    }
    at = end;
  }
}

function tagFault(tag: Buffer): FairleadError | undefined {
  try {
    const { name = '?', size, attached } = parseAttributes(new Utf8(tag), OPENING.length, tag.length - 1);
    if (attached === 'true') return indiErrors.error('BLOB_ATTACHED', { name });
    if (size === undefined) return indiErrors.error('BLOB_INVALID', { name, reason: 'it states no size' });
    const bytes = size.trim() === '' ? Number.NaN : Number(size);
    if (Number.isSafeInteger(bytes) && bytes >= 0) return undefined;
    return indiErrors.error('BLOB_INVALID', {
      name,
      reason: `its size "${size.slice(0, 40)}" is no number of bytes`,
    });
  } catch (error) {
    if (isFairleadError(error)) return error;
    throw error;
  }
}

/** The byte after the `>` that ends the tag at `from`. */
export function tagEnd(bytes: Buffer, from: number): number {
  let quote = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (quote !== 0) quote = byte === quote ? 0 : quote;
    else if (byte === QUOTE || byte === APOSTROPHE) quote = byte;
    else if (byte === GT) return at + 1;
  }
  return bytes.length;
}
