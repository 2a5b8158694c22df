/** Counters of one link: a plain object. */
export interface LinkStats {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly framesIn: number;
  readonly framesOut: number;
  /** Most bytes that ever waited to be sent. */
  readonly writeBufferPeak: number;
  /** Bytes received of a frame that is not complete. */
  readonly pending: number;
}
