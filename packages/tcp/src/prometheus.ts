/**
 * Statistics as Prometheus metrics, for a registry of `prom-client` or any object of the same shape: this package does not
 * depend on `prom-client`. There are no separate counters and no work between scrapes: a scrape takes snapshots.
 */
import type { Client } from './client/client.ts';
import type { ClientPool } from './pool/client-pool.ts';
import type { Server } from './server/serve.ts';
import type { HistogramSnapshot } from './stats/histogram.ts';

/** The part of a registry that is used; that of `prom-client` has it. */
export interface MetricRegistry {
  registerMetric(metric: never): void;
}

interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
}

/** Something whose statistics are shown: a client, a pool, or a server. */
export type StatsSource =
  | Pick<Client<never, never>, 'stats'>
  | Pick<ClientPool<never, never>, 'stats'>
  | Pick<Server<never, never, never>, 'stats'>;

type Snapshot = Readonly<Record<string, unknown>>;

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'summary';
  samples(stats: Snapshot): Sample[];
}

const number = (name: string, type: 'counter' | 'gauge', help: string, key: string, labels = {}): Metric => ({
  name,
  type,
  help,
  samples: (stats) => (typeof stats[key] === 'number' ? [{ value: stats[key], labels }] : []),
});

const byDirection = (name: string, help: string, incoming: string, outgoing: string): Metric => ({
  name,
  type: 'counter',
  help,
  samples: (stats) => [
    { value: stats[incoming] as number, labels: { direction: 'in' } },
    { value: stats[outgoing] as number, labels: { direction: 'out' } },
  ],
});

const byCode = (name: string, help: string, key: string): Metric => ({
  name,
  type: 'counter',
  help,
  samples: (stats) => Object.entries(stats[key] ?? {}).map(([code, value]) => ({ value, labels: { code } })),
});

const latency = (name: string, help: string, key: string): Metric => ({
  name,
  type: 'summary',
  help,
  samples: (stats) => {
    const seen = stats[key] as HistogramSnapshot | undefined;
    if (seen === undefined) return [];
    const parts = [
      [0.5, seen.p50],
      [0.9, seen.p90],
      [0.99, seen.p99],
    ] as const;
    return [
      ...parts.map(([quantile, ms]) => ({ value: ms / 1_000, labels: { quantile } })),
      { value: seen.sum / 1_000, labels: {}, metricName: `${name}_sum` },
      { value: seen.count, labels: {}, metricName: `${name}_count` },
    ];
  },
});

/** All metrics, without their prefix. A source shows those that it has values for. */
const metrics: readonly Metric[] = [
  byDirection('bytes_total', 'Bytes by direction.', 'bytesIn', 'bytesOut'),
  byDirection('frames_total', 'Frames by direction.', 'framesIn', 'framesOut'),
  number('connections_total', 'counter', 'Links that became ready.', 'connections'),
  number('connections_lost_total', 'counter', 'Ready links that ended.', 'lost'),
  number('reconnection_attempts_total', 'counter', 'Attempts to connect after the first.', 'reconnections'),
  number('accepted_total', 'counter', 'Links accepted.', 'accepted'),
  byCode('refused_total', 'Links refused at once, by code.', 'refused'),
  byCode('closes_total', 'Links that ended and attempts that failed, by code.', 'closes'),
  number('sessions', 'gauge', 'Sessions that have finished their handshake.', 'active'),
  number('sessions_handshaking', 'gauge', 'Sessions in their handshake.', 'handshaking'),
  number('sessions_peak', 'gauge', 'Most sessions at the same time.', 'peakSessions'),
  number('backlog_bytes', 'gauge', 'Bytes that wait to be sent.', 'backlog'),
  number(
    'write_buffer_peak_bytes',
    'gauge',
    'Largest number of bytes that waited on one link.',
    'writeBufferPeak',
  ),
  number('queued_messages', 'gauge', 'Messages that wait for the peer to come back.', 'queuedMessages'),
  number('queued_bytes', 'gauge', 'Bytes that wait for the peer to come back.', 'queuedBytes'),
  number('dropped_total', 'counter', 'Messages dropped from a full queue.', 'dropped'),
  number('broadcasts_skipped_total', 'counter', 'Sessions that a broadcast skipped.', 'broadcastsSkipped'),
  number('requests_in_flight', 'gauge', 'Requests that wait for their reply.', 'requestsInFlight'),
  number('requests_waiting', 'gauge', 'Requests that wait for their turn.', 'requestsWaiting'),
  number('pool_clients', 'gauge', 'Open clients of a pool.', 'size'),
  number('pool_leased', 'gauge', 'Leased clients of a pool.', 'leased'),
  number('pool_waiting', 'gauge', 'Callers that wait for a client of a pool.', 'waiting'),
  latency('connect_seconds', 'From the start of an attempt to ready.', 'connectLatency'),
  latency('request_seconds', 'From a request to its reply.', 'requestLatency'),
  latency('acquire_seconds', 'Wait for a client of a pool.', 'acquireLatency'),
  {
    name: 'last_activity_seconds',
    type: 'gauge',
    help: 'Unix time at which bytes were last sent or received.',
    samples: ({ lastActivity: at }) => (typeof at === 'number' ? [{ value: at / 1_000, labels: {} }] : []),
  },
  {
    name: 'up',
    type: 'gauge',
    help: 'Whether a client is ready, or a server listens.',
    samples: ({ state }) =>
      state === undefined ? [] : [{ value: state === 'ready' || state === 'listening' ? 1 : 0, labels: {} }],
  },
];

/** The sources shown in a registry. Created by {@link exportStats}. */
class StatsExport {
  readonly #sources = new Map<string, StatsSource>();

  /** Shows a source under the label `name`. It replaces another source of that name. */
  add(name: string, source: StatsSource): this {
    this.#sources.set(name, source);
    return this;
  }

  remove(name: string): void {
    this.#sources.delete(name);
  }

  /** The values of one metric, over all sources. */
  collect(metric: Metric, fullName: string): Sample[] {
    const shown: Sample[] = [];
    for (const [name, source] of this.#sources) {
      for (const { value, labels, metricName } of metric.samples(source.stats() as unknown as Snapshot)) {
        const suffix = metricName?.slice(metric.name.length);
        shown.push({
          value,
          labels: { name, ...labels },
          ...(suffix === undefined ? {} : { metricName: fullName + suffix }),
        });
      }
    }
    return shown;
  }
}

/**
 * Registers the metrics of clients, pools and servers: `exportStats(register).add('plc-7', client)`.
 * @param registry `register` of `prom-client`, or a `Registry` of your own
 * @param options `prefix` begins each name; `fairlead_tcp_` by default
 */
export function exportStats(registry: MetricRegistry, options: { prefix?: string } = {}): StatsExport {
  const { prefix = 'fairlead_tcp_' } = options;
  const shown = new StatsExport();
  for (const metric of metrics) {
    const name = prefix + metric.name;
    const { help, type } = metric;
    const get = async () => ({
      name,
      help,
      type,
      aggregator: 'sum',
      values: shown.collect(metric, name),
    });
    const reset = () => {}; // the values come from snapshots
    registry.registerMetric({ name, help, type, aggregator: 'sum', get, reset } as never);
  }
  return shown;
}
