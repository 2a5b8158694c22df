/** Automation as the service runs it: what is saved, what listens, what runs, what ran. */
import { type Clock, type Dial, dialEndpoint, isFairleadError, systemClock, tcpErrors } from '@fairlead/tcp';
import { type Connection, parseConnection } from './connection/schema.ts';
import { type ConnectionTest, testConnection } from './connection/test.ts';
import { type Named, Repository } from './definition/repository.ts';
import { checkDefinition, type Definitions, treeOf } from './definition/schema.ts';
import { History, type RunView } from './history/history.ts';
import { Jobs } from './job/jobs.ts';
import { schedule } from './job/schedule.ts';
import type { AutomationStore, CodePages, DefinitionKind, Log, Outlets, RunKind } from './ports.ts';
import type { OutputEntry } from './run/output.ts';
import type { RunRecord } from './run/record.ts';
import { runTask } from './run/task.ts';
import type { TriggerFire } from './run/trigger.ts';
import { masked } from './secret/mask.ts';
import { Vault } from './secret/vault.ts';
import { type TriggerStatus, Triggers } from './triggers.ts';

export interface AutomationOptions extends Outlets {
  readonly store: AutomationStore;
  /** 32 bytes: what is saved is sealed with it. */
  readonly key: Uint8Array;
  readonly codePages: CodePages;
  readonly log: Log;
  /** Full paths of programs that jobs may run. Default: none. */
  readonly programs?: readonly string[] | undefined;
  /** Environment variables that bodies may use, with their values. Default: none. */
  readonly environment?: ReadonlyMap<string, string | undefined> | undefined;
  /** Runs in the history. */
  readonly history?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly dial?: Dial | undefined;
}

/** A task that runs or ran. */
export interface TaskRun {
  readonly id: number;
  readonly record: Promise<RunRecord>;
}

/** Milliseconds for which the address of a task that ended is remembered. */
const REMEMBERED = 5_000;

export class Automation implements AsyncDisposable {
  readonly #options: AutomationOptions;
  readonly #clock: Clock;
  readonly #repository: Repository;
  readonly #history: History;
  readonly #triggers: Triggers;
  readonly #jobs: Jobs;
  readonly #tasks = new Map<
    number,
    { readonly stop: AbortController; readonly record: Promise<RunRecord> }
  >();
  /** Our own end of each link that a task of a job has open, and how deep that job is: its fires are told by it. */
  readonly #depths = new Map<string, number>();
  #closing: Promise<void> | undefined;

