/** AccessTokens as received. */
import { isGeneratedToken } from '@fairlead/tcp';

const LF = 0x0a;
const CR = 0x0d;
/** A token of ours, or the beginning of one. */
const TOKEN = /fl_[0-9a-f]{1,32}/g;
/** Bytes that are shown of what cannot be a token. */
const SHOWN = 16;

/** The token without the line end after it, which devices that are fed by hand send. */
export function withoutLineEnd(bytes: Buffer): Buffer {
  let end = bytes.length;
  if (bytes[end - 1] === LF) end--;
  if (bytes[end - 1] === CR) end--;
  return bytes.subarray(0, end);
}

/** The same bytes with asterisks in the place of tokens that Fairlead made, also of one that is cut off at the end. */
export function withoutTokens(bytes: Uint8Array): Buffer {
  const text = Buffer.from(bytes).toString('latin1');
  return Buffer.from(
    text.replace(TOKEN, (token) => '*'.repeat(token.length)),
    'latin1',
  );
}

/**
 * Describes an unknown token without showing what may help to guess one. A token is printable ASCII: of such bytes
 * nothing is shown, as they may be the token of another device, or one with a character too many. Of bytes that cannot be
 * a token the first 16 are shown in hex, the printable ones as `..`.
 */
export function kindOfToken(bytes: Uint8Array): string {
  if (isGeneratedToken(Buffer.from(bytes).toString('latin1'))) return 'in the form that Fairlead makes';
  if (bytes.every(isPrintable)) return 'printable text';
  const shown = Array.from(bytes.subarray(0, SHOWN), (byte) =>
    isPrintable(byte) ? '..' : byte.toString(16).padStart(2, '0'),
  );
  return `not text, hex ${shown.join(' ')}${bytes.length > SHOWN ? ' and so on' : ''}`;
}

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte <= 0x7e;
