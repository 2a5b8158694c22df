/**
 * What the gateway needs from other packages. `@fairlead/store`, `@fairlead/bus` and `@fairlead/sandbox` implement these
 * ports structurally; only the server connects them.
 */
import type { FairleadError, JsonKeys } from '@fairlead/core';
import type {
  IdentifyResult,
  PollRequest,
  PollTerms,
  ProfileDefinition,
  ProfileIdentity,
} from '@fairlead/profiles';

import type { DownlinkTerms } from './downlink-terms.ts';

export type { Log } from '@fairlead/core';

// --- devices -------------------------------------------------------------------------------------------------------

/** Name of a protocol in the table that the gateway was given. */
export type Protocol = string;
/** `sub`: a device behind a gateway, told by its address there; it has no token and no link of its own. */
export type DeviceType = 'standard' | 'gateway' | 'sub';

/** How much a device may send; at least one of `messages` and `bytes` is there. */
export interface RateTerms {
  readonly messages?: number | undefined;
  /** Received on its link, framing included. */
  readonly bytes?: number | undefined;
  /** Within so many milliseconds. */
  readonly per: number;
  /** `wait` (the default): it is read no faster, and TCP slows it down. `refuse`: what is too much is dropped, with RATE_EXCEEDED. */
  readonly exceeded?: 'wait' | 'refuse' | undefined;
}

/** Framing and scripts for one kind of device. */
export interface Profile {
  readonly id: string;
  /** A name where people share the profile; absent for one that belongs to a single definition. */
  readonly name?: string | undefined;
  /** Text that `parseFraming` takes: `line`, `fixed:12`, JSON. Absent: raw. The custom protocol's, after the token. */
  readonly framing?: string | undefined;
  /** Of what the profile is; a name refers to the newest. */
  readonly version?: string | undefined;
  readonly direction?: 'listens' | 'dials' | undefined;
  /** How a device is known (default: by its token). */
  readonly identity?: ProfileIdentity | undefined;
  /** The first bytes of a link that speaks this (default: what the framing tells). */
  readonly detect?: ProfileDefinition['detect'];
  /**
   * Source of the script that turns frames into readings, and commands into bytes (export `downlink`); for a profile of a
   * folder it also exports `identify` and `poll`.
   */
  readonly uplink?: string | undefined;
  /** Source of a second script for downlinks, where it is not in the first. */
  readonly downlink?: string | undefined;
  /** Sent after authentication, in hex; absent: nothing is sent. */
  readonly authReply?: string | undefined;
  readonly heartbeatEcho?: boolean | undefined;
  /** Sent after each message that the sink has safe, in hex. */
  readonly ack?: string | undefined;
  /** Values of the parameters that a device does not set. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  /** Whether a device must prove to know a secret (default `none`: the script gets none). */
  readonly secret?: 'none' | 'optional' | 'required' | undefined;
  /** Milliseconds between two signs of life of a device. */
  readonly heartbeat?: number | undefined;
  /** Milliseconds of silence after which a link is closed (default: 2.5 times `heartbeat`). */
  readonly idle?: number | undefined;
  readonly rate?: RateTerms | undefined;
  readonly poll?: PollTerms | undefined;
  readonly downlinks?: DownlinkTerms | undefined;
}

