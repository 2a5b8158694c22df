/**
 * What devices speak on a listener. Everything here is sans I/O: bytes and frames in, meanings and messages out. A new
 * protocol is one file that makes a `DeviceProtocol`, and one line in the table that the server hands to the gateway.
 *
 *     first bytes --Opening.detect--> this protocol
 *     bytes --Opening.codec--> frames --Handshake--> identity         until the device is known
 *     bytes --codec--> frames --uplink--> meanings                    from then on
 *     downlink --> message --codec--> bytes
 */
import type { FairleadError } from '@fairlead/core';
import type { Codec, FrameDecoder } from '@fairlead/tcp';
import type { Device, DownlinkInput, Profile, Script } from '../ports.ts';
import type { Identity } from './identity.ts';

/**
 * @typeParam F a frame as the codec decodes it
 * @typeParam M a message as the codec encodes it; where scripts may reply, it includes bytes
 */
export interface DeviceProtocol<F = unknown, M = unknown> {
  /** Unique in the table. Devices and listeners refer to the protocol by this name. */
  readonly name: string;
  /**
   * How links begin that speak this protocol. Links share it.
   *
   * @param profile the one that the listener names, where the protocol is one of profiles
   */
  opening(profile?: Profile): Opening<F, M>;
  /** What the link of a known device speaks. Devices that agree in the terms should share one. */
  codec(terms: CodecTerms): Codec<F, M>;
  /** What the frames of one chunk mean, in order, on the link of a known device. */
  uplink(frames: readonly F[], sender: Sender): readonly Meaning<M>[];
  downlink(downlink: EncodedDownlink): M;
  /** Whether a downlink is written in pieces of the device's outbound buffer, each at once. */
  readonly splitsDownlinks: boolean;
}

/** How a link begins, until its device is known. */
export interface Opening<F = unknown, M = unknown> {
  /** Whether a connection that begins with these bytes speaks the protocol; `more`: not enough bytes to tell. */
  detect(head: Buffer): Detection;
  /** Bits that are fixed in a head for which `detect` says yes: the more, the surer. 0: it says yes to nearly anything. */
  readonly weight: number;
  readonly codec: Codec<F, M>;
  /** A handshake for one link. */
  handshake(context: HandshakeContext): Handshake<F>;
}

export type Detection = 'yes' | 'no' | 'more';

/** What a handshake gets besides the frames. */
export interface HandshakeContext {
  /** The script of the listener's profile, if there is one. */
  readonly script: Script | undefined;
  /** Unix milliseconds. */
  now(): number;
}

export interface Handshake<F> {
  /** The identity, a challenge to answer, or nothing yet. Throws or rejects with a catalogue error, which closes the link. */
  read(frame: F): HandshakeStep | Promise<HandshakeStep>;
  /** Frames that were read and belong to the device: its first messages. Handed out once. */
  kept?(): readonly F[];
  /** State of the script for this link, as JSON text. */
  readonly state?: string | undefined;
}

export type HandshakeStep = Identity | Challenge | undefined;

/** Bytes that the device must answer before it is known. */
export interface Challenge {
  readonly kind: 'challenge';
  readonly replies: readonly Uint8Array[];
}

export interface CodecTerms {
  readonly device: Device;
  readonly identity: Identity;
  /** Largest payload of a packet on this listener, bytes. */
  readonly frame: number;
  /** What has decoded the frames up to now, and the profile whose framing that is. */
  readonly begun?: { readonly decoder: FrameDecoder<unknown>; readonly profile: Profile } | undefined;
}

/** Whose frames they are. */
export interface Sender {
  readonly device: Device;
  /** What the frames with which it began said it is; undefined: it is known by other means. */
  readonly reported?: string | undefined;
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
