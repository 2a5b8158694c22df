/** The metrics of the journal. They have no value while no listener uses it. */
import type { JournalStats } from '@fairlead/journal';

interface JournalMetric {
  readonly name: string;
  readonly help: string;
  value(stats: JournalStats): number;
}

/** Names that end in `_total` are counters, the others gauges. */
export const journalMetrics: readonly JournalMetric[] = [
  {
    name: 'fairlead_journal_records_total',
    help: 'Messages that the journal flushed to the disk.',
    value: ({ records }) => records,
  },
  {
    name: 'fairlead_journal_bytes_total',
    help: 'Bytes that the journal flushed to the disk.',
    value: ({ bytes }) => bytes,
  },
  {
    name: 'fairlead_journal_flushes_total',
    help: 'Flushes of the journal; each serves all messages that waited.',
    value: ({ flushes }) => flushes,
  },
  {
    name: 'fairlead_journal_flush_seconds_total',
    help: 'Time that writing and flushing took.',
    value: ({ flushMs }) => flushMs / 1_000,
  },
  {
    name: 'fairlead_journal_lost_records_total',
    help: 'Messages in damaged places of the journal.',
    value: ({ lostRecords }) => lostRecords,
  },
  {
    name: 'fairlead_journal_unreadable_bytes_total',
    help: 'Bytes of the journal that could not be read.',
    value: ({ lostBytes }) => lostBytes,
  },
  {
    name: 'fairlead_journal_waiting_records',
    help: 'Messages that wait in the journal for the bus.',
    value: ({ waitingRecords }) => waitingRecords,
  },
  {
    name: 'fairlead_journal_waiting_bytes',
    help: 'Bytes that wait in the journal for the bus.',
    value: ({ waitingBytes }) => waitingBytes,
  },
  {
    name: 'fairlead_journal_limit_bytes',
    help: 'Bytes that may wait in the journal.',
    value: ({ limit }) => limit,
  },
  {
    name: 'fairlead_journal_ok',
    help: '1 while the journal can be written.',
    value: ({ error }) => (error === undefined ? 1 : 0),
  },
];
