/**
 * The official protocol, sans I/O. The framing is `tp` of `@fairlead/tcp`.
 *
 *     TYPE 0  CMD 0  AccessToken       first, once                  -> the link is this device's
 *     TYPE 0  CMD 1  attributes        JSON object                  -> devices/{device}/attributes
 *     TYPE 0  CMD 2  events            JSON object                  -> devices/{device}/events
 *     TYPE 1  any    heartbeat         anything, usually nothing    -> proof of life
 *
 * Downlinks: TYPE 0 with CMD 1, attributes to set, or CMD 3, a command (an extension of Fairlead).
 */
import { isFairleadError } from '@fairlead/core';
import {
  type ByteWindow,
  type Codec,
  type FrameDecoder,
  type TpMessage,
  type TpPacket,
  tp,
  tpCommand,
  tpType,
} from '@fairlead/tcp';
import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import { withoutLineEnd } from '../token-bytes.ts';
import { CodecCache } from './codec-cache.ts';
import { foreignProtocol } from './foreign.ts';
import { type Identity, tokenIdentity } from './identity.ts';
import type { CodecTerms, DeviceProtocol, EncodedDownlink, Handshake, Meaning, Opening } from './protocol.ts';

const { beforeAuth, heartbeatsBeforeAuth } = gatewayLimits.values;
/** "TP" */
const MAGIC = [0x54, 0x50];

export function officialProtocol(): DeviceProtocol<TpPacket, TpMessage> {
  const codecs = new CodecCache<TpPacket, TpMessage>();
  const opening: Opening<TpPacket, TpMessage> = {
    weight: 8 * MAGIC.length,
    detect(head) {
      if (MAGIC.some((byte, i) => i < head.length && head[i] !== byte)) return 'no';
      return head.length < MAGIC.length ? 'more' : 'yes';
    },
    codec: explained(tp({ max: beforeAuth })),
    handshake: () => new OfficialHandshake(),
  };
  return {
    name: 'official',
    splitsDownlinks: false,
    opening: () => opening,
    codec: ({ frame }: CodecTerms) => codecs.get(String(frame), () => tp({ max: frame })),
    uplink: (packets) => packets.map(meaningOf),
    downlink: ({ kind, payload }: EncodedDownlink) => ({
      command: kind === 'command' ? tpCommand.command : tpCommand.attributes,
      payload,
    }),
  };
}

/** What a packet of an authenticated device is. */
function meaningOf(packet: TpPacket): Meaning<TpMessage> {
  const { type, command, payload } = packet;
  if (type === tpType.data) {
    if (command === tpCommand.attributes) return { kind: 'attributes', payload };
    if (command === tpCommand.events) return { kind: 'events', payload };
    // The payload is a token, which is kept nowhere.
    if (command === tpCommand.auth) return { kind: 'refused', error: gatewayErrors.error('AUTH_REPEATED') };
    return { kind: 'refused', error: gatewayErrors.error('COMMAND_UNKNOWN', { command }), payload };
  }
  if (type === tpType.heartbeat) return { kind: 'heartbeat', echo: packet };
  const error = gatewayErrors.error('TYPE_UNKNOWN', { type });
  return { kind: 'refused', error, payload: command === tpCommand.auth ? undefined : payload };
}

/** Reads packets until the AccessToken is there. */
class OfficialHandshake implements Handshake<TpPacket> {
  #heartbeats = 0;

  /** Throws AUTH_REQUIRED or AUTH_TOKEN_MISSING. */
  read(packet: TpPacket): Identity | undefined {
    if (packet.type === tpType.data && packet.command === tpCommand.auth) {
      const token = withoutLineEnd(packet.payload);
      if (token.length === 0) throw gatewayErrors.error('AUTH_TOKEN_MISSING');
      return tokenIdentity(token);
    }
    const heartbeat = packet.type === tpType.heartbeat;
    if (heartbeat && ++this.#heartbeats <= heartbeatsBeforeAuth) return undefined;
    const found = heartbeat ? 'too many heartbeats' : `TYPE ${packet.type}, CMD ${packet.command}`;
    throw gatewayErrors.error('AUTH_REQUIRED', { found });
  }
}

/** The same codec, whose decoder names HTTP and TLS where it finds them in place of packets. */
function explained<F, M>(codec: Codec<F, M>): Codec<F, M> {
  return {
    name: codec.name,
    decoder: () => new ExplainingDecoder(codec.decoder()),
    encoder: () => codec.encoder(),
  };
}

class ExplainingDecoder<F> implements FrameDecoder<F> {
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
