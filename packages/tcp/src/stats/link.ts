/** Counters of one link: a plain object. */
export interface LinkStats {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly framesIn: number;
  readonly framesOut: number;
  /** Largest number of bytes that have waited to be sent. */
  readonly writeBufferPeak: number;
  /** Bytes that wait to be sent. */
  readonly backlog: number;
  /** Received bytes of an incomplete frame. */
  readonly pending: number;
  /** Received bytes that are in no frame, because the framing skips bytes that it cannot decode. */
  readonly bytesSkipped: number;
  /** Received frames that were dropped because of a wrong checksum. */
  readonly framesDropped: number;
  /** Begun frames that were skipped because they were not complete in time. */
  readonly framesTimedOut: number;
  /** Unix milliseconds at which bytes were last sent or received; before that, the start of the link. */
  readonly lastActivity: number;
}
