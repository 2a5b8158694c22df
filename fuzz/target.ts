/** What a target found, and how to reproduce it. */
export interface Finding {
  readonly what: string;
  /** Lines: bytes in hex, where they are cut. */
  readonly reproduction: readonly string[];
}

export interface Report {
  /** The amount of tested input. */
  readonly summary: string;
  readonly finding?: Finding | undefined;
}

/** Fuzzes until `until` answers true or something is found. The same seed gives the same inputs in the same order. */
export type Target = (seed: number, until: () => boolean) => Promise<Report>;
