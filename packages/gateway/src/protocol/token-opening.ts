/** How links begin whose first bytes are an AccessToken. */
import {
  afterToken,
  type ByteWindow,
  type Codec,
  type FrameDecoder,
  isGeneratedToken,
  type Payload,
  raw,
  token,
} from '@fairlead/tcp';
import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import { withoutLineEnd } from '../token-bytes.ts';
import { foreignProtocol } from './foreign.ts';
import { type Identity, tokenIdentity } from './identity.ts';
import type { Handshake, Opening } from './protocol.ts';

export function tokenOpening(): Opening<Buffer, Payload> {
  return {
    weight: 0,
    /** A token may be any text: whatever is not known to be something else may be one. */
    detect: (head) => (head.length === 0 ? 'more' : foreignProtocol(head) === undefined ? 'yes' : 'no'),
    codec: tokenBytes(token({ max: gatewayLimits.values.beforeAuth })),
    handshake: () => tokenHandshake,
  };
}

/** The codec of a link whose token was read: after a token of ours, a line end is skipped. */
export function codecAfterToken<F, M>(codec: Codec<F, M>, identity: Identity): Codec<F, M> {
  return identity.kind === 'token' && isGeneratedToken(identity.token) ? afterToken(codec) : codec;
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
