import type { FairleadError } from '@fairlead/core';
import type { RawElement } from '../wire/index.ts';
import type { HeadingReader } from './heading.ts';
import type { Interest } from './interest.ts';
import type { Outbox } from './outbox.ts';
import type { SourceState } from './source-state.ts';

/** A driver, or a server that the hub is a client of. */
export interface Source {
  readonly name: string;
  readonly kind: 'driver' | 'chain';
  /** The only device that is taken from it. */
  readonly only: string | undefined;
  readonly state: SourceState;
  /** Whether its devices are connected once it has started, unless they have been disconnected since its first start. */
  readonly connect: boolean;
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
  /** What is odd about it while it runs. */
  warning: FairleadError | undefined;
  /** Clients that are the server at its other end: what comes from there does not go back. */
  readonly mirrors: Set<Outbox>;
  readonly pid?: number | undefined;
  /** At once, where it waits to be started again. Nothing happens while it runs. */
  start(): void;
  /** It has said that it lives, and will again: that can be counted on from now on. */
  beat?(): void;
  /** It has been asked for what it surely has. */
  asked?(): void;
  /** Ends it in an orderly way; it may be started again once this has resolved. Idempotent. */
  stop(): Promise<void>;
}

/** What a source tells the hub. */
export interface SourceEvents {
  /** It runs, and has been told nothing yet. */
  up(source: Source): void;
  elements(source: Source, batch: readonly RawElement[]): void;
  /** It has ended; it may come back. */
  down(source: Source): void;
}
