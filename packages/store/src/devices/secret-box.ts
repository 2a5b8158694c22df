/** Encryption of the secrets of devices. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFairleadError } from '@fairlead/core';
import { storeErrors } from '../catalogue.ts';

const KEY_FILE = 'device-secrets.key';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals a text for one device: 12 bytes of nonce, the text under AES-256-GCM, 16 bytes of tag. A sealed text that was moved
 * to another device cannot be opened.
 */
export class SecretBox {
  readonly #key: Uint8Array;
  /** Where the key comes from, for messages. */
  readonly source: string;

  constructor(key: Uint8Array, source: string) {
    this.#key = key;
    this.source = source;
  }

  /** @param device id of the device */
  seal(text: string, device: string): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(Buffer.from(device));
    return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  }

  /** 32 bytes that are the same for the same text, and say nothing of it without the key: to look sealed texts up. */
  mark(text: string): Buffer {
    return createHmac('sha256', this.#key).update(`mark ${text}`).digest();
  }

  /** Throws DEVICE_SECRET_UNREADABLE: another key, or damaged bytes. */
  open(sealed: Uint8Array, device: string): string {
    try {
      const iv = sealed.subarray(0, IV_BYTES);
      const tag = sealed.subarray(-TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', this.#key, iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(device)).setAuthTag(tag);
      const text = decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch (cause) {
      throw storeErrors.error('DEVICE_SECRET_UNREADABLE', { source: this.source }, cause);
    }
  }
}

/**
 * The box with the key of a data folder. Makes a key, for its owner only, where there is none. Throws
 * DEVICE_KEY_INVALID.
 *
 * @param given a secret to derive the key from, instead of the file
 */
export function openSecretBox(dir: string, given?: string): SecretBox {
  if (given !== undefined) {
    const key = hkdfSync('sha256', given.toLowerCase(), '', 'fairlead secrets of devices', 32);
    return new SecretBox(new Uint8Array(key), 'FAIRLEAD_SECRET_KEY');
  }
  const file = join(dir, KEY_FILE);
  try {
    return new SecretBox(makeKey(file) ?? readKey(file), file);
  } catch (error) {
    if (isFairleadError(error)) throw error;
    throw storeErrors.error('DEVICE_KEY_INVALID', { file, reason: (error as Error).message }, error);
  }
}

/** undefined: there is a key already. */
function makeKey(file: string): Buffer | undefined {
  const key = randomBytes(32);
  try {
    writeFileSync(file, `${key.toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true });
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
}

function readKey(file: string): Buffer {
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  const text = readFileSync(file, 'utf8').trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  throw storeErrors.error('DEVICE_KEY_INVALID', { file, reason: 'it is not 64 hexadecimal digits' });
}
