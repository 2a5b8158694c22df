import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/**
 * The key of a secret: its text in UTF-8, or the bytes of `whsec_` and base64, which is how generators of the Standard Webhooks
 * specification print secrets. undefined: nothing is left of it.
 */
export function signingKey(secret: string): Buffer | undefined {
  const key = secret.startsWith(PREFIX)
    ? Buffer.from(secret.slice(PREFIX.length), 'base64')
    : Buffer.from(secret, 'utf8');
  return key.length === 0 ? undefined : key;
}

/**
 * The value of the header `webhook-signature` (Standard Webhooks 1.0): `v1,` and the HMAC-SHA-256 in base64 of id, timestamp and
 * body, joined by dots.
 * @param timestamp Unix seconds; a receiver refuses old ones, so that a recorded request cannot be sent again
 */
export function signature(key: Uint8Array, id: string, timestamp: number, body: string): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
