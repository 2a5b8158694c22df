/** Counters of one link: a plain object. */
export interface LinkStats {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly framesIn: number;
  readonly framesOut: number;
  /** Most bytes that ever waited to be sent. */
  readonly writeBufferPeak: number;
  /** Bytes that wait to be sent. */
  readonly backlog: number;
  /** Bytes received of a frame that is not complete. */
  readonly pending: number;
  /** Bytes received that are in no frame, as the framing passes over what it cannot read. */
  readonly bytesSkipped: number;
  /** Frames received and dropped, as their check value is wrong. */
  readonly framesDropped: number;
  /** Begun frames that were passed over, as they were not complete in time. */
  readonly framesTimedOut: number;
  /** Unix milliseconds at which bytes last went either way, or else the link began. */
  readonly lastActivity: number;
}
