/** `fairlead:helpers`: digests, ciphers and what is compressed. The host does the work; each call takes at most 1 MiB. */
import { bytesOfHost } from './host.ts';
import { utf8Bytes } from './text.ts';

/** Text stands for its UTF-8. */
type BytesOrText = Uint8Array | string;

export const md5 = (bytes: BytesOrText): Uint8Array => bytesOfHost('digest', 'md5', own(bytes));
export const sha1 = (bytes: BytesOrText): Uint8Array => bytesOfHost('digest', 'sha1', own(bytes));
export const sha256 = (bytes: BytesOrText): Uint8Array => bytesOfHost('digest', 'sha256', own(bytes));

/** HMAC of RFC 2104. */
export function hmac(
  name: 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512',
  key: BytesOrText,
  bytes: BytesOrText,
): Uint8Array {
  return bytesOfHost('hmac', name, own(key), own(bytes));
}

/** The length of the key tells AES-128, 192 and 256, and which DES: 8, 16 or 24 bytes. */
export type Cipher =
  | 'aes-ecb'
  | 'aes-cbc'
  | 'aes-ctr'
  | 'aes-gcm'
  | 'des-ecb'
  | 'des-cbc'
  | 'des-ede3-cbc'
  | 'des-ede3-ecb'
  | 'chacha20poly1305';

export interface CipherOptions {
  /** All but ECB need it: 16 bytes for AES, 8 for DES, 12 for the usual GCM and ChaCha20-Poly1305. */
  iv?: Uint8Array;
  /** ECB and CBC: whether the data is padded to whole blocks as PKCS #7 has it. Default true. */
  padding?: boolean;
  /** GCM and ChaCha20-Poly1305: data that is authenticated only. */
  aad?: Uint8Array;
  /** To decrypt with these two: the tag, where it does not follow the data. */
  tag?: Uint8Array;
}

/** GCM and ChaCha20-Poly1305 give the data with the tag of 16 bytes behind it. A wrong key or length throws a RangeError. */
export function encrypt(
  cipher: Cipher,
  key: Uint8Array,
  bytes: BytesOrText,
  options: Omit<CipherOptions, 'tag'> = {},
): Uint8Array {
  return bytesOfHost('encrypt', ...cipherArguments(cipher, key, bytes, options));
}

/** Data that does not fit its tag or its padding throws a RangeError. */
export function decrypt(
  cipher: Cipher,
  key: Uint8Array,
  bytes: Uint8Array,
  options: CipherOptions = {},
): Uint8Array {
  return bytesOfHost('decrypt', ...cipherArguments(cipher, key, bytes, options));
}

function cipherArguments(
  cipher: Cipher,
  key: Uint8Array,
  bytes: BytesOrText,
  { iv, padding = true, aad, tag }: CipherOptions,
): Parameters<typeof bytesOfHost> extends [string, ...infer Rest] ? Rest : never {
  return [cipher, own(key), own(bytes), iv && own(iv), padding, aad && own(aad), tag && own(tag)];
}

/** Random bytes that nobody can guess, for challenges, keys and nonces: 0 to 1,024 of them. */
export const randomBytes = (count: number): Uint8Array => bytesOfHost('random', count);

/** The shared secret of X25519 (RFC 7748): 32 bytes, of a private and a public key of 32 bytes. */
export function x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  return bytesOfHost('x25519', own(privateKey), own(publicKey));
}

/**
 * What zlib or gzip compressed; `raw`: deflate without a header. More than `max` bytes (1 MiB at most, which is also the
 * default) throw a RangeError, as do bytes that are not compressed.
 */
export function inflate(
  bytes: Uint8Array,
  { raw = false, max = 2 ** 20 }: { raw?: boolean; max?: number } = {},
): Uint8Array {
  return bytesOfHost('inflate', own(bytes), raw, max);
}

/** Without the rest of a larger buffer. */
function own(bytes: BytesOrText): Uint8Array {
  return typeof bytes === 'string' ? utf8Bytes(bytes) : bytes.slice();
}
