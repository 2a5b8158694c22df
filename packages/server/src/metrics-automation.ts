/** Metrics of automation. */
import type { AutomationCounters } from '@fairlead/automation';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** One metric: what it is called, and how it is read. */
interface AutomationMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly labels: readonly string[];
  samples(counters: AutomationCounters): Iterable<Sample>;
}

const ofTriggers = (
  name: string,
  help: string,
  field: 'clients' | 'accepted' | 'refused' | 'handshakeFailures' | 'fires' | 'failures',
): AutomationMetric => ({
  name,
  help,
  type: field === 'clients' ? 'gauge' : 'counter',
  labels: ['trigger'],
  *samples({ triggers }) {
    for (const [trigger, counters] of triggers) yield [{ trigger }, counters[field]];
  },
});

export const automationMetrics: readonly AutomationMetric[] = [
  {
    name: 'fairlead_automation_runs_total',
    help: 'Runs of tasks, triggers (one a client) and jobs that ended, by outcome and, where it is not success, code.',
    type: 'counter',
    labels: ['kind', 'result', 'code'],
    *samples({ runs }) {
      for (const [key, value] of runs) {
        const [kind = '', result = '', code = ''] = key.split(' ');
        yield [{ kind, result, code }, value];
      }
    },
  },
  {
    name: 'fairlead_automation_running',
    help: 'Active runs.',
    type: 'gauge',
    labels: ['kind'],
    *samples({ running }) {
      for (const [kind, value] of running) yield [{ kind }, value];
    },
  },
  {
    name: 'fairlead_automation_messages_total',
    help: 'Messages of tasks and triggers.',
    type: 'counter',
    labels: ['side', 'direction'],
    *samples({ messages }) {
      for (const side of ['task', 'trigger'] as const)
        for (const direction of ['received', 'sent'] as const)
          yield [{ side, direction }, messages[side][direction]];
    },
  },
  {
    name: 'fairlead_automation_missed_total',
    help: 'Times of schedules that passed unused: made up for, or skipped.',
    type: 'counter',
    labels: ['handled'],
    *samples({ missed }) {
      yield [{ handled: 'made_up' }, missed.made];
      yield [{ handled: 'skipped' }, missed.skipped];
    },
  },
  ofTriggers('fairlead_trigger_clients', 'Clients of a trigger at the moment.', 'clients'),
  ofTriggers('fairlead_trigger_accepted_total', 'Clients that a trigger took.', 'accepted'),
  ofTriggers('fairlead_trigger_refused_total', 'Clients beyond the maximum of a trigger.', 'refused'),
  ofTriggers(
    'fairlead_trigger_handshake_failures_total',
    'Clients of a trigger whose TLS handshake failed.',
    'handshakeFailures',
  ),
  ofTriggers('fairlead_trigger_fires_total', 'How often a trigger fired.', 'fires'),
  ofTriggers('fairlead_trigger_failures_total', 'Exchanges of a trigger that failed.', 'failures'),
];
