/**
 * Encrypts what is saved, so that the database alone reveals neither names nor contents.
 *
 *     1    12      16    ..
 *     01 | nonce | tag | AES-256-GCM of JSON         bound to its place by the additional data
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { automationErrors } from '../catalogue.ts';

const VERSION = 1;
const NONCE = 12;
const TAG = 16;

export class Vault {
  readonly #cipherKey: Buffer;
  readonly #nameKey: Buffer;
  readonly #random: (size: number) => Buffer;

  /** @param key 32 bytes */
  constructor(key: Uint8Array, random: (size: number) => Buffer = randomBytes) {
    const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', key, '', `fairlead ${purpose}`, 32));
    this.#cipherKey = derive('contents');
    this.#nameKey = derive('names');
    this.#random = random;
  }

  /** A keyed hash that replaces a name in the database. */
  idOf(kind: string, name: string): Buffer {
    return createHmac('sha256', this.#nameKey).update(`${kind}\0${name}`).digest().subarray(0, 16);
  }

  /** @param place what it belongs to: bytes that are moved elsewhere cannot be decrypted */
  seal(value: unknown, place: string): Buffer {
    const nonce = this.#random(NONCE);
    const cipher = createCipheriv('aes-256-gcm', this.#cipherKey, nonce).setAAD(Buffer.from(place));
    const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), text]);
  }

  /** Throws SECRET_UNREADABLE. */
  open(sealed: Uint8Array, place: string): unknown {
    try {
      if (sealed[0] !== VERSION) throw new Error('unknown version');
      const at = 1 + NONCE;
      const decipher = createDecipheriv('aes-256-gcm', this.#cipherKey, sealed.subarray(1, at))
        .setAAD(Buffer.from(place))
        .setAuthTag(sealed.subarray(at, at + TAG));
      const text = Buffer.concat([decipher.update(sealed.subarray(at + TAG)), decipher.final()]);
      return JSON.parse(text.toString('utf8'));
    } catch (cause) {
      const kind = place.split('\0')[0] as string;
      throw automationErrors.error('SECRET_UNREADABLE', { kind }, cause);
    }
  }
}
