import type { Clock, FairTotal } from '@fairlead/core';
import type { RequestSettings } from '../request/options.ts';

/** Settings of all links of one owner. */
export interface LinkSettings {
  readonly clock: Clock;
  /** Bytes that may wait for a peer that does not read; beyond it `WRITE_BUFFER_FULL`. */
  readonly writeBuffer: number;
  /** What waits on all links of the owner together; a link that waits for less than its high water mark does not count. */
  readonly waiting?: FairTotal | undefined;
  /** Bytes of incomplete frames on all links of the owner together. */
  readonly incomplete?: FairTotal | undefined;
  /** Milliseconds that a closing link has to send what waits and to see the peer close. */
  readonly closeGrace: number;
  /** How requests find their replies; in order where nothing is said. */
  readonly requests?: RequestSettings | undefined;
}
