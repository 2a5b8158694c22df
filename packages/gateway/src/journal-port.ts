/** The journal, as the gateway needs it. `@fairlead/journal` fits. */
import type { FairleadError } from '@fairlead/core';
import type { Uplink } from './ports.ts';

/** Keeps uplinks on disk until the bus has them. */
export interface UplinkJournal {
  /** The highest epoch that was ever appended. */
  readonly mark: number;
  /** Whether all that was appended is confirmed. */
  readonly empty: boolean;
  /** As `write` of `UplinkSink`. Throws when it is closed. */
  append(
    batch: readonly Uplink[],
    refused: (uplink: Uplink, error: FairleadError) => void,
    done?: (error?: FairleadError) => void,
  ): boolean;
  drained(signal?: AbortSignal): Promise<void>;
  /** Resolves when all that was appended is on disk; rejects if it cannot be written now. */
  flushed(): Promise<void>;
  /** The next records that are on disk; waits for them. */
  read(signal?: AbortSignal): Promise<{ readonly payloads: readonly Buffer[]; readonly last: number }>;
  /** The bus has everything up to this record. */
  confirm(last: number): void;
  /** What is not confirmed is read again. */
  rewind(): void;
}

export interface JournalTerms {
  readonly journal: UplinkJournal;
  /** Whether uplinks of the listener go to the journal; of devices that are dialled with `dialled`. */
  keeps(listener: string): boolean;
  /** `payload`: JSON objects get a last key `_origin`, for subscribers that do not see properties (default `properties`). */
  readonly origin?: 'properties' | 'payload' | undefined;
}
