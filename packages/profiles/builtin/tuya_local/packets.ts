// Packets that come.

import { ascii, crc32, decrypt, equal, fromBase64, hmac, u32 } from 'fairlead:helpers';
import { type Context, keyOf, localKey } from './keys.ts';

export interface Packet {
  readonly seq: number;
  readonly cmd: number;
  readonly version?: string;
  readonly returnCode?: number;
  readonly verified: boolean;
  /** Decrypted, where there is a key. */
  readonly content: Uint8Array;
  readonly clear: boolean;
}

/** The return code, where there is one: its first three bytes are 0. */
function split(body: Uint8Array): { returnCode?: number; content: Uint8Array } {
  if (body.length < 4 || u32(body) > 0xff) return { content: body };
  return { returnCode: u32(body), content: body.subarray(4) };
}

/** "3.3" and twelve bytes. */
function withoutVersion(content: Uint8Array): { version?: string; content: Uint8Array } {
  const version = /^3\.[1-5]/.exec(ascii(content.subarray(0, 3)))?.[0];
  if (version === undefined) return { content };
  // Version 3.1 has sixteen characters of a digest, then base64.
  return { version, content: content.subarray(version === '3.1' ? 19 : 15) };
}

function upTo33(
  body: Uint8Array,
  key: Uint8Array | undefined,
): Pick<Packet, 'version' | 'returnCode' | 'content' | 'clear'> {
  const { returnCode, content: whole } = split(body);
  const { version, content } = withoutVersion(whole);
  const head = { ...(returnCode !== undefined && { returnCode }), ...(version && { version }) };
  if (content.length === 0 || content[0] === 0x7b) return { ...head, content, clear: true };
  if (key === undefined) return { ...head, content, clear: false };
  const secret = version === '3.1' ? fromBase64(ascii(content)) : content;
  // Errors are plain text.
  if (secret.length % 16 !== 0) return { ...head, content, clear: true };
  return { ...head, version: version ?? '3.3', content: decrypt('aes-ecb', key, secret), clear: true };
}

export function packet55aa(bytes: Uint8Array, ctx: Context): Packet {
  const [seq, cmd] = [u32(bytes, 4), u32(bytes, 8)];
  const common = { seq, cmd };
  if (u32(bytes, bytes.length - 8) === crc32(bytes.subarray(0, -8)))
    return { ...common, verified: true, ...upTo33(bytes.subarray(16, -8), localKey(ctx)) };

  const key = keyOf(ctx, cmd);
  if (bytes.length < 52) throw new Error('the checksum is wrong');
  const { returnCode, content } = split(bytes.subarray(16, -36));
  const head = { ...common, version: '3.4', ...(returnCode !== undefined && { returnCode }) };
  // Without a key nothing tells a frame of version 3.4 from a damaged one.
  if (key === undefined) return { ...common, verified: false, content: bytes.subarray(16, -4), clear: false };
  if (!equal(hmac('sha256', key, bytes.subarray(0, -36)), bytes.subarray(-36, -4)))
    throw new Error('the check is wrong, or the key is not that of the device');
  const clear = content.length === 0 ? content : decrypt('aes-ecb', key, content);
  return { ...head, verified: true, content: withoutVersion(clear).content, clear: true };
}

export function packet6699(bytes: Uint8Array, ctx: Context): Packet {
  const [seq, cmd] = [u32(bytes, 6), u32(bytes, 10)];
  const head = { seq, cmd, version: '3.5' };
  if (bytes.length < 50) throw new Error('a message of version 3.5 has 50 bytes at least');
  const key = keyOf(ctx, cmd);
  const content = bytes.subarray(30, -4);
  if (key === undefined) return { ...head, verified: false, content, clear: false };
  const clear = decrypt('aes-gcm', key, content, { iv: bytes.slice(18, 30), aad: bytes.slice(4, 18) });
  const { returnCode, content: whole } = split(clear);
  const inner = withoutVersion(whole).content;
  return {
    ...head,
    ...(returnCode !== undefined && { returnCode }),
    verified: true,
    content: inner,
    clear: true,
  };
}
