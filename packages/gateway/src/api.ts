/** What the gateway offers to the server, the CLI's HTTP routes and the metrics. */
import type { ServeOptions, ServerLimits } from '@fairlead/tcp';
import type { DesiredControl } from './desired-ports.ts';
import type {
  DeliveryPromise,
  DownlinkQuery,
  DownlinkReceipt,
  KeptDownlink,
  ReplyTo,
} from './downlink-ports.ts';
import type { Guest, HeldLink, HoldOptions, Visit } from './guest-api.ts';
import type { DownlinkInput, InboxEntry, Protocol, RateTerms, StatusChange, UplinkKind } from './ports.ts';
import type { LinkWatch } from './watch-port.ts';

/** A message that was refused while its link stayed open. */
export interface RefusedFrame {
  /** Unix milliseconds. */
  readonly time: number;
  readonly code: string;
  /** In words, with the values that met. */
  readonly reason: string;
  /** Bytes of the whole message. */
  readonly size: number;
  /** Its first bytes. */
  readonly hex: string;
}

/** A link of a device, open or closed, as `fairlead link` shows it. */
export interface LinkInfo {
  readonly id: string;
  readonly listener: string;
  readonly remote: string;
  /** Absent until the device is known. */
  readonly device?: string | undefined;
  readonly state: 'handshaking' | 'open' | 'closed';
  readonly openedAt: number;
  readonly closedAt?: number | undefined;
  /** Why it closed. */
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly framesIn: number;
  readonly framesOut: number;
  readonly lastReceivedAt?: number | undefined;
  /** Messages that were refused while the link stayed open: how many by code. */
  readonly refusals: Readonly<Record<string, number>>;
  /** The last refusal in words, with the values that met. */
  readonly lastRefusal?: string | undefined;
  /** The last messages that were refused, oldest first. */
  readonly refusedFrames: readonly RefusedFrame[];
  /** The first bytes of what could not be framed, in hex. */
  readonly offending?: string | undefined;
}

/** Something that was seen on a link. Bytes are in hex, cut where they are long; tokens of Fairlead are asterisks. */
export interface TapEvent {
  /** Unix milliseconds. */
  readonly time: number;
  /** Id of the link. */
  readonly link: string;
  /** Absent until the device is known. */
  readonly device?: string | undefined;
  /**
   * `received`, `sent`: bytes on the wire. `frame`: what the framing made of them. `message`: what was published.
   * `refused`: what was not. `closed`: the end of the link.
   */
  readonly what: 'received' | 'sent' | 'frame' | 'message' | 'refused' | 'closed';
  /** All bytes, and the first of them. */
  readonly size?: number | undefined;
  readonly hex?: string | undefined;
  /** Of a message: its device, its kind, when it was measured (RFC 3339), and its values where they are not too long. */
  readonly of?: string | undefined;
  readonly kind?: UplinkKind | undefined;
  readonly measured?: string | undefined;
  readonly values?: unknown;
  /** Of a refusal and of the end. */
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
}

/** It must return at once; nothing waits for it. */
export type TapObserver = (event: TapEvent) => void;

export interface Tap extends Disposable {
  close(): void;
}

export interface DevicePresence {
  readonly status: 'online' | 'offline';
  readonly since?: number | undefined;
  readonly link?: string | undefined;
  /** While it is online. */
  readonly state?: 'live' | 'suspect' | undefined;
  /** Why it is suspect. */
  readonly doubt?: { readonly code: string; readonly reason: string; readonly since: number } | undefined;
  /** The rate that it exceeds, in words, while it is not read for that. */
  readonly slowed?: string | undefined;
  /** DEVICE_FLAPS in words, while links of the device compete. */
  readonly flaps?: string | undefined;
}

/** What this process remembers of a device that is not connected. */
export interface DeviceTraces {
  /** Its last link that ended. */
  readonly closed?: LinkInfo | undefined;
  /** The last link on which it was recognised and refused. */
  readonly refused?: LinkInfo | undefined;
  /** The last link that was refused because nobody has its token: it may have been any device. */
  readonly unknownToken?: LinkInfo | undefined;
  /** Why its link cannot be opened: of a device that is dialled. */
  readonly failure?: DialFailure | undefined;
}

