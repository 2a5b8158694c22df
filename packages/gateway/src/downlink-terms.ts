/** Settings of a profile or a device about downlinks. Times are in milliseconds. */
export interface DownlinkTerms {
  /** Downlinks are kept for a device that is not connected, for so long. */
  readonly keep?: number | undefined;
  /** For so long after it was heard the device listens (default: always). */
  readonly window?: number | undefined;
  /** Least time between two kept downlinks. */
  readonly gap?: number | undefined;
}
