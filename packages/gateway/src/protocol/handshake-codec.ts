/** What a link speaks until its device is known. */
import { coreErrors, type FairleadError, isFairleadError } from '@fairlead/core';
import {
  type ByteWindow,
  type Codec,
  type FrameDecoder,
  isHttpRequestHead,
  isTlsClientHello,
  tcpErrors,
  token,
  tp,
} from '@fairlead/tcp';
import { gatewayLimits } from '../limits.ts';
import type { Protocol } from '../ports.ts';
import { withoutLineEnd } from '../token-bytes.ts';
import type { DeviceFrame, DeviceMessage } from './frames.ts';

const { beforeAuth } = gatewayLimits.values;

const official = tp({ max: beforeAuth });
const custom = token({ max: beforeAuth });

/** Packets of the official protocol; of the custom one the bytes of the AccessToken, without the line end after it. */
export const handshakeCodecs: Readonly<Record<Protocol, Codec<DeviceFrame, DeviceMessage>>> = {
  official: {
    name: official.name,
    decoder: () => new Explained(official.decoder()),
    encoder: () => official.encoder() as never,
  },
  custom: {
    name: custom.name,
    decoder: () => new TokenBytes(custom.decoder()),
    encoder: () => custom.encoder() as never,
  },
};

/** HTTP_REFUSED or TLS_UNEXPECTED, where a connection that begins with these bytes speaks that. */
export function foreignProtocol(head: Uint8Array): FairleadError | undefined {
  if (isHttpRequestHead(head) === 'yes') return tcpErrors.error('HTTP_REFUSED');
  if (isTlsClientHello(head) === 'yes') return coreErrors.error('TLS_UNEXPECTED');
  return undefined;
}

/** Says of bytes that are no packet what they are, where that is known. */
class Explained<F> implements FrameDecoder<F> {
  readonly #inner: FrameDecoder<F>;

  constructor(inner: FrameDecoder<F>) {
    this.#inner = inner;
  }

  decode(window: ByteWindow): F | undefined {
    try {
      return this.#inner.decode(window);
    } catch (error) {
      if (!isFairleadError(error, 'FRAME_MAGIC_MISMATCH')) throw error;
      throw foreignProtocol(window.view(0, Math.min(window.length, beforeAuth))) ?? error;
    }
  }

  end(window: ByteWindow): F | undefined {
    return this.#inner.end?.(window);
  }
}

/** The bytes of a token rather than its text: what is no text could not be told from it any more. */
class TokenBytes implements FrameDecoder<Buffer> {
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
