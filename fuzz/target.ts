/** What a target found, and how to see it again. */
export interface Finding {
  readonly what: string;
  /** Lines: bytes in hex, where they are cut. */
  readonly reproduction: readonly string[];
}

export interface Report {
  /** How much was tried. */
  readonly summary: string;
  readonly finding?: Finding | undefined;
}

/** Fuzzes until `until` answers true or something is found. The same seed tries the same things in the same order. */
export type Target = (seed: number, until: () => boolean) => Promise<Report>;