export interface Device {
  /** ULID, never used again. */
  readonly id: string;
  /** The immutable key in topics, CLI and API. */
  readonly name: string;
  readonly label?: string | undefined;
  readonly type: DeviceType;
  readonly protocol: Protocol;
  /** Name of the gateway device, and the address there: for `sub` only. */
  readonly parent?: string | undefined;
  readonly address?: string | undefined;
  readonly profile: Profile;
  /** What its frames say it is: of one that is known by its profile, in place of a token. */
  readonly identity?: string | undefined;
  readonly secret?: string | undefined;
  /** Over those of the profile. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  /** In place of those of its profile and its listener. */
  readonly rate?: RateTerms | undefined;
  /**
   * What its certificates say, one of which it must show where devices are known by certificates: `cn:NAME`, `dns:NAME` in lower
   * case, `uri:URI`, `subject:DN`, `fingerprint:SHA-256`. Absent: its name is enough.
   */
  readonly certificates?: readonly string[] | undefined;
  /** What becomes of sub-devices that nobody registered, of a gateway device (default `refuse`). */
  readonly unknownSubDevices?: 'refuse' | 'inbox' | 'create' | undefined;
  /** Where it is dialled: `tcp://10.0.0.7:502`. */
  readonly endpoint?: string | undefined;
  /** Over those of the profile. */
  readonly downlinks?: DownlinkTerms | undefined;
  /** Largest piece, in bytes, that is read from or written to the device at once: where a raw stream is cut. */
  readonly inboundBuffer: number;
  readonly outboundBuffer: number;
}

/** Looks devices up. Answers may be synchronous or not; the handshake timer is stopped meanwhile. */
export interface DeviceDirectory {
  /**
   * The device with this AccessToken.
   * @param protocol that its link speaks: for a directory that gets its devices from elsewhere
   */
  byToken(token: string, protocol: Protocol): Device | undefined | Promise<Device | undefined>;
  /** The device of the profile that its frames call so. */
  byIdentity(profile: string, identity: string): Device | undefined | Promise<Device | undefined>;
  /** The device with a certificate that says this: see {@link Device.certificates}. Absent: devices have none. */
  byCertificate?(identity: string): Device | undefined;
  /** The profile that has this name. */
  profile(name: string): Profile | undefined;
  byName(name: string): Device | undefined;
  /** The sub-device with this address behind that gateway device. */
  byAddress(gateway: string, address: string): Device | undefined;
  /** All sub-devices behind a gateway device. */
  subDevices(gateway: string): readonly Device[];
  /** All devices that have an endpoint. Absent: none is dialled. */
  dialled?(): readonly Device[];
}

/** A device that nobody registered, as it introduced itself. */
export interface UnknownDevice {
  /** Name of the listener. */
  readonly listener: string;
  /** Name of the profile; empty: no protocol of the listener was detected. */
  readonly profile: string;
  /** Of a sub-device its address; where no protocol was detected, the address of the link. */
  readonly identity: string;
  readonly remote: string;
  /** Name of its gateway device: of a sub-device only. */
  readonly parent?: string | undefined;
}

/** An unknown device in the inbox. */
export interface InboxEntry extends UnknownDevice {
  /** The same each time the device comes, after restarts too. */
  readonly id: string;
  /** Unix milliseconds. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** How many times it came; of a sub-device how many messages were of it. */
  readonly count: number;
  /** Received since it came last. */
  readonly bytes: number;
  /** The first frames since it came last, in hex, each cut where it is long. */
  readonly frames: readonly string[];
  /** Whether its link waits. */
  readonly connected: boolean;
}

/** Keeps the entries of the inbox over restarts. Calls must return at once; nothing waits for them. */
export interface InboxStore {
  /** A new entry, or a newer state of one. */
  note(entry: InboxEntry): void;
  drop(id: string): void;
  list(): readonly InboxEntry[];
}

/** Registers unknown devices on the spot. Rejects with a catalogue error, which closes the link. */
export type CreateDevice = (unknown: UnknownDevice) => Promise<Device>;

// --- uplinks ---------------------------------------------------------------------------------------------------------

/** Where a message comes from. Of the copies of a message, and of messages out of order, this tells which is which. */
export interface Origin {
  /** Id of the device whose link it came on: for a sub-device its gateway's. */
  readonly device: string;
  /** Of the device's session: the higher is the newer. */
  readonly epoch: number;
  /** Counts the messages of the session from 1. */
  readonly seq: number;
}

export type UplinkKind = 'attributes' | 'events' | 'raw';

