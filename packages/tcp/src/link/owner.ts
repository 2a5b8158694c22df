import type { Clock } from '../clock.ts';
import type { FairleadError } from '../errors.ts';
import type { RequestSettings } from '../request/options.ts';
import type { Link } from './link.ts';

/** Who made the link. One owner serves all links of a listener, so that a link carries no closures. */
export interface LinkOwner<In, Out> {
  /** All frames that one chunk completed, never none. Replies to requests are not among them. */
  frames(link: Link<In, Out>, batch: In[]): void;
  /** What waited to be sent has left, after a `send` that answered false. */
  writable?(link: Link<In, Out>): void;
  /** The peer has ended its side of a link whose frames do not flow; what it sent may still be unread. */
  ended?(link: Link<In, Out>): void;
  /** The last call. */
  closed(link: Link<In, Out>, cause: FairleadError): void;
}

/** What all links of one owner share. */
export interface LinkSettings {
  readonly clock: Clock;
  /** Bytes that may wait for a peer that does not read; beyond it `WRITE_BUFFER_FULL`. */
  readonly writeBuffer: number;
  /** Milliseconds that a closing link has to send what waits and to see the peer close. */
  readonly closeGrace: number;
  /** How requests find their replies; in order where nothing is said. */
  readonly requests?: RequestSettings | undefined;
}