export interface DialFailure {
  /** Of the last attempt, Unix milliseconds. */
  readonly time: number;
  readonly code: string;
  readonly reason: string;
}

/** What links of a listener may speak: one protocol, or profiles that their first bytes tell apart. */
export type ListenerSpeech = Protocol | ListenerProfiles;

export interface ListenerProfiles {
  /** Names of profiles; protocols such as `official` and `custom` may be among them. Of equally sure ones the first is taken. */
  readonly profiles: readonly string[];
  /** What becomes of devices that nobody registered (default `refuse`). */
  readonly unknown?: UnknownPolicy | undefined;
}

/** `inbox`: they stay connected until somebody registers them. `create`: they are registered on the spot. */
export type UnknownPolicy = 'refuse' | 'inbox' | 'create';

export interface ListenerInfo {
  readonly name: string;
  /** `profiles` where it takes several. */
  readonly protocol: Protocol;
  /** What it was given, where it takes several. */
  readonly profiles?: readonly string[] | undefined;
  /** As bound: `127.0.0.1:7653`. */
  readonly address: string;
  readonly sessions: number;
}

/**
 * Bounds of a listener: those of `serve()`; `frame`, the largest payload of an official packet in bytes; `rate`, how much each of
 * its devices may send, whatever the device and its profile allow.
 */
export type ListenerLimits = ServerLimits & {
  readonly frame?: number;
  readonly rate?: RateTerms | undefined;
};

/** Who may connect to a listener: the options of these names of `serve()`, and how certificates name devices. */
export interface ListenerDoor
  extends Pick<ServeOptions<unknown, unknown, unknown>, 'allow' | 'deny' | 'proxy' | 'tls'> {
  /**
   * Devices are known by their certificates: which part of one is the name of the device, such as `cn:{device}`. Needs `tls` with
   * `clients: require`. The official and the custom protocol then need no token; of profiles, the frames must agree.
   */
  readonly device?: string | undefined;
  /** Which link a device keeps that connects while it is connected (default `newest`). */
  readonly takeover?: TakeoverRule | undefined;
}

/** An address that is locked out of a listener: see `limits.lockout` of `serve()`. */
export interface LockedOut {
  readonly listener: string;
  /** The one that failed last; of IPv6, all of its network of 64 bits are locked out. */
  readonly address: string;
  /** Milliseconds until it may connect again. */
  readonly left: number;
}

export interface Lockouts {
  /** The addresses that are locked out of a listener now. */
  lockedAddresses(): readonly LockedOut[];
  /** Lets an address connect to all listeners again; what it has failed is forgotten. Returns whether it was locked out of one. */
  unlock(address: string): boolean;
}

/**
 * Which link a device keeps that connects while it is connected. `newest`: the new one. `keep`: the earlier one, unless it is
 * suspect; the new one is refused with SESSION_KEPT.
 */
export type TakeoverRule = 'newest' | 'keep';

/** Links of a listener that are open, and what went over its links since the start. */
export interface Traffic {
  readonly open: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly framesIn: number;
  readonly framesOut: number;
}

/** Counters of one profile since the start. */
export interface ProfileCounts {
  /** Messages from devices. */
  readonly messages: number;
  /** Calls of its uplink script, and the time until their results were there, in milliseconds. */
  readonly scriptCalls: number;
  readonly scriptMs: number;
  /** Devices that are connected now. */
  readonly connected: number;
}