/** One message of a device, in the form in which it goes to the bus. */
export interface Uplink {
  readonly device: Device;
  readonly kind: UplinkKind;
  /** When it was measured if the device says so, else when it came: Unix milliseconds. */
  readonly time: number;
  /** Platform JSON as UTF-8, exactly as it is published; for `raw` the bytes themselves. */
  readonly payload: Uint8Array;
  readonly origin: Origin;
  /** Two messages of a device with the same object here have the same keys at the top level. undefined: that is not known. */
  readonly keys?: JsonKeys | undefined;
}

export interface StatusChange {
  readonly device: Device;
  readonly status: 'online' | 'offline';
  /** When it came online or went offline. */
  readonly since: number;
  /** Absent of a device that is offline because its link was closed in good order. */
  readonly state?: 'live' | 'suspect' | 'dead' | undefined;
  /** For `offline`: the code of why the link ended; for `suspect`: of what is missing. */
  readonly code?: string | undefined;
}

/** Observes everything that is published. It must return at once; nothing waits for it. */
export interface UplinkObserver {
  uplinks(batch: readonly Uplink[]): void;
  status(change: StatusChange): void;
}

/** Where uplinks go: the bus, a journal. */
export interface UplinkSink {
  /**
   * Takes the batch over, in order. false: the sink is slow or away, and the caller reads no more from its sockets until
   * {@link drained}.
   *
   * @param refused called before `write` returns with each uplink that the sink does not take; the others go on
   * @param safe called once for the batch: when it can no longer be lost, or with the error when that cannot be told.
   *   The device is answered then. Absent where nothing is owed to the device.
   */
  write(
    batch: readonly Uplink[],
    refused: (uplink: Uplink, error: FairleadError) => void,
    safe?: (error?: FairleadError) => void,
  ): boolean;
  /** More waits than leaves within a few milliseconds, so that devices take turns. Absent: not known, and they do not. */
  readonly behind?: boolean | undefined;
  /** Resolves when the sink is not `behind`; at once if it is not now. */
  caughtUp?(): Promise<void>;
  /** Resolves when `write` may go on; at once if it may already. */
  drained(signal?: AbortSignal): Promise<void>;
}

// --- bus -------------------------------------------------------------------------------------------------------------

export type { Bus, BusDelivery, BusMessage, BusSubscription } from './bus-port.ts';

// --- scripts ---------------------------------------------------------------------------------------------------------

/** What a script gets besides the bytes. */
export interface ScriptContext {
  readonly device: string;
  readonly type: DeviceType;
  /** The topic that the result will be published on; second argument of `encodeInp`. */
  readonly topic: string;
  /** When the bytes came, Unix milliseconds. */
  readonly time: number;
  readonly identity?: string | undefined;
  /** Id of the link. */
  readonly link?: string | undefined;
  /** Objects as JSON text: of the link, of the device, and what the device is set to. */
  readonly state?: string | undefined;
  readonly deviceState?: string | undefined;
  readonly parameters?: string | undefined;
  readonly secret?: string | undefined;
  /** What the bytes answer: JSON text that the script gave with its request. */
  readonly request?: string | undefined;
}

/** What a call left in `ctx.state` and `ctx.deviceState`, as JSON text; absent where it changed nothing. */
export interface StateChange {
  readonly state?: string | undefined;
  readonly deviceState?: string | undefined;
  /** Whether it looked at one of them. */
  readonly used?: boolean | undefined;
}

export interface ScriptMessage {
  readonly kind: 'attributes' | 'events';
  /** The `values` as JSON text. */
  readonly json: string;
  /** Unix milliseconds, where the script names a time. */
  readonly time?: number | undefined;
  /** Address of the sub-device that the message is of. */
  readonly device?: string | undefined;
}

/** A frame answers the request of a downlink that has this `id`; with `refused`, the device says why it did not do it. */
export interface Answer {
  readonly id: string;
  readonly refused?: string | undefined;
}

