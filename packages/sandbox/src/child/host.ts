/**
 * What `isolate/helpers/host.ts` asks for: functions of Node, bounded in size and with it in time. Whatever they are given comes
 * from a script: a function returns bytes that share memory with nothing, or a text behind `=`, or the reason of a refusal behind `!`.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  randomBytes,
} from 'node:crypto';
import { inflateRawSync, unzipSync } from 'node:zlib';
import { decodeText, encodeText } from './code-pages.ts';

/** Bytes, or characters, that one call takes, and that it gives. */
export const hostBytes = 2 ** 20;
/** Random bytes that one call gives: more than any challenge, key or nonce has. */
const RANDOM_BYTES = 1_024;
const TAG_LENGTH = 16;
/** DLMS sends the first bytes of the tag only. */
const LEAST_TAG_LENGTH = 12;

class Refused extends Error {}

type Call = (args: readonly unknown[]) => Uint8Array | string;

const calls: Readonly<Record<string, Call>> = {
  digest: ([name, data]) => createHash(oneOf(DIGESTS, name)).update(bytes(data)).digest(),
  hmac: ([name, key, data]) => createHmac(oneOf(DIGESTS, name), bytes(key)).update(bytes(data)).digest(),
  encrypt: (args) => encrypt(cipherOf(args)),
  decrypt: (args) => decrypt(cipherOf(args), args[6]),
  x25519: ([own, peer]) =>
    diffieHellman({
      privateKey: createPrivateKey(der(X25519_PRIVATE, own)),
      publicKey: createPublicKey({ ...der(X25519_PUBLIC, peer), type: 'spki' }),
    }),
  random: ([count]) => randomBytes(countOf(count)),
  inflate: ([data, raw, max]) => inflate(bytes(data), raw === true, Number(max)),
  decodeText: ([data, encoding]) => `=${known(decodeText(bytes(data), String(encoding)), encoding)}`,
  encodeText: ([text, encoding]) => known(encodeText(string(text), String(encoding)), encoding),
};

/** Never throws. */
export function callHost(name: string, ...args: unknown[]): Uint8Array | string {
  try {
    const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
    const result = call?.(args) ?? '!there is no such function';
    // A copy: a buffer of Node may be a part of a larger one, which holds what does not concern the script.
    return typeof result === 'string' ? result : new Uint8Array(result);
  } catch (error) {
    return `!${error instanceof Refused ? error.message : reasonOf(error)}`;
  }
}

/**
 * The same for scripts, with a bound on the time of all calls of one entry into a script. isolated-vm stops its own clock
 * while a function of the host runs. A script that goes on is stopped by that clock, since a refusal takes no time.
 */
export class Host {
  readonly #budget: number;
  #left = 0;

  /** @param budget milliseconds */
  constructor(budget: number) {
    this.#budget = budget;
  }

  /** A script is entered. */
  renew(): void {
    this.#left = this.#budget;
  }

  readonly call: typeof callHost = (name, ...args) => {
    if (this.#left <= 0) return '!the time for such functions is used up';
    const start = performance.now();
    const result = callHost(name, ...args);
    this.#left -= performance.now() - start;
    return result;
  };
}

/** Errors of OpenSSL and zlib tell in a code what is wrong; the rest of their text is of no use. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && code.startsWith('ERR_OSSL_')
    ? code.slice('ERR_OSSL_'.length).toLowerCase().replaceAll('_', ' ')
    : String(message).slice(0, 200);
}

const DIGESTS = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'] as const;

function oneOf(list: readonly string[], name: unknown): string {
  if (list.includes(name as string)) return name as string;
  throw new Refused(`"${String(name).slice(0, 60)}" is none of ${list.join(', ')}`);
}

function bytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new Refused('expected bytes');
  if (value.length > hostBytes) throw new Refused(`${value.length} bytes, the limit is ${hostBytes}`);
  return value;
}

function countOf(value: unknown): number {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= RANDOM_BYTES)
    return value as number;
  throw new Refused(`expected a number of bytes from 0 to ${RANDOM_BYTES}`);
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw new Refused('expected text');
  if (value.length > hostBytes) throw new Refused(`${value.length} characters, the limit is ${hostBytes}`);
  return value;
}

function known<T>(result: T | undefined, encoding: unknown): T {
  if (result !== undefined) return result;
  throw new Refused(`no encoding of this name: ${String(encoding).slice(0, 60)}`);
}

// --- ciphers ----------------------------------------------------------------------------------------------------------

interface Cipher {
  /** The name that OpenSSL has for it. */
  readonly name: string;
  readonly key: Uint8Array;
  readonly iv: Uint8Array | null;
  readonly data: Uint8Array;
  readonly padding: boolean;
  readonly aad: Uint8Array | undefined;
  /** Whether a tag is behind the data. */
  readonly tagged: boolean;
}

