import type { HeadVerdict } from './http.ts';

/**
 * Whether a connection that begins with these bytes speaks TLS: a record that holds a ClientHello.
 *
 *     0     1     2     3  4      5     6  7  8    9     10
 *     0x16  0x03  minor length    0x01  length     0x03  minor
 *
 * Refuse such a peer of a plaintext port with `TLS_UNEXPECTED`. Source: RFC 8446 sections 5.1 and 4.1.2.
 */
export function isTlsClientHello(bytes: Uint8Array): HeadVerdict {
  const at = (index: number, expected: number) => index >= bytes.length || bytes[index] === expected;
  if (!at(0, 0x16) || !at(1, 0x03) || !at(5, 0x01) || !at(9, 0x03)) return 'no';
  const [minor = 0, lengthHigh = 0] = bytes.subarray(2);
  if (minor > 4 || lengthHigh > 0x40) return 'no';
  return bytes.length > 9 ? 'yes' : 'undecided';
}
