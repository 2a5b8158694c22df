/** The metrics of the history of values. They have no value while it is off. */
import type { Store } from '@fairlead/store';

type HistoryStats = NonNullable<ReturnType<Store['stats']>['history']>;

interface HistoryMetric {
  readonly name: string;
  readonly help: string;
  value(stats: HistoryStats): number;
}

/** Names that end in `_total` are counters, the others gauges. */
export const historyMetrics: readonly HistoryMetric[] = [
  {
    name: 'fairlead_history_rows',
    help: 'Messages in the history of values, as they came; about so many after a start.',
    value: ({ rows }) => rows,
  },
  {
    name: 'fairlead_history_bytes',
    help: 'Bytes that the history of values has on the disk.',
    value: ({ size }) => size,
  },
  {
    name: 'fairlead_history_waiting',
    help: 'Messages that wait to be written to the history of values.',
    value: ({ waiting }) => waiting,
  },
  {
    name: 'fairlead_history_written_total',
    help: 'Messages that were written to the history of values.',
    value: ({ written }) => written,
  },
  {
    name: 'fairlead_history_dropped_total',
    help: 'Messages that the history of values left out, because they were too large or too many waited.',
    value: ({ dropped }) => dropped,
  },
  {
    name: 'fairlead_history_rolled_up_total',
    help: 'Messages that were rolled up into minutes and hours.',
    value: ({ rolled }) => rolled,
  },
  {
    name: 'fairlead_history_upkeep_seconds_total',
    help: 'Time that rolling up and removing took.',
    value: ({ upkeepMs }) => upkeepMs / 1_000,
  },
];
