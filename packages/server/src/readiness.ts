/** Whether devices are served, and the reasons if not. */

import type { Readiness } from '@fairlead/api';
import type { BusAdapter } from '@fairlead/bus';
import type { Health } from '@fairlead/store';

interface ReadinessSources {
  readonly store: { health(): Health };
  readonly bus: Pick<BusAdapter, 'state' | 'cause'>;
  /** The open device ports, and the configured ones. */
  readonly bound: number;
  readonly wanted: number;
}

export function readinessOf({ store, bus, bound, wanted }: ReadinessSources): Readiness {
  const health = store.health();
  const checks = {
    store: { ok: health.ok, detail: health.ok ? 'writable' : health.error.message },
    bus: { ok: bus.state === 'connected', detail: bus.cause?.message ?? bus.state },
    listeners: { ok: bound === wanted, detail: `${bound} of ${wanted} open` },
  };
  return { ready: Object.values(checks).every(({ ok }) => ok), checks };
}
