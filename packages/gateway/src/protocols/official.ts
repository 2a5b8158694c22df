/**
 * The official protocol, sans I/O: what a packet means. The framing is `tp` of `@fairlead/tcp`.
 *
 *     TYPE 0  CMD 0  AccessToken       first, once                  -> the link is this device's
 *     TYPE 0  CMD 1  attributes        JSON object                  -> devices/{device}/attributes
 *     TYPE 0  CMD 2  events            JSON object                  -> devices/{device}/events
 *     TYPE 1  any    heartbeat         anything, usually nothing    -> proof of life
 *
 * Downlinks: TYPE 0 with CMD 1, attributes to set, or CMD 3, a command (an extension of Fairlead).
 */
import type { FairleadError } from '@fairlead/core';
import { type TpMessage, type TpPacket, tpCommand, tpType } from '@fairlead/tcp';
import { gatewayErrors } from '../catalogue.ts';
import { gatewayLimits } from '../limits.ts';
import type { DownlinkInput } from '../ports.ts';
import { withoutLineEnd } from '../token-bytes.ts';

/** What a packet of an authenticated device is. */
type PacketMeaning = 'attributes' | 'events' | 'heartbeat' | FairleadError;

export function meaningOf(packet: TpPacket): PacketMeaning {
  if (packet.type === tpType.data) {
    if (packet.command === tpCommand.attributes) return 'attributes';
    if (packet.command === tpCommand.events) return 'events';
    if (packet.command === tpCommand.auth) return gatewayErrors.error('AUTH_REPEATED');
    return gatewayErrors.error('COMMAND_UNKNOWN', { command: packet.command });
  }
  if (packet.type === tpType.heartbeat) return 'heartbeat';
  return gatewayErrors.error('TYPE_UNKNOWN', { type: packet.type });
}

/** Reads packets until the AccessToken is there. One for each link. */
export class OfficialHandshake {
  #heartbeats = 0;

  /** The AccessToken, or nothing yet. Throws AUTH_REQUIRED or AUTH_TOKEN_MISSING. */
  read(packet: TpPacket): Buffer | undefined {
    if (packet.type === tpType.data && packet.command === tpCommand.auth) {
      const token = withoutLineEnd(packet.payload);
      if (token.length === 0) throw gatewayErrors.error('AUTH_TOKEN_MISSING');
      return token;
    }
    const heartbeat = packet.type === tpType.heartbeat;
    if (heartbeat && ++this.#heartbeats <= gatewayLimits.values.heartbeatsBeforeAuth) return undefined;
    const found = heartbeat ? 'too many heartbeats' : `TYPE ${packet.type}, CMD ${packet.command}`;
    throw gatewayErrors.error('AUTH_REQUIRED', { found });
  }
}

/** A downlink as the packet that carries it. */
export function downlinkPacket(kind: DownlinkInput['kind'], payload: Uint8Array | string): TpMessage {
  return { command: kind === 'command' ? tpCommand.command : tpCommand.attributes, payload };
}
