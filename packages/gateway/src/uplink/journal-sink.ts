import { asFairleadError, type FairleadError } from '@fairlead/core';
import type { UplinkJournal } from '../journal-port.ts';
import type { Uplink, UplinkSink } from '../ports.ts';

/** Uplinks are safe when they are on disk. The {@link Forwarder} takes them on to the bus. */
export class JournalSink implements UplinkSink {
  readonly #journal: UplinkJournal;

  constructor(journal: UplinkJournal) {
    this.#journal = journal;
  }

  write(
    batch: readonly Uplink[],
    refused: (uplink: Uplink, error: FairleadError) => void,
    safe?: (error?: FairleadError) => void,
  ): boolean {
    try {
      return this.#journal.append(batch, refused, safe);
    } catch (cause) {
      const error = asFairleadError(cause);
      for (const uplink of batch) refused(uplink, error);
      safe?.(error);
      return true;
    }
  }

  drained(signal?: AbortSignal): Promise<void> {
    return this.#journal.drained(signal);
  }
}
