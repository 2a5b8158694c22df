import type { FairleadError, JsonKeys, ValueType } from '@fairlead/core';

/** Name of a protocol that devices may speak; `StoreOptions.protocols` has all of them. */
export type Protocol = string;
/** `sub`: a device behind a gateway, identified by its address there; it has no token and no link of its own. */
export type DeviceType = 'standard' | 'gateway' | 'sub';
export type UnknownSubDevices = 'refuse' | 'inbox' | 'create';
export type MessageKind = 'attributes' | 'events' | 'raw';

/** The content of a profile. Every part may be absent. */
export interface ProfileContent {
  /** Framing of the custom protocol, as text for the framing parser; absent: raw. */
  readonly framing?: string | undefined;
  /** Source of the script that turns frames into readings. */
  readonly uplink?: string | undefined;
  /** Source of a separate script for downlinks. */
  readonly downlink?: string | undefined;
  /** Sent after authentication, in hex. */
  readonly authReply?: string | undefined;
  /** Whether heartbeats are sent back. */
  readonly heartbeatEcho?: boolean | undefined;
  /** Sent after each accepted message, in hex. */
  readonly ack?: string | undefined;
}

/** How a device of a named profile is known. `frames`: how many of its first frames are looked at. */
export type ProfileIdentity =
  | { by: 'token' }
  | { by: 'none' }
  | { by: 'script'; frames: number }
  | {
      by: 'match';
      at: number;
      length: number;
      as: 'ascii' | 'latin1' | 'hex' | 'bcd' | 'u16' | 'u16le' | 'u32' | 'u32le' | 'u64' | 'u64le';
      frames: number;
      strip?: 'leading zeros' | undefined;
      when?: ProfileMatch | undefined;
    };

/** A condition on bytes, as the reader of profiles creates it. */
interface ProfileCondition {
  at: number;
  not: boolean;
  bytes?: Buffer<ArrayBuffer> | undefined;
  mask?: Buffer<ArrayBuffer> | undefined;
  range?: [number, number][] | undefined;
}

interface ProfileMatch extends ProfileCondition {
  any?: ProfileCondition[] | undefined;
  all?: ProfileCondition[] | undefined;
}

/** How a dialled device is polled. Times are in milliseconds. */
interface ProfilePoll {
  every: number;
  timeout: number;
  gap: number;
  oneAtATime: boolean;
  unasked?: 'take' | 'refuse' | undefined;
  requests: {
    name: string;
    as: 'number' | 'text' | 'hex' | 'json';
    send?: string | undefined;
    sendHex?: string | undefined;
    every?: number | undefined;
    timeout?: number | undefined;
    pattern?: string | undefined;
    scale?: number | undefined;
    unit?: string | undefined;
  }[];
}

/** The part of a named profile in addition to its content. */
export interface ProfileTerms extends ProfileContent {
  readonly title?: string | undefined;
  /** As its author counts. */
  readonly version?: string | undefined;
  /** Whether devices connect to Fairlead, or Fairlead to them; absent: `listens`. */
  readonly direction?: 'listens' | 'dials' | undefined;
  /** Framing of the direction to the device, where it differs. */
  readonly requests?: string | undefined;
  /** Conditions on the first bytes, which identify the protocol. */
  readonly detect?: ProfileMatch[] | undefined;
  readonly identity?: ProfileIdentity | undefined;
  /** Whether a device of it has a secret; absent: `none`. */
  readonly secret?: 'none' | 'optional' | 'required' | undefined;
  /** Default values of parameters. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  /** The declaration of each parameter; absent: a device may set any parameter. */
  readonly parameterTypes?: Readonly<Record<string, ValueType>> | undefined;
  /** Milliseconds. */
  readonly heartbeat?: number | undefined;
  readonly idle?: number | undefined;
  readonly rate?: RateTerms | undefined;
  readonly poll?: ProfilePoll | undefined;
  readonly downlinks?: DownlinkTerms | undefined;
}

/** How much a device may send within `per` milliseconds: `messages`, `bytes` or both. All of it may come at once. */
export interface RateTerms {
  readonly messages?: number | undefined;
  readonly bytes?: number | undefined;
  readonly per: number;
  /** Absent: `wait`. */
  readonly exceeded?: 'wait' | 'refuse' | undefined;
}

