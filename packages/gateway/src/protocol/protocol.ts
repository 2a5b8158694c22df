/**
 * What devices speak on a listener. Everything here is sans I/O: bytes and frames in, meanings and messages out. A new
 * protocol is one file that makes a `DeviceProtocol`, and one line in the table that the server hands to the gateway.
 *
 *     first bytes --detect--> this protocol
 *     bytes --handshakeCodec--> frames --handshake--> identity        until the device is known
 *     bytes --codec--> frames --uplink--> meanings                    from then on
 *     downlink --> message --codec--> bytes
 */
import type { FairleadError } from '@fairlead/core';
import type { Codec } from '@fairlead/tcp';
import type { Device, DownlinkInput } from '../ports.ts';
import type { Identity } from './identity.ts';

/**
 * @typeParam F a frame as the codec decodes it
 * @typeParam M a message as the codec encodes it; where scripts may reply, it includes bytes
 */
export interface DeviceProtocol<F = unknown, M = unknown> {
  /** Unique in the table. Devices and listeners refer to the protocol by this name. */
  readonly name: string;
  /** Whether a connection that begins with these bytes speaks this protocol; `more`: not enough bytes to tell. */
  detect(head: Uint8Array): Detection;
  /** What the link speaks until the device is known. Every link of a listener shares it. */
  readonly handshakeCodec: Codec<F, M>;
  /** A handshake for one link. */
  handshake(): Handshake<F>;
  /** What the link of a known device speaks. Devices that agree in the terms should share one. */
  codec(terms: CodecTerms): Codec<F, M>;
  /** What the frames of one chunk mean, in order. */
  uplink(frames: readonly F[]): readonly Meaning<M>[];
  downlink(downlink: EncodedDownlink): M;
  /** Whether a downlink is written in pieces of the device's outbound buffer, each at once. */
  readonly splitsDownlinks: boolean;
}

export type Detection = 'yes' | 'no' | 'more';

export interface Handshake<F> {
  /** The identity, or nothing yet. Throws a catalogue error, which closes the link. */
  read(frame: F): Identity | undefined;
}

export interface CodecTerms {
  readonly device: Device;
  readonly identity: Identity;
  /** Largest payload of a packet on this listener, bytes. */
  readonly frame: number;
}

/** What one frame means. */
export type Meaning<M = unknown> =
  /** A message whose kind the protocol knows: platform JSON, or input for the device's script. */
  | { readonly kind: 'attributes' | 'events'; readonly payload: Buffer }
  /** Bytes whose meaning only the device's script knows. Without a script they are published as they are. */
  | { readonly kind: 'raw'; readonly payload: Buffer }
  /** Proof of life; `echo` is sent back if the profile asks for it. */
  | { readonly kind: 'heartbeat'; readonly echo: M }
  /** Refused, while the link stays open. `payload` may be kept and logged; absent where it may hold a secret. */
  | { readonly kind: 'refused'; readonly error: FairleadError; readonly payload?: Buffer | undefined };

/** A downlink as text or bytes: what the device's script returned, else platform JSON. */
export interface EncodedDownlink {
  readonly kind: DownlinkInput['kind'];
  readonly payload: Uint8Array | string;
}

/** Protocols by name. */
export type ProtocolTable = ReadonlyMap<string, DeviceProtocol>;

export function protocolTable(protocols: readonly DeviceProtocol[]): ProtocolTable {
  return new Map(protocols.map((protocol) => [protocol.name, protocol]));
}
