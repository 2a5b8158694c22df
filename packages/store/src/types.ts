import type { FairleadError } from '@fairlead/core';

/** Name of a protocol that devices may speak; `StoreOptions.protocols` has all of them. */
export type Protocol = string;
/** `sub`: a device behind a gateway, identified by its address there; it has no token and no link of its own. */
export type DeviceType = 'standard' | 'gateway' | 'sub';
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

/** Framing and scripts for one kind of device. Devices of the same profile share one such object. */
export interface Profile extends ProfileContent {
  /** ULID. */
  readonly id: string;
  /** Absent for a profile that was given inline with a device; such profiles are shared by equal content. */
  readonly name?: string | undefined;
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
  /** Bytes. */
  readonly inboundBuffer: number;
  readonly outboundBuffer: number;
  /** Unix milliseconds. */
  readonly createdAt: number;
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
  /** The access token, shown only here; absent for a sub-device. */
  readonly token?: string | undefined;
}
