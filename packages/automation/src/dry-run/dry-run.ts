/** The test console: rules that are not saved, against a real peer or against other rules, step by step. */
import { type Clock, systemClock, untilAborted } from '@fairlead/core';
import type { Connection } from '../connection/schema.ts';
import type { ExchangeLink, ShowBytes } from '../live/live-exchange.ts';
import type { CodePages } from '../ports.ts';
import type { RuleTree } from '../rules/tree.ts';
import { EnvironmentMask } from '../run/environment-mask.ts';
import type { OutputEntry } from '../run/output.ts';
import type { RunRecord } from '../run/record.ts';
import { stopReason } from '../run/stop-reason.ts';
import { runTask } from '../task/run-task.ts';
import { startTrigger } from '../trigger/trigger.ts';
import { type NextStep, type StepAnswer, Stepping } from './stepping.ts';

export type Side = 'task' | 'trigger';

/** One line of what happens. */
export interface DryRunLine extends OutputEntry {
  /** Whose line it is. */
  readonly side: Side;
}

export interface DryRunOptions {
  readonly tree: RuleTree;
  readonly as: Side;
  readonly connection: Connection;
  /** Rules that play the other side; without them the connection leads to a real peer. */
  readonly peer?: { readonly tree: RuleTree; readonly connection: Connection } | undefined;
  /** Caps the iterations of each rule, 1 to 999. Default 10. */
  readonly maxIterations?: number | undefined;
  readonly codePages: CodePages;
  /** Of the side that is tested, where that is a task; else of the task that plays the other side. */
  readonly variables?: ReadonlyMap<string, string> | undefined;
  readonly environment?: ReadonlyMap<string, string | undefined> | undefined;
  readonly step: (step: DryRunLine) => void;
  /** Asked before each message is sent or awaited; without it nobody is. */
  readonly ask?: ((next: NextStep) => Promise<StepAnswer>) | undefined;
  /** A trigger listens, at this address. */
  readonly listening?: ((address: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

/** What came of it: the record of the side that is tested, and of the other where it was played too. */
export interface DryRunResult {
  readonly record: RunRecord;
  readonly peer?: RunRecord | undefined;
}

const MAXIMUM = 10;

/**
 * Runs the rules once: a task, or a trigger until its first client has gone. Both sides played here meet on a free port
 * of this machine. Rejects with what keeps a trigger from listening; undefined when nobody came before the signal.
 */
export async function dryRun(options: DryRunOptions): Promise<DryRunResult | undefined> {
  const { ask, clock = systemClock } = options;
  if (ask === undefined) return test({ ...options, clock });
  const stopped = new AbortController();
  const stop = () => stopped.abort('a person stopped it');
  const signal = AbortSignal.any([stopped.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const stepping = new Stepping({ clock, ask, stop, signal });
  try {
    return await test({ ...options, clock: stepping.clock, signal, stepping });
  } finally {
    stop(); // nobody is asked any more
  }
}

type Testing = DryRunOptions & { readonly clock: Clock; readonly stepping?: Stepping };

async function test(options: Testing): Promise<DryRunResult | undefined> {
  const { clock, tree, as, connection, peer } = options;
  if (as === 'task' && peer === undefined) return { record: await task(options, tree, connection) };
  const server =
    as === 'trigger' ? { tree, connection } : (peer as { tree: RuleTree; connection: Connection });
  const client = as === 'task' ? { tree, connection } : peer;
  const place = client === undefined ? {} : { address: '127.0.0.1', port: 0 };
  const first = Promise.withResolvers<RunRecord | undefined>();
  await using trigger = await startTrigger({
    name: 'test',
    ...server,
    connection: { ...server.connection, ...place },
    ...shared(options, 'trigger'),
    ended: (record) => first.resolve(record),
  });
  options.listening?.(trigger.address);
  // A client that is there comes to its end, and has a record.
  const { signal } = options;
  if (signal !== undefined)
    void untilAborted(signal)
      .then(() => trigger.stop(stopReason(signal)))
      .then(() => first.resolve(undefined), first.reject);
  if (client === undefined) {
    const record = await first.promise;
    return record === undefined ? undefined : { record };
  }
  const port = Number(trigger.address.slice(trigger.address.lastIndexOf(':') + 1));
  const ran = await task(options, client.tree, { ...client.connection, address: '127.0.0.1', port });
  // The listener sees the client's end a moment later; one that waits for something else is ended with the trigger.
  const timer = clock.after(connection.timeout || 1_000, () => first.resolve(undefined));
  const heard = trigger.counters().accepted === 0 ? undefined : await first.promise;
  clock.clear(timer);
  return as === 'task'
    ? { record: ran, peer: heard }
    : heard === undefined
      ? undefined
      : { record: heard, peer: ran };
}

async function task(options: Testing, tree: RuleTree, connection: Connection): Promise<RunRecord> {
  const { codePages, environment = new Map(), variables, signal } = options;
  const { codePage, onInvalid } = connection;
  const record = await runTask({ tree, connection, variables, signal, ...shared(options, 'task') });
  if (record.messages.length === 0) return record;
  return new EnvironmentMask(tree, environment, codePages(codePage, { onInvalid })).record(record);
}

function shared(options: Testing, side: Side) {
  const { codePages, environment, clock, maxIterations = MAXIMUM, step, stepping } = options;
  return {
    codePages,
    environment,
    clock,
    maxIterations,
    watch: (entry: OutputEntry) => step({ ...entry, side }),
    through: stepping && ((peer: ExchangeLink, show: ShowBytes) => stepping.through(peer, side, show)),
  };
}
