/** Metrics for Prometheus. All values are read on request; the message paths contain no metrics code. */
import { readdirSync } from 'node:fs';
import type { AutomationCounters } from '@fairlead/automation';
import type { BranchStats, BusStats } from '@fairlead/bus';
import type { GatewayCounters } from '@fairlead/gateway';
import type { JournalStats } from '@fairlead/journal';
import { Counter, Gauge, Registry } from 'prom-client';
import type { DriverClients } from './drivers/drivers.ts';
import { automationMetrics } from './metrics-automation.ts';
import { gatewayMetrics } from './metrics-gateway.ts';
import { historyMetrics } from './metrics-history.ts';
import { journalMetrics } from './metrics-journal.ts';
import { type StoreCounts, storeMetrics } from './metrics-store.ts';

interface MetricSources {
  readonly version: string;
  counters(): GatewayCounters;
  stored(): StoreCounts;
  bus(): BusStats & { readonly connected: boolean };
  /** Each bus, if there are several. */
  branches(): readonly BranchStats[];
  sandbox(): { readonly calls: number; readonly timeouts: number; readonly kills: number };
  automation(): AutomationCounters;
  /** Clients of the INDI port. */
  indi(): DriverClients | undefined;
  /** undefined: no listener uses it. */
  journal(): JournalStats | undefined;
  streams(): number;
  /** undefined: nothing is traced. */
  traces?(): { readonly exported: number; readonly dropped: number } | undefined;
  storeOk(): boolean;
}

export interface Metrics {
  readonly contentType: string;
  /** The text that Prometheus reads. */
  collect(): Promise<string>;
}

