import type { Clock, FairTotal } from '@fairlead/core';
import type { RequestSettings } from '../request/options.ts';

/** Settings of all links of one owner. */
export interface LinkSettings {
  readonly clock: Clock;
  /** Bytes that may wait for a peer that does not read. Beyond it, `WRITE_BUFFER_FULL`. */
  readonly writeBuffer: number;
  /** Bytes that wait on all links of the owner together. A link below its high-water mark does not count. */
  readonly waiting?: FairTotal | undefined;
  /** Bytes of incomplete frames on all links of the owner together. */
  readonly incomplete?: FairTotal | undefined;
  /** Milliseconds for a closing link to send its waiting bytes and to see the peer close. */
  readonly closeGrace: number;
  /** How replies are matched to requests. Default: in order. */
  readonly requests?: RequestSettings | undefined;
}