/** For each frame, in order: its messages and replies, or the error. */
export type UplinkResult =
  | {
      readonly messages: readonly ScriptMessage[];
      readonly replies: readonly Buffer[];
      /** Requests of downlinks that the frame answers. */
      readonly answers?: readonly Answer[] | undefined;
      readonly error?: undefined;
    }
  | { readonly error: FairleadError };

/** A compiled script. Calls of one script run in the order in which they were made. */
export interface Script {
  /** `module`: exports `uplink`, `downlink` or both; `encodeInp`: one function, for whichever direction it is used. */
  readonly contract: 'module' | 'encodeInp';
  /** Whether the source defines `uplink` or `encodeInp`. */
  readonly hasUplink: boolean;
  /** Whether the source defines `downlink` or `encodeInp`. */
  readonly hasDownlink: boolean;
  readonly hasIdentify: boolean;
  /** Whether `poll` is there. */
  readonly hasPoll?: boolean | undefined;
  /**
   * Whether a call has looked at `ctx.state` or `ctx.deviceState` so far. From then on calls of one link are made one after
   * another, each with the state that the last one left.
   */
  readonly keepsState: boolean;
  /** What a frame of a device that is not known says. Rejects with a catalogue error when the script fails. */
  identify(
    frame: Uint8Array,
    context: ScriptContext,
  ): Promise<{ readonly result?: IdentifyResult | undefined } & StateChange>;
  uplink(
    frames: readonly Uint8Array[],
    context: ScriptContext,
  ): Promise<{ readonly results: readonly UplinkResult[] } & StateChange>;
  /** Rejects with a catalogue error when the script fails. */
  downlink(input: DownlinkInput, context: ScriptContext): Promise<SentByScript & StateChange>;
  /** What the device is asked now. Rejects with a catalogue error when the script fails. */
  poll?(context: ScriptContext): Promise<{ readonly requests: readonly PollRequest[] } & StateChange>;
}

/** What a script makes of a downlink. */
export interface SentByScript {
  readonly bytes: readonly Buffer[];
  /** The same bytes as requests, where the script says which answers they have. */
  readonly requests?: readonly PollRequest[] | undefined;
}

export interface ScriptHost {
  /** Compiles once per source. Rejects with `SCRIPT_INVALID`, which names line and reason. */
  load(source: string): Promise<Script>;
}

/** Keeps what scripts keep of devices over restarts. Calls must return at once; nothing waits for them. */
export interface DeviceStateStore {
  /** JSON text; undefined: there is none. */
  get(device: Device): string | undefined;
  put(device: Device, state: string): void;
}

// --- downlinks -------------------------------------------------------------------------------------------------------

export interface DownlinkInput {
  readonly kind: 'attributes' | 'command';
  readonly values: unknown;
  /** Written as they are, without a packet around them, to a device that has no script. Such a downlink is never kept. */
  readonly bytes?: Uint8Array | undefined;
}

// --- sessions --------------------------------------------------------------------------------------------------------

/** Who holds the session of which device. */
export interface SessionRegistry {
  /**
   * Makes a new session the device's session. Its epoch is higher than that of every session before. Rejects with ABORTED,
   * or when the registry cannot be reached.
   *
   * @param since when the device connected, Unix milliseconds
   */
  claim(device: Device, since: number, signal: AbortSignal): Promise<SessionClaim>;
  /** The session has ended, for the reason `code`. Does nothing if the device has a newer one. */
  release(device: Device, epoch: number, code: string): void;
  /** @param id of the device */
  owner(id: string): Promise<SessionOwner | undefined>;
  /** Calls `lost` when another node has taken over a session of this one, at times before its claim has resolved. */
  onLost(lost: (id: string, epoch: number) => void): void;
}

export interface SessionClaim {
  readonly epoch: number;
}

export interface SessionOwner {
  readonly node: string;
  readonly epoch: number;
  /** Unix milliseconds. */
  readonly since: number;
}
