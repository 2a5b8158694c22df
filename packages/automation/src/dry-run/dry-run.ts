/** A dry run: tests unsaved rules against a real peer or against other rules, step by step if wanted. */
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

type Side = 'task' | 'trigger';

/** One line of output of a dry run. */
export interface DryRunLine extends OutputEntry {
  /** The side that did it. */
  readonly side: Side;
}

export interface DryRunOptions {
  readonly tree: RuleTree;
  readonly as: Side;
  readonly connection: Connection;
  /** Rules for the other side. Without them, the connection leads to a real peer. */
  readonly peer?: { readonly tree: RuleTree; readonly connection: Connection } | undefined;
  /** Caps the iterations of each rule, 1 to 999. Default 10. */
  readonly maxIterations?: number | undefined;
  readonly codePages: CodePages;
  /** Variables of the task, whichever side it is. */
  readonly variables?: ReadonlyMap<string, string> | undefined;
  readonly environment?: ReadonlyMap<string, string | undefined> | undefined;
  readonly step: (step: DryRunLine) => void;
  /** Called before each message is sent or received. Without it, the run does not stop to ask. */
  readonly ask?: ((next: NextStep) => Promise<StepAnswer>) | undefined;
  /** Called with the address at which the trigger listens. */
  readonly listening?: ((address: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

/** The record of the tested side, and of the other side if rules played it. */
export interface DryRunResult {
  readonly record: RunRecord;
  readonly peer?: RunRecord | undefined;
}

const MAXIMUM = 10;

/**
 * Runs the rules once: a task, or a trigger until its first client has left. If both sides are rules, they use a free port of
 * this machine. Rejects if the trigger cannot listen; resolves with undefined if no client came before the signal.
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
    stop(); // ends open questions
  }
}

type Testing = DryRunOptions & { readonly clock: Clock; readonly stepping?: Stepping };

async function test(options: Testing): Promise<DryRunResult | undefined> {
  const { clock, tree, as, connection, peer } = options;
  if (as === 'task' && peer === undefined) return { record: await task(options, tree, connection) };
  const server =
    as === 'trigger' ? { tree, connection } : (peer as { tree: RuleTree; connection: Connection });
  const client = as === 'task' ? { tree, connection } : peer;
  const place = client === undefined ? {} : { address: '127.0.0.1', port: 0, device: undefined };
  const first = Promise.withResolvers<RunRecord | undefined>();
  await using trigger = await startTrigger({
    name: 'test',
    ...server,
    connection: { ...server.connection, ...place },
    ...shared(options, 'trigger'),
    ended: (record) => first.resolve(record),
  });
  options.listening?.(trigger.address);
  // A connected client is stopped and gets a record.
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
  const ran = await task(options, client.tree, {
    ...client.connection,
    address: '127.0.0.1',
    port,
    device: undefined,
  });
  // The listener sees the end of the client a moment later. If it waits for something else, the trigger's end stops it.
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