type Labels = Readonly<Record<string, string>>;
type Samples = Iterable<readonly [labels: Labels, value: number]>;

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: readonly string[], samples: () => Samples) =>
    new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers,
      collect() {
        this.reset();
        for (const [labels, value] of samples()) this.inc(labels, value);
      },
    });
  const gauges = (name: string, help: string, labelNames: readonly string[], samples: () => Samples) =>
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers,
      collect() {
        this.reset();
        for (const [labels, value] of samples()) this.set(labels, value);
      },
    });
  const gauge = (name: string, help: string, read: () => number, labels: Labels = {}) =>
    gauges(name, help, Object.keys(labels), () => [[labels, read()]]);
  const total = (name: string, help: string, read: () => number) =>
    counter(name, help, [], () => [[{}, read()]]);

  const { bus, sandbox } = sources;
  // Read once for all metrics of one request: it looks at each open link.
  const read = { counters: sources.counters(), stored: sources.stored() };
  const counters = () => read.counters;
  const stored = () => read.stored;
  for (const { name, help, labels, samples } of gatewayMetrics)
    (name.endsWith('_total') ? counter : gauges)(name, help, labels, () => samples(counters()));
  for (const { name, help, value } of storeMetrics)
    (name.endsWith('_total') ? counter : gauges)(name, help, [], () => [[{}, value(stored())]]);

  gauge('fairlead_bus_connected', '1 while the bus is reached.', () => (bus().connected ? 1 : 0));
  gauge('fairlead_bus_queue_messages', 'Messages that wait for the bus.', () => bus().queuedMessages);
  gauge('fairlead_bus_queue_bytes', 'Bytes that wait for the bus.', () => bus().queuedBytes);
  total('fairlead_bus_published_total', 'Messages handed to the bus.', () => bus().published);
  total('fairlead_bus_received_total', 'Messages that came from the bus.', () => bus().received);
  total('fairlead_bus_reconnects_total', 'Connections to the bus after the first.', () => bus().reconnects);

  const branches = (of: (branch: BranchStats) => number) => () =>
    sources.branches().map((branch): [Labels, number] => [{ bus: branch.name }, of(branch)]);
  const forBranches = [
    [
      'connected',
      '1 while this bus is reached, if there are several.',
      ({ state }) => (state === 'connected' ? 1 : 0),
    ],
    ['queue_bytes', 'Bytes that wait for this bus.', ({ queuedBytes }) => queuedBytes],
  ] satisfies [string, string, (branch: BranchStats) => number][];
  for (const [name, help, of] of forBranches)
    gauges(`fairlead_bus_branch_${name}`, help, ['bus'], branches(of));
  const published = branches((branch) => branch.published);
  counter('fairlead_bus_branch_published_total', 'Messages handed to this bus.', ['bus'], published);
  const dropped = branches((branch) => branch.dropped);
  counter(
    'fairlead_bus_branch_dropped_total',
    'Messages that a best-effort bus did not get.',
    ['bus'],
    dropped,
  );
  const refused = branches((branch) => branch.refused);
  counter('fairlead_bus_branch_refused_total', 'Messages that this bus refused.', ['bus'], refused);

  total('fairlead_sandbox_calls_total', 'Calls of scripts.', () => sandbox().calls);
  total('fairlead_sandbox_timeouts_total', 'Calls of scripts that took too long.', () => sandbox().timeouts);
  total('fairlead_sandbox_kills_total', 'Script processes that had to be killed.', () => sandbox().kills);

  for (const { name, help, type, labels, samples } of automationMetrics)
    (type === 'counter' ? counter : gauges)(name, help, labels, () => samples(sources.automation()));

  for (const { name, help, value } of journalMetrics)
    (name.endsWith('_total') ? counter : gauges)(name, help, [], () => {
      const stats = sources.journal();
      return stats === undefined ? [] : [[{}, value(stats)]];
    });

  for (const { name, help, value } of historyMetrics)
    (name.endsWith('_total') ? counter : gauges)(name, help, [], () => {
      const { history } = stored().stats;
      return history === undefined ? [] : [[{}, value(history)]];
    });

  const indi = () => sources.indi();
  gauge('fairlead_indi_clients', 'Clients of the INDI port.', () => indi()?.connected.length ?? 0);
  gauge('fairlead_indi_queue_bytes', 'Bytes that wait for clients of the INDI port.', () =>
    (indi()?.connected ?? []).reduce((sum, { queued }) => sum + queued, 0),
  );
  counter(
    'fairlead_indi_clients_closed_total',
    'Clients of the INDI port that ended, by why.',
    ['code'],
    () => Object.entries(indi()?.ended.counts ?? {}).map(([code, value]) => [{ code }, value] as const),
  );

  const traces = (of: 'exported' | 'dropped') => () => {
    const stats = sources.traces?.();
    return stats === undefined ? [] : [[{}, stats[of]] as const];
  };
  counter('fairlead_trace_spans_total', 'Spans that their collector has.', [], traces('exported'));
  counter('fairlead_trace_spans_dropped_total', 'Spans that were dropped.', [], traces('dropped'));

  gauge('fairlead_streams', 'Live streams that are read.', sources.streams);
  gauge('fairlead_store_ok', '1 while the store can be written.', () => (sources.storeOk() ? 1 : 0));
  gauge('fairlead_build_info', 'The version that runs.', () => 1, {
    version: sources.version,
    node: process.version,
  });
  processMetrics(total, gauge);
  return {
    contentType: registry.contentType,
    collect() {
      read.counters = sources.counters();
      read.stored = sources.stored();
      return registry.metrics();
    },
  };
}

/** Metrics with the names that Node dashboards expect. */
function processMetrics(
  total: (name: string, help: string, read: () => number) => unknown,
  gauge: (name: string, help: string, read: () => number) => unknown,
): void {
  const started = Date.now() / 1_000 - process.uptime();
  total('process_cpu_seconds_total', 'CPU time, in seconds.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  gauge('process_start_time_seconds', 'Start of the process, Unix seconds.', () => started);
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  gauge('process_open_fds', 'Open file descriptors.', openFiles);
  gauge('nodejs_heap_size_used_bytes', 'Used heap.', () => process.memoryUsage().heapUsed);
  gauge(
    'nodejs_eventloop_utilization',
    'Share of time that the event loop was busy since the start.',
    () => performance.eventLoopUtilization().utilization,
  );
}

/** -1 if the system does not report it. */
function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return -1;
  }
}
