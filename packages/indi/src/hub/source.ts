import type { FairleadError } from '@fairlead/tcp';
import type { RawElement } from '../wire/index.ts';
import type { HeadingReader } from './heading.ts';
import type { Interest } from './interest.ts';
import type { Outbox } from './outbox.ts';

/**
 *     starting --> running --> waiting --> running ...     any --> stopped
 */
export type SourceState = 'starting' | 'running' | 'waiting' | 'stopped';

/** A driver, or a server that the hub is a client of. */
export interface Source {
  readonly name: string;
  readonly kind: 'driver' | 'chain';
  /** The only device that is taken from it. */
  readonly only: string | undefined;
  readonly state: SourceState;
  /** What it snoops on; renewed with each start. */
  readonly interest: Interest;
  readonly reader: HeadingReader;
  /** Towards it; renewed with each start. */
  readonly outbox: Outbox;
  /** Devices that it has shown since its last start. */
  readonly devices: Set<string>;
  /** Wishes for BLOBs that it was told of, by key. */
  readonly wishes: Set<string>;
  /** Starts after the first. */
  readonly restarts: number;
  /** Why it ended last. */
  readonly cause: FairleadError | undefined;
  readonly pid?: number | undefined;
  start(): void;
  /** Ends it in an orderly way. Idempotent. */
  close(): Promise<void>;
}

/** What a source tells the hub. */
export interface SourceEvents {
  /** It runs, and has been told nothing yet. */
  up(source: Source): void;
  elements(source: Source, batch: readonly RawElement[]): void;
  /** It has ended; it may come back. */
  down(source: Source, cause: FairleadError): void;
}
