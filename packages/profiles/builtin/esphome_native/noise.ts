// Encryption of ESPHome's native API.

import {
  concat,
  decrypt,
  encrypt,
  fromBase64,
  fromHex,
  hex,
  hmac,
  sha256,
  u16,
  utf8,
  utf8Bytes,
  x25519,
} from 'fairlead:helpers';
import { decoded } from './meaning.ts';
import { type Context, type Noise, noiseFrame, nonce } from './messages.ts';
import { hello } from './requests.ts';

const basePoint = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 9 : 0));

const protocol = 'Noise_NNpsk0_25519_ChaChaPoly_SHA256';

function hkdf(chain: Uint8Array, input: Uint8Array, count: 2 | 3): Uint8Array[] {
  const secret = hmac('sha256', chain, input);
  const out: Uint8Array[] = [];
  for (let i = 1; i <= count; i++) out.push(hmac('sha256', secret, concat(out.at(-1) ?? '', i)));
  return out;
}

/** The symmetric state of the handshake. */
class Handshake {
  chain: Uint8Array;
  hash: Uint8Array;
  #key = new Uint8Array(32);

  constructor(chain: Uint8Array, hash: Uint8Array) {
    this.chain = chain;
    this.hash = hash;
  }

  mixHash(data: Uint8Array): void {
    this.hash = sha256(concat(this.hash, data));
  }

  mixKey(data: Uint8Array): void {
    [this.chain, this.#key] = hkdf(this.chain, data, 2) as [Uint8Array, Uint8Array<ArrayBuffer>];
  }

  mixKeyAndHash(data: Uint8Array): void {
    const [chain, hash, key] = hkdf(this.chain, data, 3) as [Uint8Array, Uint8Array, Uint8Array<ArrayBuffer>];
    this.chain = chain;
    this.mixHash(hash);
    this.#key = key;
  }

  /** The key is new each time: its counter is 0. */
  sealed(): Uint8Array {
    const tag = encrypt('chacha20poly1305', this.#key, new Uint8Array(), { iv: nonce(0), aad: this.hash });
    this.mixHash(tag);
    return tag;
  }

  open(tag: Uint8Array): void {
    decrypt('chacha20poly1305', this.#key, tag, { iv: nonce(0), aad: this.hash });
    this.mixHash(tag);
  }
}

function preSharedKey({ secret }: Context): Uint8Array {
  const key = fromBase64(secret ?? '');
  if (key.length !== 32) throw new Error('the secret is the encryption key of the node: 32 bytes in base64');
  return key;
}

/** Our hello, which is empty, and the first message of the handshake. */
export function begin(ctx: Context): Uint8Array {
  const name = sha256(utf8Bytes(protocol));
  const handshake = new Handshake(name, name);
  handshake.mixHash(concat('NoiseAPIInit', [0, 0]));
  handshake.mixKeyAndHash(preSharedKey(ctx));
  // Scripts have no random numbers: the key and the time take their place.
  const own = sha256(concat(preSharedKey(ctx), ` ${ctx.time}`));
  const ephemeral = x25519(own, basePoint);
  handshake.mixHash(ephemeral);
  handshake.mixKey(ephemeral);
  const tag = handshake.sealed();
  ctx.state.noise = { own: hex(own), chain: hex(handshake.chain), hash: hex(handshake.hash) };
  return concat(noiseFrame(new Uint8Array()), noiseFrame(concat(0, ephemeral, tag)));
}

/** The node's part of the handshake: both keys, and the first message with them. */
function finish(content: Uint8Array, noise: Noise, ctx: Context) {
  if (content[0] !== 0)
    throw new Error(`the node refused the handshake: ${utf8(content.subarray(1)).slice(0, 80)}`);
  if (content.length !== 49) throw new Error(`the handshake has 49 bytes, not ${content.length}`);
  const handshake = new Handshake(fromHex(noise.chain ?? ''), fromHex(noise.hash ?? ''));
  const ephemeral = content.slice(1, 33);
  handshake.mixHash(ephemeral);
  handshake.mixKey(ephemeral);
  handshake.mixKey(x25519(fromHex(noise.own ?? ''), ephemeral));
  handshake.open(content.slice(33));
  const [send, receive] = hkdf(handshake.chain, new Uint8Array(), 2) as [Uint8Array, Uint8Array];
  ctx.state.noise = { send: hex(send), receive: hex(receive), sent: 0, received: 0 };
  return { values: { length: content.length, payload: hex(content), encrypted: true }, reply: hello(ctx) };
}

export function encrypted(bytes: Uint8Array, ctx: Context) {
  const content = bytes.subarray(3);
  const { noise } = ctx.state;
  const head = { length: content.length, payload: hex(content) };
  if (noise?.receive !== undefined) {
    const counter = noise.received ?? 0;
    const clear = decrypt('chacha20poly1305', fromHex(noise.receive), content, { iv: nonce(counter) });
    noise.received = counter + 1;
    const [type, length] = [u16(clear), u16(clear, 2)];
    if (length !== clear.length - 4) throw new Error(`a content of ${clear.length - 4} bytes says ${length}`);
    return decoded(type, clear.subarray(4), ctx);
  }
  if (content[0] === 1 && content.length > 1 && !noise?.greeted) {
    if (noise !== undefined) noise.greeted = true;
    const [name = '', mac = ''] = utf8(content.subarray(1)).split('\0');
    return { values: { ...head, name, ...(mac && { mac }) } };
  }
  if (noise?.own !== undefined) return finish(content, noise, ctx);
  return { values: head };
}
