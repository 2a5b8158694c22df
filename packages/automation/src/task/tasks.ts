/** Starts tasks and records their runs. */
import { type Clock, coreErrors, isFairleadError } from '@fairlead/core';
import type { Dial } from '@fairlead/tcp';
import { dialEndpoint } from '@fairlead/tcp/internal';
import type { Budget } from '../budget.ts';
import type { Connection } from '../connection/schema.ts';
import { type Task, treeOf } from '../definition/schema.ts';
import type { RunHistory } from '../history/run-history.ts';
import type { ConditionEvaluator } from '../match/condition-evaluator.ts';
import type { CodePages, DeviceLinks } from '../ports.ts';
import type { ActiveRuns } from '../run/active-runs.ts';
import { EnvironmentMask } from '../run/environment-mask.ts';
import type { RunRecord } from '../run/record.ts';
import { runTask } from './run-task.ts';

interface TasksOptions {
  readonly activeRuns: ActiveRuns;
  readonly history: RunHistory;
  readonly codePages: CodePages;
  readonly environment: ReadonlyMap<string, string | undefined>;
  readonly budget: Budget;
  readonly evaluator: ConditionEvaluator;
  readonly clock: Clock;
  readonly dial: Dial | undefined;
  readonly devices: DeviceLinks | undefined;
  connectionOf(connection: string | object): Connection;
}

interface TaskStart {
  /** What started it, for the record. */
  readonly cause: string;
  readonly variables: ReadonlyMap<string, string>;
  readonly signal?: AbortSignal | undefined;
  /** How many jobs are above it. */
  readonly depth?: number | undefined;
}

/** A run of a task. */
export interface TaskRun {
  readonly id: number;
  readonly record: Promise<RunRecord>;
}

/** Milliseconds for which the address of an ended task is kept. */
const REMEMBERED = 5_000;

export class Tasks {
  /** Messages of all tasks so far. */
  readonly traffic = { received: 0, sent: 0 };
  readonly #options: TasksOptions;
  /** The local address of each link of a job's task, and the depth of that job. Finds jobs that start themselves. */
  readonly #depths = new Map<string, number>();

  constructor(options: TasksOptions) {
    this.#options = options;
  }

  /** Throws DEFINITION_UNKNOWN, DEFINITION_INVALID or RULES_INVALID; later errors are in the record. */
  start(name: string, task: Task, { cause, variables, signal, depth = 0 }: TaskStart): TaskRun {
    const { history, codePages, environment, budget, evaluator, clock, activeRuns } = this.#options;
    const connection = this.#options.connectionOf(task.connection);
    const tree = treeOf('task', task);
    const { codePage, onInvalid } = connection;
    // Only if there is something to mask: an unknown code page is already an error in the record.
    const shown = (value: RunRecord) =>
      value.messages.length === 0
        ? value
        : new EnvironmentMask(tree, environment, codePages(codePage, { onInvalid })).record(value);
    const id = history.begin('task', name, cause, true);
    const stop = new AbortController();
    const stopped = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
    let local: string | undefined;
    const dial: Dial = async (endpoint, options) => {
      const transport = await (this.#options.dial ?? dialEndpoint)(endpoint, options);
      local = plainAddress(transport.local);
      if (depth > 0) this.#depths.set(local, depth);
      return transport;
    };
    const traffic = (received: number, sent: number) => {
      this.traffic.received += received;
      this.traffic.sent += sent;
    };
    const given = {
      tree,
      connection,
      codePages,
      variables,
      environment,
      budget,
      evaluator,
      clock,
      dial,
      devices: this.#options.devices,
      traffic,
    };
    const record = runTask({ ...given, signal: stopped })
      .catch((error: unknown): never => {
        const known = isFairleadError(error)
          ? error
          : coreErrors.error('HANDLER_FAILED', { reason: String(error) });
        history.end(id, { result: 'failure', code: known.code, error: known.message });
        throw known;
      })
      .finally(() => {
        activeRuns.delete(id);
        this.#forgetLater(local);
      });
    const ended = record.then((value) => {
      const { result, code, error } = value;
      history.end(id, { result, code, error, detail: shown(value) });
      return value;
    });
    activeRuns.add(id, stop, ended);
    return { id, record: ended };
  }

  /** How many jobs are above the task with this address; 0: it is not the task of a job. */
  depthOf(address: string): number {
    return this.#depths.get(plainAddress(address)) ?? 0;
  }

  /** One of our own triggers may see the connection only after the task has ended. */
  #forgetLater(local: string | undefined): void {
    if (local === undefined || !this.#depths.has(local)) return;
    this.#options.clock.after(REMEMBERED, () => this.#depths.delete(local)).unref?.();
  }
}

/** An IPv4 peer of a listener at :: has an IPv6 address there: `[::ffff:127.0.0.1]:9090` is `127.0.0.1:9090`. */
const plainAddress = (address: string): string => address.replace(/^\[?::ffff:([\d.]+)\]?(?=:\d+$)/i, '$1');
