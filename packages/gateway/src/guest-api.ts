/** What other programs, such as automation, have of the link of a dialled device. */
import type { FairleadError } from '@fairlead/core';
import type { Unfinished } from '@fairlead/tcp';

/** Whoever uses the link of a device. It is called at once, and must return at once. */
export interface Guest {
  /** A frame of the device. It may be a part of a larger buffer: copy it to keep it. */
  frame(frame: Uint8Array): void;
  /** The link is the guest's no longer, and why. Called once at most. */
  lost(cause: FairleadError): void;
}

/** A link that a guest has alone until it calls `end`. */
export interface HeldLink {
  /** `host:port` */
  readonly remote: string;
  /** Name of the framing; `raw`: none. */
  readonly framing: string;
  /** The part of a frame that has come, if one has begun. */
  unfinished(): Unfinished | undefined;
  /** Sends bytes as they are. false: wait for `written`. Throws the cause of the link's end. */
  send(bytes: Uint8Array): boolean;
  written(): Promise<void>;
  /**
   * Gives the link back. Idempotent.
   *
   * @param awaits whether an answer is expected that has not come: it is kept from others
   */
  end(awaits: boolean): void;
}

/** How long a guest waits for the link, and has it at most: milliseconds. */
export interface HoldOptions {
  readonly wait: number;
  readonly hold: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a guest has of a device whose link it uses together with others. */
export interface Visit extends Disposable {
  /** The open link; undefined: there is none at present. */
  readonly link: { readonly remote: string; readonly framing: string } | undefined;
  /** Why there is none: DEVICE_OFFLINE, DOWNLINK_DEVICE_UNKNOWN or DEVICE_NOT_DIALLED. */
  readonly cause: FairleadError | undefined;
  /** Sends bytes as they are, in turn with what others write. Rejects as {@link cause} says, and with DOWNLINKS_WAITING. */
  send(bytes: Uint8Array): Promise<void>;
}
