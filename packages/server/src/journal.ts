/** The journal of the service, if a listener uses it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@fairlead/core';
import { type JournalTerms, type Log, type Uplink, uplinkRecord } from '@fairlead/gateway';
import { type Journal, openJournal } from '@fairlead/journal';
import type { Config } from './config/schema.ts';

/** The name under which the gateway knows the devices that it dials. */
const DIALLED = 'dialled';

interface OpenedJournal extends AsyncDisposable {
  readonly journal: Journal<Uplink>;
  readonly terms: JournalTerms;
}

/**
 * Also opens a journal that no listener uses any more, so that what waits there reaches the bus. Rejects with JOURNAL_UNUSABLE
 * or JOURNAL_LOCKED.
 */
export async function openServiceJournal(
  config: Config,
  log: Log,
  clock: Clock,
): Promise<OpenedJournal | undefined> {
  const { folder = join(config.data, 'journal'), size, segment, dialled, origin } = config.journal;
  const listeners = new Set(
    Object.entries(config.listeners).flatMap(([name, { durability, listen }]) =>
      durability === 'journal' && listen !== false ? [name] : [],
    ),
  );
  if (dialled === 'journal') listeners.add(DIALLED);
  if (listeners.size === 0 && !existsSync(folder)) return undefined;
  const journal = await openJournal({ files: folder, format: uplinkRecord, size, segment, log, clock });
  const { waitingBytes } = journal.stats();
  if (waitingBytes > 0) log.info({ folder, bytes: waitingBytes }, 'The journal has messages for the bus');
  return {
    journal,
    terms: { journal, keeps: (listener) => listeners.has(listener), origin },
    [Symbol.asyncDispose]: () => journal.close(),
  };
}