/** Counters since the start; the server turns them into metrics. */
export interface GatewayCounters {
  readonly linksOpened: ReadonlyMap<string, number>; // by listener
  readonly linksClosed: ReadonlyMap<string, number>; // by `listener code`
  readonly refusals: ReadonlyMap<string, number>; // by `listener code`
  readonly traffic: ReadonlyMap<string, Traffic>; // by listener
  readonly profiles: ReadonlyMap<string, ProfileCounts>; // by name
  readonly profileClosed: ReadonlyMap<string, number>; // links that ended, by `profile code`
  readonly profileRefusals: ReadonlyMap<string, number>; // by `profile code`
  readonly uplinks: ReadonlyMap<string, number>; // by kind
  readonly downlinks: ReadonlyMap<string, number>; // by outcome: written, or a code
  readonly online: number;
  /** Of those online, the ones that are suspect. */
  readonly suspect: number;
  /** Devices that are not read now because they send too much. */
  readonly slowed: number;
  /** Devices whose links compete. */
  readonly flapping: number;
  /** Addresses that are locked out, by listener. */
  readonly lockedOut: ReadonlyMap<string, number>;
}

/** What scripts keep, as JSON texts. */
export interface ScriptStates {
  readonly state: string | undefined;
  readonly deviceState: string | undefined;
}

/** What belongs to this process alone: its listeners and links. Of many nodes each answers for itself. */
export interface GatewayNode extends AsyncDisposable {
  /**
   * Binds a listener. A profile that does not exist yet, or that no listener can take, is named in the log and left out until
   * `profileChanged` brings one that can be taken. Rejects with PROTOCOL_UNKNOWN, PROFILES_MISSING, PORT_IN_USE, LISTEN_FAILED,
   * ENDPOINT_INVALID, TLS_MATERIAL_INVALID, CERTIFICATE_NAMING_INVALID, OPTION_UNKNOWN or OPTION_INVALID.
   */
  listen(
    name: string,
    speech: ListenerSpeech,
    endpoint: string,
    limits?: ListenerLimits,
    door?: ListenerDoor,
  ): Promise<ListenerInfo>;
  /**
   * Reads the certificates of a listener again, for new links. Returns whether they have changed. Rejects with
   * TLS_MATERIAL_INVALID; then the earlier ones stay in use.
   */
  renewCertificates(listener: string): Promise<boolean>;
  /** Replaces `allow` and `deny` of a listener, for new links. Throws OPTION_INVALID; then the earlier ones stay in use. */
  setAddresses(listener: string, lists: Pick<ListenerDoor, 'allow' | 'deny'>): void;
  readonly lockouts: Lockouts;
  /** Replaces the limits of a listener for new links, and `idle` and `rate` for all. Throws OPTION_INVALID. */
  setLimits(listener: string, limits: ListenerLimits): void;
  listeners(): readonly ListenerInfo[];
  /** Opens the links to all devices that have an endpoint, and from now on to those that are added, and keeps them. */
  dial(): void;
  /**
   * Lends the link to a dialled device to a guest alone, in turn with commands. Polls of the link wait until the guest ends the
   * hold, or `hold` milliseconds are over (LINK_HELD_TOO_LONG). Rejects with DOWNLINK_DEVICE_UNKNOWN, DEVICE_NOT_DIALLED,
   * DEVICE_OFFLINE, LINK_TURNS_WAITING, LINK_TURN_TIMEOUT (after `wait` milliseconds), the cause of the link's end, or ABORTED.
   */
  holdLink(device: string, guest: Guest, options: HoldOptions): Promise<HeldLink>;
  /** From now on the guest sees what a dialled device sends unasked, on each of its links, until it ends the visit. */
  visit(device: string, guest: Guest): Visit;
  /** Open links first, then the closed ones that are remembered, newest first. */
  links(): readonly LinkInfo[];
  link(id: string): LinkInfo | undefined;
  /** What explains why a device is not connected. */
  traces(device: string): DeviceTraces;
  /** Copies of what the scripts of a connected device keep, for trials; undefined: it is not connected. */
  scriptStates(device: string): ScriptStates | undefined;
  /** Closes a link; false when there is none that is open. */
  kill(id: string): boolean;
  counters(): GatewayCounters;
  /**
   * Shows what happens on a link, or on those of a device, also when it connects later; of a sub-device on those of its
   * gateway device. Throws TAP_TARGET_UNKNOWN or TAPS_FULL.
   *
   * @param target a device's name or a link's id
   */
  tap(target: string, observe: TapObserver): Tap;
  /**
   * Like {@link tap}, with whole bytes; the target may also be an entry of the inbox. What a device sent on a new link before it
   * was known is told too. Throws TAP_TARGET_UNKNOWN or TAPS_FULL.
   */
  watch(target: string, watch: LinkWatch): Tap;
  /** Unknown devices that came to a listener with "unknown: inbox", newest first. */
  inbox(): readonly InboxEntry[];
  inboxEntry(id: string): InboxEntry | undefined;
  /** Removes an unknown device from the inbox, and closes its link with INBOX_DROPPED. false: there is no such entry. */
  dropFromInbox(id: string): boolean;
  /** Stops accepting, lets what was read reach the bus, closes the links, announces the devices as offline. */
  close(): Promise<void>;
}