/** How messages reach a device. Milliseconds: how long they are kept, how long it listens after it was heard, the least time between two. */
export interface DownlinkTerms {
  readonly keep?: number | undefined;
  readonly window?: number | undefined;
  readonly gap?: number | undefined;
}

/** Framing and scripts for one kind of device. Devices of the same profile share one such object. */
export interface Profile extends ProfileTerms {
  /** ULID; for a named profile `profile:NAME`. */
  readonly id: string;
  /** Absent for a profile that was given inline with a device; such profiles are shared by equal content. */
  readonly name?: string | undefined;
  /** For a named profile: the hash of its files, in hexadecimal. It changes with every change of a file. */
  readonly content?: string | undefined;
}

/** The files of a profile's folder, by their names. */
export type ProfileFiles = Readonly<Record<string, string>>;

/** The functions of the reader of profiles that the store uses. */
export interface ProfileReader {
  /** Throws PROFILE_INVALID, which names file, field and reason. */
  parse(files: ProfileFiles): ProfileTerms & { readonly name: string };
  /** Profiles that come with Fairlead. */
  readonly builtin: {
    names(): readonly string[];
    read(name: string): ProfileFiles | undefined;
  };
}

export interface Device {
  /** ULID, never reused. */
  readonly id: string;
  /** The immutable key. */
  readonly name: string;
  readonly label?: string | undefined;
  readonly type: DeviceType;
  readonly protocol: Protocol;
  /** Name of the gateway device, and the address there: for `sub` only. */
  readonly parent?: string | undefined;
  readonly address?: string | undefined;
  readonly profile: Profile;
  /** The identity of a device without a token, unique within the name of its profile. */
  readonly identity?: string | undefined;
  /** Where Fairlead connects to it: `tcp://10.0.0.7:502`. */
  readonly endpoint?: string | undefined;
  /** The secret of the device. Encrypted in the database; never show it. */
  readonly secret?: string | undefined;
  /** Values of the parameters of its profile. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  /** For a gateway device: how unregistered sub-devices are handled; absent: `refuse`. */
  readonly unknownSubDevices?: UnknownSubDevices | undefined;
  /** How messages reach it, over what its profile says. */
  readonly downlinks?: DownlinkTerms | undefined;
  /** How much it may send, in place of what its profile and its listener say. */
  readonly rate?: RateTerms | undefined;
  /** What its certificates say, such as `cn:plc-7` or `fingerprint:…`, in order; at least one, if there is the list. */
  readonly certificates?: readonly string[] | undefined;
  /** Bytes. */
  readonly inboundBuffer: number;
  readonly outboundBuffer: number;
  /** Unix milliseconds. */
  readonly createdAt: number;
  /** Of its latest change; the token is no part of it. */
  readonly revision: number;
}

/** The fields that identify a device in messages and status changes. */
export interface DeviceRef {
  readonly id: string;
  readonly name: string;
}

/** One message of a device. */
export interface Uplink {
  readonly device: DeviceRef;
  readonly kind: MessageKind;
  /** Unix milliseconds. */
  readonly time: number;
  /** JSON as UTF-8; for `raw` the bytes themselves. It must not be overwritten later. */
  readonly payload: Uint8Array;
  /** Two messages of a device with the same object here have the same keys at the top level. undefined: that is not known. */
  readonly keys?: JsonKeys | undefined;
}

export type Status = 'online' | 'offline';

export interface StatusChange {
  readonly device: DeviceRef;
  readonly status: Status;
  /** Unix milliseconds. */
  readonly since: number;
  /** For `offline`: the code of the reason. */
  readonly code?: string | undefined;
}

/** Whether writing works. */
export type Health =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** Why the last attempt failed. */
      readonly error: FairleadError;
      /** Since when, Unix milliseconds. */
      readonly since: number;
    };

export interface AddedDevice {
  readonly device: Device;
  /** The access token, shown only here; absent for a device that is known otherwise. */
  readonly token?: string | undefined;
}
