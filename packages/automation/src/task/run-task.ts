/** Runs rules as a client: one task run. */
import {
  type Clock,
  coreErrors,
  FairleadError,
  formatAddress,
  isFairleadError,
  pause,
  systemClock,
  untilAborted,
} from '@fairlead/core';
import type { Dial } from '@fairlead/tcp';
import { Counters } from '../body/counters.ts';
import { Budget, Share } from '../budget.ts';
import { type Connection, codecOf } from '../connection/schema.ts';
import type { Outcome } from '../engine/types.ts';
import { automationLimits } from '../limits.ts';
import { type ExchangeLink, LiveExchange, type ShowBytes } from '../live/live-exchange.ts';
import { Outgoing } from '../live/outgoing.ts';
import { ConditionEvaluator } from '../match/condition-evaluator.ts';
import type { CodePages, DeviceLinks } from '../ports.ts';
import type { RuleTree } from '../rules/tree.ts';
import { EnvironmentMask } from '../run/environment-mask.ts';
import { Output, type OutputEntry } from '../run/output.ts';
import { failure, plain, type RunRecord } from '../run/record.ts';
import { stopError, stopReason } from '../run/stop-reason.ts';
import { openDevice, openSocket, type TaskPeer } from './peer.ts';

export interface TaskOptions {
  readonly tree: RuleTree;
  readonly connection: Connection;
  readonly codePages: CodePages;
  readonly variables?: ReadonlyMap<string, string> | undefined;
  readonly environment?: ReadonlyMap<string, string | undefined> | undefined;
  readonly maxIterations?: number | undefined;
  /** Stops the run. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each line of output. */
  readonly watch?: ((entry: OutputEntry) => void) | undefined;
  /** Called at the end with the numbers of messages. */
  readonly traffic?: ((received: number, sent: number) => void) | undefined;
  /** Wraps the link, for a dry run that steps through the rules. */
  readonly through?: ((peer: ExchangeLink, show: ShowBytes) => ExchangeLink) | undefined;
  /** The memory shared with other runs. Default: its own. */
  readonly budget?: Budget | undefined;
  /** Evaluates expensive checks, for several runs. Default: its own. */
  readonly evaluator?: ConditionEvaluator | undefined;
  readonly clock?: Clock | undefined;
  readonly dial?: Dial | undefined;
  /** Links to devices. Default: none, and a connection to a device fails. */
  readonly devices?: DeviceLinks | undefined;
}

/** Runs a tree as a client, once. The record holds the result; the promise never rejects because of the peer. */
export async function runTask(options: TaskOptions): Promise<RunRecord> {
  const { connection, clock = systemClock, watch } = options;
  const peer = connection.device ?? formatAddress(connection.address, connection.port);
  const startedAt = clock.now();
  const begun = clock.monotonic();
  const { budget = new Budget(), evaluator = new ConditionEvaluator(clock) } = options;
  const output = new Output(watch, automationLimits.values.output, budget);
  const { outcome, messages, endedAt } = await exchange(
    { ...options, budget, evaluator },
    clock,
    peer,
    output,
  )
    .catch((error: unknown) => {
      if (!isFairleadError(error)) throw error;
      return { outcome: failure(error), messages: [], endedAt: clock.monotonic() };
    })
    .finally(() => (options.evaluator === undefined ? evaluator.close() : undefined));
  const { entries, dropped } = output.list();
  output.release();
  return {
    ...plain(outcome),
    peer,
    startedAt,
    duration: Math.max(0, Math.round(endedAt - begun)),
    messages,
    output: entries,
    outputDropped: dropped,
  };
}

interface Exchanged {
  readonly outcome: Outcome;
  readonly messages: RunRecord['messages'];
  /** Monotonic milliseconds. The time that closing takes does not count. */
  readonly endedAt: number;
}

async function exchange(
  options: TaskOptions & { readonly budget: Budget; readonly evaluator: ConditionEvaluator },
  clock: Clock,
  peer: string,
  output: Output,
): Promise<Exchanged> {
  const { connection, codePages, tree, signal, dial, devices, budget, evaluator } = options;
  const { codePage, onInvalid, reconnect, device } = connection;
  const page = codePages(codePage, { onInvalid });
  const info = (text: string, code?: string) =>
    output.add({ time: clock.now(), type: 'info', peer, text, ...(code === undefined ? {} : { code }) });
  for (let attempt = 0; ; attempt++) {
    if (signal?.aborted) return stopped(signal, clock);
    let to: TaskPeer;
    try {
      to =
        device === undefined
          ? await openSocket(connection, { codec: codecOf(connection), clock, dial, signal })
          : await openDevice(device, connection, { devices, budget, signal });
    } catch (error) {
      if (signal?.aborted) return stopped(signal, clock);
      if (!(error instanceof FairleadError)) throw error;
      info(error.message, error.code);
      if (attempt >= reconnect.attempts || !error.retryable)
        return { outcome: failure(error), messages: [], endedAt: clock.monotonic() };
      await pause(clock, reconnect.delay, signal);
      continue;
    }
    info(to.words);
    const { variables = new Map(), environment = new Map(), maxIterations } = options;
    const counters = new Counters();
    const mask = new EnvironmentMask(tree, environment, page);
    const settings = {
      tree,
      role: 'task',
      connection,
      codec: { name: to.framing },
      page,
      mask,
      outgoing: new Outgoing(page),
      counters,
      variables,
      environment,
      maxIterations,
      share: new Share(budget),
      evaluator,
      clock,
      ...(to.ready !== undefined && { ready: to.ready }),
    } as const;
    // For display only: a strict code page would fail the run for raw bytes that a rule sends.
    const shown = codePages(codePage, { onInvalid: 'replace' });
    const show = (bytes: Uint8Array) => ({ text: mask.text(shown.decode(bytes)), hex: mask.hex(bytes) });
    const link = options.through?.(to.link, show) ?? to.link;
    const run = new LiveExchange(link, peer, output, settings);
    const outcome = await outcomeOf(run, signal);
    const endedAt = clock.monotonic();
    // Gives the peer time to read the last bytes and to close.
    const orderly = ['completed', 'cut', 'exit'].includes(outcome.reason);
    await to.close(orderly ? undefined : (outcome.error ?? coreErrors.error('LINK_CLOSED')));
    const { received, sent } = to.traffic();
    options.traffic?.(received, sent);
    info(ending(outcome), outcome.error?.code);
    const messages = run.exchange.results.snapshot();
    run.exchange.release();
    return { outcome, messages, endedAt };
  }
}

/** Runs the exchange to its end, or until the signal fires. */
async function outcomeOf(run: LiveExchange, signal: AbortSignal | undefined): Promise<Outcome> {
  if (signal === undefined) return run.done();
  if (signal.aborted) run.stop(stopReason(signal));
  const done = run.done();
  await Promise.race([done, untilAborted(signal)]);
  if (signal.aborted) run.stop(stopReason(signal));
  return done;
}

/** How an exchange ended, in words. */
export function ending({ result, reason, rule, error }: Outcome): string {
  if (error !== undefined) return error.message;
  if (reason === 'exit') return `Ended by "${rule}"`;
  if (reason === 'left') return 'The peer closed';
  return result === 'success' ? 'Completed' : 'Ended';
}

function stopped(signal: AbortSignal, clock: Clock): Exchanged {
  return {
    outcome: { result: 'stopped', reason: 'stopped', error: stopError(signal) },
    messages: [],
    endedAt: clock.monotonic(),
  };
}
