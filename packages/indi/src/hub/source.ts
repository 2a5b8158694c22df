import type { FairleadError } from '@fairlead/core';
import type { RawElement } from '../wire/index.ts';
import type { ElementQueue } from './element-queue.ts';
import type { HeadingReader } from './heading.ts';
import type { Interest } from './interest.ts';
import type { SourceState } from './source-state.ts';

/** A driver, or a server that the hub is a client of. */
export interface Source {
  readonly name: string;
  readonly kind: 'driver' | 'chain';
  /** The only device accepted from it. */
  readonly only: string | undefined;
  readonly state: SourceState;
  /** Whether its devices are connected after its start, unless a client disconnected them since its first start. */
  readonly connect: boolean;
  /** What it snoops on; new with each start. */
  readonly interest: Interest;
  readonly reader: HeadingReader;
  /** The queue to it; new with each start. */
  readonly queue: ElementQueue;
  /** Devices that it defined since its last start. */
  readonly devices: Set<string>;
  /** Requests for BLOBs that were sent to it, by key. */
  readonly blobSubscriptions: Set<string>;
  /** Starts after the first. */
  readonly restarts: number;
  /** Why it ended last. */
  readonly cause: FairleadError | undefined;
  /** A problem while it runs. */
  warning: FairleadError | undefined;
  /** Clients that are the chained server itself: its elements are not sent back to them. */
  readonly mirrors: Set<ElementQueue>;
  readonly pid?: number | undefined;
  /** Starts it at once if it waits for a restart. No effect while it runs. */
  start(): void;
  /** It sent a heartbeat; from now on missing heartbeats mean that it hangs. */
  beat?(): void;
  /** It was sent a request that every driver answers. */
  asked?(): void;
  /** Stops it in an orderly way; it can be started again after this has resolved. Idempotent. */
  stop(): Promise<void>;
}

/** Events of a source for the hub. */
export interface SourceEvents {
  /** It runs, and nothing was sent to it yet. */
  up(source: Source): void;
  elements(source: Source, batch: readonly RawElement[]): void;
  /** It has ended; it may start again. */
  down(source: Source): void;
}
