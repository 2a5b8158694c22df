/** Automation as the service has it, with a store in memory, and outlets that note what they are given. */
import { silentLog } from '@fairlead/core';
import { codePage, tcpErrors } from '@fairlead/tcp';
import type { RunView } from '../src/history/run-history.ts';
import type { JobDefinition } from '../src/job/schema.ts';
import type { StepRecord } from '../src/run/record.ts';
import { Automation, type AutomationOptions } from '../src/service.ts';
import { MemoryStore } from './memory-store.ts';

export const key = Buffer.alloc(32, 7);

export async function open(options: Partial<AutomationOptions> & { store?: MemoryStore } = {}) {
  const store = options.store ?? new MemoryStore();
  const published: string[] = [];
  const sent: unknown[] = [];
  const logged: Record<string, unknown>[] = [];
  const automation = new Automation({
    key,
    codePages: codePage,
    log: {
      ...silentLog,
      warn: (fields, message) => void logged.push({ ...fields, message }),
      error: (fields, message) => void logged.push({ ...fields, message }),
    },
    publish: async (topic, payload, retain) => void published.push(`${topic} ${payload} ${retain}`),
    downlink: async (device, kind, values) => {
      if (device === 'gone') throw tcpErrors.error('NOT_CONNECTED', { endpoint: device });
      sent.push({ device, kind, values });
      return { bytes: 3 };
    },
    ...options,
    store,
  });
  await automation.open();
  return { automation, store, published, sent, logged, [Symbol.asyncDispose]: () => automation.close() };
}

/** Runs a job to its end; nothing of it is masked. */
export async function runJob(
  automation: Automation,
  definition: JobDefinition,
  name = 'job',
): Promise<RunView> {
  await automation.put('job', name, definition);
  const { id, ended } = automation.startJob(name, { variables: { order: '4711' } });
  await ended;
  return automation.run(id, true) as RunView;
}

export const stepsOf = (view: RunView) =>
  (view.detail as { steps: StepRecord[] }).steps.map(({ name, result }) => `${name} ${result}`);
export const results = (automation: Automation, name = 'job') =>
  automation.runs({ kind: 'job', name, limit: 100 }).map(({ result, code }) => code ?? result);
