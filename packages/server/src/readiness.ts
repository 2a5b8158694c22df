/** Whether devices are served, and the reasons if not. */

import type { Readiness } from '@fairlead/api';
import type { BusAdapter } from '@fairlead/bus';
import type { JournalStats } from '@fairlead/journal';
import type { Health } from '@fairlead/store';

interface ReadinessSources {
  readonly store: { health(): Health };
  readonly bus: Pick<BusAdapter, 'state' | 'cause'>;
  /** Absent: no listener uses it. */
  readonly journal?: { stats(): JournalStats } | undefined;
  /** The open device ports, and the configured ones. */
  readonly bound: number;
  readonly wanted: number;
}

export function readinessOf({ store, bus, journal, bound, wanted }: ReadinessSources): Readiness {
  const health = store.health();
  const checks = {
    store: { ok: health.ok, detail: health.ok ? 'writable' : health.error.message },
    bus: { ok: bus.state === 'connected', detail: bus.cause?.message ?? bus.state },
    ...(journal !== undefined && { journal: journalCheck(journal.stats()) }),
    listeners: { ok: bound === wanted, detail: `${bound} of ${wanted} open` },
  };
  return { ready: Object.values(checks).every(({ ok }) => ok), checks };
}

function journalCheck({ error, waitingBytes, waitingRecords, limit }: JournalStats) {
  const waiting = `${waitingRecords} messages wait for the bus, ${waitingBytes} of ${limit} bytes`;
  if (error !== undefined) return { ok: false, detail: error.message };
  if (waitingBytes >= limit) return { ok: false, detail: `full: ${waiting}; devices are not read` };
  return { ok: true, detail: waiting };
}
