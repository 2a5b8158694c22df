/** A long test that breaks things again and again, and counts what is left. */
export interface SoakOptions {
  /** How many times it breaks something. */
  readonly rounds: number;
  /** How long it takes, where that is not a matter of rounds; absent: as the rounds say. */
  readonly minutes?: number | undefined;
  /** The same seed breaks the same things in the same order; what happens between is up to the machine. */
  readonly seed: number;
  /** Prints how far it is. */
  report(progress: string): void;
}

export interface SoakResult {
  /** What was counted, in a line. */
  readonly summary: string;
  /** Each promise that was broken, with what shows it. Empty: all were kept. */
  readonly broken: readonly string[];
}

export type Soak = (options: SoakOptions) => Promise<SoakResult>;
