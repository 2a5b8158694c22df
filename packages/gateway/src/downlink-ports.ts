/** What the gateway needs from other packages for downlinks, and how these reach the sessions of devices. */
import type { Device, DownlinkInput } from './ports.ts';

export interface DownlinkReceipt {
  readonly device: string;
  /** `queued`: handed to the link, or kept; `written`: the operating system took every byte; `acknowledged`: the device has answered. */
  readonly status: 'queued' | 'written' | 'acknowledged';
  /** Bytes of the messages; absent while a kept one waits. */
  readonly bytes?: number | undefined;
  /** Of one that is kept. */
  readonly id?: string | undefined;
}

export interface Downlink {
  /** Who it is for: the device that has the link, or a sub-device behind it. */
  readonly device: Device;
  readonly input: DownlinkInput;
  /** Milliseconds to wait for what `until` says; absent: the bytes are only queued. */
  readonly wait?: number | undefined;
  /**
   * `written` (the default): the operating system took every byte. `acknowledged`: the device has answered; rejects with
   * DOWNLINK_NOT_ACKNOWLEDGEABLE, before anything is sent, where an answer cannot be told. `settled`: acknowledged where an
   * answer can be told, else written.
   */
  readonly until?: 'written' | 'acknowledged' | 'settled' | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Called when the bytes are there and before the first of them leaves. When it rejects, nothing is sent.
   *
   * @param answered whether an answer can be told
   */
  readonly attempt?: ((answered: boolean) => Promise<void>) | undefined;
  /** Called when the operating system took every byte. */
  readonly written?: (() => void) | undefined;
  /** Waits until a device that listens only for a while after it was heard does so; otherwise DOWNLINK_WINDOW_CLOSED. */
  readonly patient?: boolean | undefined;
}

/** A session that takes downlinks for its device and for those behind it. */
export interface AttachedSession {
  /** The device that has the link. */
  readonly device: Device;
  readonly epoch: number;
  deliver(downlink: Downlink): Promise<DownlinkReceipt>;
}

/** Where downlinks come from: this process, another node. */
export interface DownlinkSource {
  /** From now on downlinks go to this session, unless the device has one with a newer epoch. */
  attach(session: AttachedSession): void;
  /** The session has ended. It is the same object that was attached. */
  detach(session: AttachedSession): void;
}

// --- kept downlinks --------------------------------------------------------------------------------------------------

/** What became of a kept downlink. `attempted`: it is being sent, or the process ended meanwhile; it may have been sent. */
export type DownlinkState =
  | 'queued'
  | 'attempted'
  | 'written'
  | 'acknowledged'
  | 'failed'
  | 'expired'
  | 'cancelled';

/**
 * `at-most-once`: tried once; where it cannot be told whether the device got it, it has failed. `at-least-once`: sent again
 * until the device has answered, or until all was written where its answer cannot be told.
 */
export type DeliveryPromise = 'at-most-once' | 'at-least-once';

/** A downlink in the ledger. Times are Unix milliseconds. */
export interface KeptDownlink {
  /** ULID: later ones are greater. */
  readonly id: string;
  /** Name and id of the device that it is for. */
  readonly device: string;
  readonly deviceId: string;
  /** Id of the device that has the link: for a sub-device its gateway's. */
  readonly owner: string;
  readonly kind: DownlinkInput['kind'];
  /** The values as JSON text. */
  readonly json: string;
  readonly delivery: DeliveryPromise;
  /** A second one with the same key is the same downlink. */
  readonly key?: string | undefined;
  readonly state: DownlinkState;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** How often it was tried. */
  readonly attempts: number;
  /** Whether the device's answer to the last try can be told. */
  readonly answerable: boolean;
  readonly writtenAt?: number | undefined;
  /** Absent while something may still become of it. */
  readonly finishedAt?: number | undefined;
  /** Why it failed, or was tried again. */
  readonly code?: string | undefined;
  readonly reason?: string | undefined;
  /** Where else the outcome is published. */
  readonly replyTo?: ReplyTo | undefined;
}

/** Of a request over the bus. */
export interface ReplyTo {
  readonly topic: string;
  /** Base64. */
  readonly correlation?: string | undefined;
}

export interface DownlinkQuery {
  readonly device?: string | undefined;
  readonly state?: DownlinkState | undefined;
  /** Created from this time on, and before that one. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Only ids below this one. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/**
 * Keeps downlinks over restarts. A promise that resolved means: it is on disk. Calls that belong to one device take hold in the
 * order in which they were made. With many nodes, the entries of one device are one value.
 */
export interface DownlinkQueue {
  /**
   * Adds it, or returns the one that the device has with its key. Rejects with DOWNLINKS_FULL or an error of the storage, and
   * has added nothing.
   */
  put(
    downlink: Omit<KeptDownlink, 'id'>,
  ): Promise<{ readonly downlink: KeptDownlink; readonly added: boolean }>;
  /** Replaces the one with this id, if it is in the state `from`. false: it is not, or it was removed with its device. */
  save(downlink: KeptDownlink, from: DownlinkState): Promise<boolean>;
  get(id: string): Promise<KeptDownlink | undefined>;
  /** Whether some may wait for the link of the device with this id. Asked on each connect: the answer is at hand. */
  hasWaiting(owner: string): boolean;
  /** The oldest that is queued of those whose link the device with this id has. */
  next(owner: string): Promise<KeptDownlink | undefined>;
  /** Some of those that were begun and are not finished. */
  begun(): Promise<readonly KeptDownlink[]>;
  /** Some of those that are queued and whose time is over. */
  expired(now: number): Promise<readonly KeptDownlink[]>;
  /** When the next one expires, Unix milliseconds. */
  nextExpiry(): Promise<number | undefined>;
  /** The newest first. */
  list(query: DownlinkQuery): Promise<readonly KeptDownlink[]>;
}