const AES = ['aes-ecb', 'aes-cbc', 'aes-ctr', 'aes-gcm'];
/** OpenSSL keeps single DES apart, but it is triple DES with three equal keys. */
const DES = ['des-ecb', 'des-cbc', 'des-ede3-ecb', 'des-ede3-cbc'];
const CHACHA = 'chacha20poly1305';

function cipherOf([kind, key_, data, iv, padding, aad]: readonly unknown[]): Cipher {
  const name = oneOf([...AES, ...DES, CHACHA], kind);
  const key = bytes(key_);
  const block = name.endsWith('-ecb');
  if (!block && iv === undefined) throw new Refused(`${name} needs an "iv"`);
  const common = {
    iv: block ? null : bytes(iv),
    data: bytes(data),
    padding: padding !== false,
    aad: aad === undefined ? undefined : bytes(aad),
    tagged: name === 'aes-gcm' || name === CHACHA,
  };
  if (name === CHACHA) return { ...common, key, name: 'chacha20-poly1305' };
  if (AES.includes(name)) {
    if (![16, 24, 32].includes(key.length)) throw wrongKey(name, key, '16, 24 or 32');
    return { ...common, key, name: `aes-${8 * key.length}-${name.slice('aes-'.length)}` };
  }
  const triple = name.includes('ede3');
  if (!(triple ? [16, 24] : [8]).includes(key.length)) throw wrongKey(name, key, triple ? '16 or 24' : '8');
  const whole = Buffer.concat([key, key, key]).subarray(0, 24);
  // The name of ECB is that of the algorithm alone.
  return { ...common, key: whole, name: name.endsWith('cbc') ? 'des-ede3-cbc' : 'des-ede3' };
}

function wrongKey(name: string, key: Uint8Array, expected: string): Refused {
  return new Refused(`${name} takes a key of ${expected} bytes, got ${key.length}`);
}

function encrypt({ name, key, iv, data, padding, aad, tagged }: Cipher): Uint8Array {
  // The types know the modes apart only by literal names.
  const cipher = createCipheriv(name as 'aes-128-gcm', key, iv as Uint8Array, tagOptions(tagged));
  cipher.setAutoPadding(padding);
  if (tagged && aad !== undefined) cipher.setAAD(aad);
  const parts = [cipher.update(data), cipher.final()];
  if (tagged) parts.push(cipher.getAuthTag());
  return Buffer.concat(parts);
}

function decrypt({ name, key, iv, data, padding, aad, tagged }: Cipher, apart: unknown): Uint8Array {
  const end = apart === undefined ? data.length - TAG_LENGTH : data.length;
  const tag = apart === undefined ? data.subarray(Math.max(end, 0)) : bytes(apart);
  const least = apart === undefined ? TAG_LENGTH : LEAST_TAG_LENGTH;
  if (tagged && (end < 0 || tag.length < least || tag.length > TAG_LENGTH))
    throw new Refused(`the tag must have ${least === TAG_LENGTH ? '' : `${least} to `}${TAG_LENGTH} bytes`);
  const decipher = createDecipheriv(
    name as 'aes-128-gcm',
    key,
    iv as Uint8Array,
    tagOptions(tagged, tag.length),
  );
  decipher.setAutoPadding(padding);
  if (!tagged) return Buffer.concat([decipher.update(data), decipher.final()]);
  if (aad !== undefined) decipher.setAAD(aad);
  decipher.setAuthTag(tag);
  return Buffer.concat([decipher.update(data.subarray(0, end)), decipher.final()]);
}

function tagOptions(tagged: boolean, length = TAG_LENGTH): { authTagLength?: number } {
  return tagged ? { authTagLength: length } : {};
}

// --- keys and compression ---------------------------------------------------------------------------------------------

/** What stands before the 32 bytes of a key in PKCS #8 and SPKI (RFC 8410). */
const X25519_PRIVATE = '302e020100300506032b656e04220420';
const X25519_PUBLIC = '302a300506032b656e032100';

function der(head: string, key: unknown): { key: Buffer; format: 'der'; type: 'pkcs8' } {
  const own = bytes(key);
  if (own.length !== 32) throw new Refused(`a key has 32 bytes, got ${own.length}`);
  return { key: Buffer.concat([Buffer.from(head, 'hex'), own]), format: 'der', type: 'pkcs8' };
}

function inflate(data: Uint8Array, raw: boolean, max: number): Uint8Array {
  if (!(max >= 1 && max <= hostBytes)) throw new Refused(`"max" must be 1 to ${hostBytes}`);
  try {
    return (raw ? inflateRawSync : unzipSync)(data, { maxOutputLength: Math.floor(max) });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Refused(
      code === 'ERR_BUFFER_TOO_LARGE' ? `more than ${max} bytes` : 'the bytes are not compressed',
    );
  }
}