  constructor(options: AutomationOptions) {
    const { store, log, environment = new Map(), codePages } = options;
    this.#options = options;
    const clock = options.clock ?? systemClock;
    this.#clock = clock;
    const vault = new Vault(options.key);
    const repository = new Repository(store, vault);
    const history = new History(store, vault, { clock, log, keep: options.history });
    this.#repository = repository;
    this.#history = history;
    this.#jobs = new Jobs({
      repository,
      history,
      store,
      vault,
      clock,
      log,
      environment,
      tools: (depth) => ({
        clock,
        programs: new Set(options.programs ?? []),
        publish: (...given) => options.publish(...given),
        downlink: (...given) => options.downlink(...given),
        task: (name, variables, signal) =>
          this.#runTask(name, repository.get('task', name).definition, `job ${variables.get('Job') ?? ''}`, {
            variables,
            signal,
            depth,
          }).record,
      }),
    });
    this.#triggers = new Triggers({
      repository,
      history,
      codePages,
      environment,
      clock,
      log,
      connectionOf: (connection) => this.#connectionOf(connection),
      fired: (fire) => this.#fired(fire),
    });
  }

  /** Closes the books of an earlier process, then starts triggers and schedules. What cannot start is logged and tried again. */
  async open(): Promise<void> {
    const interrupted = this.#history.recover();
    const { log } = this.#options;
    if (interrupted > 0) log.warn({ runs: interrupted }, 'Runs were interrupted when the service last ended');
    try {
      await this.#triggers.open();
      this.#jobs.open();
    } catch (error) {
      if (!isFairleadError(error)) throw error;
      log.error({ code: error.code }, `Automation does not run: ${error.message}`);
    }
  }

  // --- definitions ---------------------------------------------------------------------------------------------------

  /** @param secrets whether bodies, names and keys are shown; else they are masked */
  list<K extends DefinitionKind>(kind: K, secrets = false): Named<K>[] {
    return this.#repository.list(kind).map((named) => shown(named, secrets));
  }

  /** Throws DEFINITION_UNKNOWN. */
  get<K extends DefinitionKind>(kind: K, name: string, secrets = false): Named<K> {
    return shown(this.#repository.get(kind, name), secrets);
  }

  /**
   * Saves a definition; with `add` only if the name is free. A trigger begins to listen, a schedule is armed. Rejects with
   * DEFINITION_INVALID, RULES_INVALID, SCHEDULE_INVALID, DEFINITION_UNKNOWN, DEFINITION_EXISTS.
   */
  async put(kind: DefinitionKind, name: string, fields: unknown, how: 'add' | 'put' = 'put'): Promise<void> {
    if (kind === 'job') this.#checkJob(name, checkDefinition('job', fields));
    if (kind === 'connection') this.#checkPage(parseConnection(fields));
    this.#repository.put(kind, name, fields, how);
    if (kind === 'job') this.#jobs.arm(this.#repository.get('job', name));
    if (kind === 'trigger') await this.#triggers.changed(name);
    if (kind === 'connection') await this.#triggers.connectionChanged(name);
  }

  /** Rejects with DEFINITION_UNKNOWN or DEFINITION_IN_USE. */
  async remove(kind: DefinitionKind, name: string): Promise<void> {
    this.#repository.remove(kind, name);
    if (kind === 'job') this.#jobs.forget(name);
    if (kind === 'trigger') await this.#triggers.changed(name);
  }

  #checkJob(name: string, { on, steps }: Definitions['job']): void {
    for (const { schedule: pattern, zone, trigger } of on) {
      if (pattern !== undefined) schedule(name, pattern, zone);
      if (trigger !== undefined) this.#repository.get('trigger', trigger);
    }
    for (const { task, job } of steps) {
      if (task !== undefined) this.#repository.get('task', task);
      if (job !== undefined && job !== name) this.#repository.get('job', job);
    }
  }

  #checkPage({ codePage, onInvalid }: Connection): void {
    this.#options.codePages(codePage, { onInvalid });
  }

  // --- doing ---------------------------------------------------------------------------------------------------------

  /** Tries a connection, saved or given. Rejects with DEFINITION_UNKNOWN or DEFINITION_INVALID alone. */
  testConnection(connection: string | object, how: 'connect' | 'listen'): Promise<ConnectionTest> {
    const { codePages, clock, dial } = this.#options;
    return testConnection(this.#connectionOf(connection), { how, codePages, clock, dial });
  }

  /**
   * Runs a task, saved (by its name) or given. Throws DEFINITION_UNKNOWN, DEFINITION_INVALID or RULES_INVALID; what happens
   * later stands in the record.
   */
  startTask(task: string | object, options: { variables?: Readonly<Record<string, string>> } = {}): TaskRun {
    const variables = new Map(Object.entries(options.variables ?? {}));
    if (typeof task === 'string')
      return this.#runTask(task, this.#repository.get('task', task).definition, 'manual', { variables });
    return this.#runTask('(unsaved)', checkDefinition('task', task), 'manual', { variables });
  }

  #runTask(
    name: string,
    task: Definitions['task'],
    cause: string,
    {
      variables,
      signal,
      depth = 0,
    }: { variables: ReadonlyMap<string, string>; signal?: AbortSignal; depth?: number },
  ): TaskRun {
    const connection = this.#connectionOf(task.connection);
    const tree = treeOf('task', task);
    const { codePages, environment, clock } = this.#options;
    const id = this.#history.begin('task', name, cause, true);
    const stop = new AbortController();
    const follow = () => stop.abort(signal?.reason);
    signal?.addEventListener('abort', follow, { once: true });
    if (signal?.aborted) follow();
    let local: string | undefined;
    const dial: Dial = async (endpoint, options) => {
      const transport = await (this.#options.dial ?? dialEndpoint)(endpoint, options);
      local = transport.local;
      if (depth > 0) this.#depths.set(transport.local, depth);
      return transport;
    };
    const record = runTask({
      tree,
      connection,
      codePages,
      variables,
      environment,
      signal: stop.signal,
      clock,
      dial,
    })
      .catch((error: unknown): never => {
        const known = isFairleadError(error)
          ? error
          : tcpErrors.error('HANDLER_FAILED', { reason: String(error) });
        this.#history.end(id, { result: 'failure', code: known.code, error: known.message });
        throw known;
      })
      .finally(() => {
        signal?.removeEventListener('abort', follow);
        this.#tasks.delete(id);
        this.#forgetLater(local);
      });
    const ended = record.then((value) => {
      const { result, code, error } = value;
      this.#history.end(id, { result, code, error, detail: value });
      return value;
    });
    this.#tasks.set(id, { stop, record: ended });
    return { id, record: ended };
  }

  /** A trigger of ours may hear of it only after the task has ended. */
  #forgetLater(local: string | undefined): void {
    if (local === undefined || !this.#depths.has(local)) return;
    this.#clock.after(REMEMBERED, () => this.#depths.delete(local)).unref?.();
  }

  /** Starts a job, and says under which id; `ended` brings the error that it failed with. Throws DEFINITION_UNKNOWN. */
  startJob(name: string, options: { variables?: Readonly<Record<string, string>> } = {}) {
    return this.#jobs.start(name, { cause: 'manual', variables: Object.entries(options.variables ?? {}) });
  }

  /** Resolves when the run has ended, or after `ms`. */
  async waitRun(id: number, ms: number): Promise<RunView | undefined> {
    const ended = this.#tasks.get(id)?.record ?? this.#jobs.ended(id);
    if (ended === undefined) return this.run(id);
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.after(ms, resolve);
    await Promise.race([ended.catch(() => {}), late]);
    this.#clock.clear(timer);
    return this.run(id);
  }

  /** Stops a task or job that runs; false: it does not. */
  stopRun(id: number, reason = 'a person stopped it'): boolean {
    const task = this.#tasks.get(id);
    task?.stop.abort(reason);
    return task !== undefined || this.#jobs.stop(id, reason);
  }

  #fired(fire: TriggerFire): void {
    const { trigger, textBody, receivedTime, fromAddress, messages } = fire;
    this.#jobs.fired(trigger, {
      cause: `trigger ${trigger}`,
      variables: [
        ['Trigger', trigger],
        ['TextBody', textBody],
        ['ReceivedTime', new Date(receivedTime).toISOString()],
        ['FromAddress', fromAddress],
      ],
      messages,
      depth: this.#depths.get(fromAddress) ?? 0,
    });
  }

  // --- triggers and history ------------------------------------------------------------------------------------------

  triggers(): TriggerStatus[] {
    return this.#triggers.list();
  }

  /** Rejects with what stands in its way. */
  startTrigger(name: string): Promise<TriggerStatus> {
    return this.#triggers.start(name);
  }

  stopTrigger(name: string): Promise<void> {
    return this.#triggers.stop(name);
  }

  triggerOutput(name: string): { entries: readonly OutputEntry[]; dropped: number } {
    return this.#triggers.output(name);
  }

  /** Newest first. */
  runs(query: {
    kind?: RunKind | undefined;
    name?: string | undefined;
    before?: number | undefined;
    limit: number;
  }): RunView[] {
    return this.#history.list(query);
  }

  run(id: number): RunView | undefined {
    return this.#history.get(id);
  }

  /** Stops everything; what runs gets a record that says so. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close('the service stops');
    return this.#closing;
  }

  async #close(reason: string): Promise<void> {
    await Promise.all([this.#triggers.close(reason), this.#jobs.close(reason), this.#stopTasks(reason)]);
    this.#history.close();
  }

  async #stopTasks(reason: string): Promise<void> {
    const tasks = [...this.#tasks.values()];
    for (const { stop } of tasks) stop.abort(reason);
    await Promise.allSettled(tasks.map(({ record }) => record));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connectionOf(connection: string | object): Connection {
    if (typeof connection === 'string')
      return parseConnection(this.#repository.get('connection', connection).definition);
    return parseConnection(connection);
  }
}

function shown<K extends DefinitionKind>(named: Named<K>, secrets: boolean): Named<K> {
  if (secrets) return named;
  const { definition } = named;
  const { rules, steps, variables, ...others } = definition as Record<string, unknown>;
  const hidden = {
    ...others,
    ...(rules === undefined ? {} : { rules: masked(rules) }),
    ...(steps === undefined ? {} : { steps: maskedSteps(steps as object[]) }),
    ...(variables === undefined ? {} : { variables: masked(variables, true) }),
  };
  return { ...named, definition: hidden as Definitions[K] };
}

/** The names of steps are needed to follow a job; what they carry is not. */
function maskedSteps(steps: readonly object[]): object[] {
  return steps.map((step) => ({ ...masked(step), ...('name' in step ? { name: step.name } : {}) }));
}
