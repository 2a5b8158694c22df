// Messages that are encrypted.

import { decrypt, fromHex, latin1, utf8Bytes } from 'fairlead:helpers';

export const iv = new Uint8Array(16);

/** A key of 16, 24 or 32 characters, or of twice as many hex digits. */
function keys(secret: string): Uint8Array[] {
  const found = [utf8Bytes(secret), /^([0-9a-f]{2})+$/i.test(secret) ? fromHex(secret) : undefined];
  const fitting = found.filter((key) => key !== undefined && [16, 24, 32].includes(key.length));
  if (fitting.length === 0) throw new Error('the secret is not an AES key: 16, 24 or 32 characters, or hex');
  return fitting as Uint8Array[];
}

/** What is behind the padding, with the key that fits. */
export function decrypted(rest: string, secret: string): { rest: string; key: Uint8Array } {
  const digits = rest.replace(/\]$/, '');
  if (!/^([0-9a-f]{32})+$/i.test(digits)) throw new Error('the encrypted content is not whole blocks');
  for (const key of keys(secret)) {
    const text = latin1(decrypt('aes-cbc', key, fromHex(digits), { iv, padding: false }));
    const bar = text.indexOf('|');
    if (bar >= 0 && /^[^[\]]*$/.test(text.slice(0, bar)) && /\]/.test(text.slice(bar)))
      return { rest: text.slice(bar + 1), key };
  }
  throw new Error('the secret does not decrypt the message');
}