/** How a downlink is sent. Without `wait` and `until` the receipt says `queued`. */
export interface SendOptions {
  /** Milliseconds to wait for what `until` says (default 30,000). */
  readonly wait?: number | undefined;
  /** Default `written`. */
  readonly until?: 'written' | 'acknowledged' | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds for which it is kept until the device is connected and listens; true: as long as the limits say. Absent: as the
   * device says, else it is not kept.
   */
  readonly keep?: number | true | undefined;
  /** A second downlink with the same key is not sent: the sender gets the outcome of the first. */
  readonly key?: string | undefined;
  /** Default `at-most-once`. */
  readonly delivery?: DeliveryPromise | undefined;
  /** Where the outcome is published besides the topic `result`. */
  readonly replyTo?: ReplyTo | undefined;
  /** Of W3C Trace Context: what this is a part of. */
  readonly traceparent?: string | undefined;
}

/** The downlinks that are kept, and those that were. */
export interface DownlinkLedger {
  /** The newest first. */
  list(query: DownlinkQuery): Promise<readonly KeptDownlink[]>;
  /** Rejects with DOWNLINK_UNKNOWN. */
  get(id: string): Promise<KeptDownlink>;
  /** Takes back one that was not sent. Rejects with DOWNLINK_UNKNOWN or DOWNLINK_NOT_CANCELLABLE. */
  cancel(id: string): Promise<KeptDownlink>;
}

/** What is about devices, wherever they are connected: with many nodes it means all of them. */
export interface GatewayFleet {
  /**
   * Sends to a device. With `keep`, `key` or `delivery` the downlink is in the ledger, and the receipt has its id; otherwise the
   * device must be connected. Rejects with DOWNLINK_DEVICE_UNKNOWN, DEVICE_OFFLINE, or as the delivery on its link does; of a
   * downlink in the ledger with DOWNLINK_KEY_REUSED, DOWNLINKS_FULL, DOWNLINK_FAILED, DOWNLINK_ONLY_WRITTEN or DOWNLINK_PENDING.
   */
  send(device: string, input: DownlinkInput, options?: SendOptions): Promise<DownlinkReceipt>;
  readonly ledger: DownlinkLedger;
  /** What operators want devices to report. */
  readonly desired: DesiredControl;
  presence(device: string): DevicePresence;
  /** A device was removed (DEVICE_REMOVED), or has a new token (TOKEN_REPLACED): its link ends, also one that is being admitted. */
  forget(device: string): void;
  /**
   * Settings of a device were changed. They take hold on its link with the next frame; the link ends with DEVICE_CHANGED only
   * where its framing or identity changed. Resolves when they have.
   */
  deviceChanged(device: string): Promise<void>;
  /** The same for all devices of a named profile that was changed or removed, and for what listeners take. */
  profileChanged(profile: string): Promise<void>;
  /**
   * A device was registered. If it is in the inbox, it leaves it; if it waits there on a link, the link becomes its own, with
   * all that it sent. Returns whether it waited.
   */
  registered(device: string): boolean;
  /** A gateway device's sub-devices were added or removed. */
  subDevicesChanged(gateway: string): void;
  /** Announces as offline whatever was left as online by an earlier process. */
  correct(stale: readonly StatusChange[]): void;
}

export interface Gateway extends GatewayNode, GatewayFleet {}
