/** Metrics of the store: devices, the message log and the ledger of downlinks. */
import type { Store } from '@fairlead/store';

/** What the metrics of the store are read from. */
export interface StoreCounts {
  readonly devices: number;
  readonly stats: ReturnType<Store['stats']>;
}

interface StoreMetric {
  readonly name: string;
  readonly help: string;
  value(counts: StoreCounts): number;
}

/** Names that end in `_total` are counters, the others gauges. */
export const storeMetrics: readonly StoreMetric[] = [
  { name: 'fairlead_devices', help: 'Devices that are registered.', value: ({ devices }) => devices },
  {
    name: 'fairlead_messages_logged_total',
    help: 'Messages of devices that were written to the log.',
    value: ({ stats }) => stats.messages.written,
  },
  {
    name: 'fairlead_messages_dropped_total',
    help: 'Messages of devices that were not written to the log, because too many waited.',
    value: ({ stats }) => stats.messages.dropped,
  },
  {
    name: 'fairlead_messages_waiting',
    help: 'Messages of devices that wait to be written to the log.',
    value: ({ stats }) => stats.messages.waiting,
  },
  {
    name: 'fairlead_ledger_downlinks_unfinished',
    help: 'Downlinks in the ledger of which something may still become.',
    value: ({ stats }) => stats.downlinks.unfinished,
  },
  {
    name: 'fairlead_ledger_downlinks_finished',
    help: 'Downlinks in the ledger that are finished; the oldest are removed.',
    value: ({ stats }) => stats.downlinks.finished,
  },
];
