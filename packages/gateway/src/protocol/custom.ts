/**
 * The custom protocol, sans I/O: an AccessToken, then whatever the device's profile says.
 *
 *     AccessToken [LF or CR LF]    first, once                         -> the link is this device's
 *     frames of its framing        without one: the stream in pieces   -> the uplink script, else devices/{device}/raw
 */
import {
  afterToken,
  type ByteWindow,
  type Codec,
  type FrameDecoder,
  isGeneratedToken,
  type Payload,
  parseFraming,
  raw,
  token,
} from '@fairlead/tcp';
import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import { withoutLineEnd } from '../token-bytes.ts';
import { CodecCache } from './codec-cache.ts';
import { foreignProtocol } from './foreign.ts';
import { type Identity, tokenIdentity } from './identity.ts';
import type { CodecTerms, DeviceProtocol, EncodedDownlink, Handshake } from './protocol.ts';

const { beforeAuth } = gatewayLimits.values;

export function customProtocol(): DeviceProtocol<Buffer, Payload> {
  const codecs = new CodecCache<Buffer, Payload>();
  return {
    name: 'custom',
    handshakeCodec: tokenBytes(token({ max: beforeAuth })),
    splitsDownlinks: true,
    /** A token may be any text: whatever is not known to be something else may be one. */
    detect: (head) => (head.length === 0 ? 'more' : foreignProtocol(head) === undefined ? 'yes' : 'no'),
    handshake: () => tokenHandshake,
    codec({ device, identity }: CodecTerms) {
      const { profile, inboundBuffer } = device;
      const { framing = 'raw' } = profile;
      const codec =
        framing === 'raw'
          ? codecs.get(`raw ${inboundBuffer}`, () => raw({ max: inboundBuffer }))
          : codecs.get(framing, () => parseFraming(framing));
      return isGeneratedToken(identity.token) ? afterToken(codec) : codec;
    },
    uplink: (frames) => frames.map((payload) => ({ kind: 'raw', payload })),
    downlink: ({ payload }: EncodedDownlink) => payload,
  };
}

const tokenHandshake: Handshake<Buffer> = {
  read(bytes: Buffer): Identity {
    if (bytes.length === 0) throw gatewayErrors.error('AUTH_TOKEN_MISSING');
    return tokenIdentity(bytes);
  },
};

/** The bytes of the AccessToken, without the line end after it. */
function tokenBytes(codec: Codec<string>): Codec<Buffer, Payload> {
  return {
    name: codec.name,
    decoder: () => new TokenBytesDecoder(codec.decoder()),
    encoder: () => raw().encoder(),
  };
}

/** Keeps the bytes of a token rather than its text: text no longer tells which bytes were not text. */
class TokenBytesDecoder implements FrameDecoder<Buffer> {
  readonly idleMs: number | undefined;
  readonly #inner: FrameDecoder<string>;

  constructor(inner: FrameDecoder<string>) {
    this.#inner = inner;
    this.idleMs = inner.idleMs;
  }

  decode(window: ByteWindow): Buffer | undefined {
    return this.#bytes(window, (of) => this.#inner.decode(of));
  }

  end(window: ByteWindow): Buffer | undefined {
    return this.#bytes(window, (of) => this.#inner.end?.(of));
  }

  idle(window: ByteWindow): Buffer | undefined {
    return this.#bytes(window, (of) => this.#inner.idle?.(of));
  }

  #bytes(window: ByteWindow, read: (window: ByteWindow) => string | undefined): Buffer | undefined {
    const before = window.view(0, window.length);
    if (read(window) === undefined) return undefined;
    const taken = before.subarray(0, before.length - window.length);
    return withoutLineEnd(taken);
  }
}
