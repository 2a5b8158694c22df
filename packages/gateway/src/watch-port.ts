/** What a program is told of links that it watches, such as a capture. */
import type { FairleadError } from '@fairlead/core';
import type { Uplink } from './ports.ts';

/** A link that is watched. */
export interface WatchedLink {
  readonly id: string;
  readonly remote: string;
  readonly local: string;
  /** Absent until the device is known. */
  readonly data?: { readonly device: { readonly name: string } } | undefined;
}

/** Is told of everything on a link, whole and unmasked. It must return at once, and must not change the bytes. Times are Unix milliseconds. */
export interface LinkWatch {
  /** The link was opened after the watch was; the bytes of a device that were read before it was known follow. */
  opened?(link: WatchedLink, time: number): void;
  received(link: WatchedLink, chunk: Uint8Array, time: number): void;
  sent(link: WatchedLink, piece: Uint8Array, time: number): void;
  frame(link: WatchedLink, payload: Uint8Array, time: number): void;
  message(link: WatchedLink, uplink: Uplink, time: number): void;
  refused(link: WatchedLink, error: FairleadError, bytes: Uint8Array | undefined, time: number): void;
  closed(link: WatchedLink, cause: FairleadError, time: number): void;
}
