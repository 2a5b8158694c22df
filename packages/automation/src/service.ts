/** The automation of the service: definitions, triggers, tasks, jobs and the history of runs. */
import { type Clock, type Log, systemClock, timeLimit } from '@fairlead/core';
import type { Dial } from '@fairlead/tcp';
import { formatPath, formatPointer } from '@fairlead/yaml';
import { Budget } from './budget.ts';
import { automationErrors } from './catalogue.ts';
import { type Connection, parseConnection } from './connection/schema.ts';
import { type ConnectionTest, testConnection } from './connection/test.ts';
import { differences } from './definition/differences.ts';
import { checkEnvironment } from './definition/environment.ts';
import { checkNesting } from './definition/nesting.ts';
import { DefinitionRepository, type Named } from './definition/repository.ts';
import { checkDefinition, type Definitions, treeOf } from './definition/schema.ts';
import { RunHistory, type RunView } from './history/run-history.ts';
import { checkJob } from './job/check.ts';
import { type JobStatus, Jobs } from './job/jobs.ts';
import type { Started } from './job/start.ts';
import { maskedDefinition, maskedLine, maskedRun } from './masked-views.ts';
import { ConditionEvaluator } from './match/condition-evaluator.ts';
import type { AutomationStore, CodePages, DefinitionKind, DeviceLinks, Outlets, RunKind } from './ports.ts';
import { bodyMistakes } from './rules/bodies.ts';
import { ActiveRuns } from './run/active-runs.ts';
import type { OutputEntry } from './run/output.ts';
import { MASK, maskIn } from './secret/mask.ts';
import { Vault } from './secret/vault.ts';
import { type TaskRun, Tasks } from './task/tasks.ts';
import type { TriggerFire } from './trigger/exchanges.ts';
import type { TriggerCounters } from './trigger/trigger.ts';
import { type TriggerStatus, Triggers } from './trigger/triggers.ts';

export interface AutomationOptions extends Outlets {
  readonly store: AutomationStore;
  /** 32 bytes. Encrypts everything that is saved. */
  readonly key: Uint8Array;
  readonly codePages: CodePages;
  readonly log: Log;
  /** Full paths of programs that jobs may run. Default: none. */
  readonly programs?: readonly string[] | undefined;
  /** Environment variables that bodies may use, with their values. Default: none. */
  readonly environment?: ReadonlyMap<string, string | undefined> | undefined;
  /** Runs of each kind in the history. */
  readonly history?: number | undefined;
  /** Bytes that all runs together may hold. */
  readonly memory?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Is told of each run that has ended. It must return at once. */
  readonly ended?: ((run: RunView) => void) | undefined;
  readonly dial?: Dial | undefined;
  /** Links that the service keeps to devices. Default: none. */
  readonly devices?: DeviceLinks | undefined;
}

interface StartOptions {
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** How many jobs are above, if the HTTP step of a job sent the request. Default: 0. */
  readonly depth?: number | undefined;
}

/** Counters since the start, as plain data. */
export interface AutomationCounters {
  /** Runs that ended. The key is kind, result and code (or nothing), separated by spaces. */
  readonly runs: ReadonlyMap<string, number>;
  /** Active runs by kind. */
  readonly running: ReadonlyMap<RunKind, number>;
  readonly triggers: ReadonlyMap<string, TriggerCounters>;
  /** Messages of all tasks, and of all triggers. */
  readonly messages: Readonly<
    Record<'task' | 'trigger', { readonly received: number; readonly sent: number }>
  >;
  /** Missed times of schedules: run later (`made`) or skipped. */
  readonly missed: { readonly made: number; readonly skipped: number };
}

export class Automation implements AsyncDisposable {
  readonly #options: AutomationOptions;
  readonly #clock: Clock;
  readonly #repository: DefinitionRepository;
  readonly #history: RunHistory;
  readonly #triggers: Triggers;
  readonly #jobs: Jobs;
  readonly #programs: ReadonlySet<string>;
  readonly #tasks: Tasks;
  readonly #activeRuns = new ActiveRuns();
  readonly #evaluator: ConditionEvaluator;
  #closing: Promise<void> | undefined;

  constructor(options: AutomationOptions) {
    const { store, log, environment = new Map(), codePages } = options;
    this.#options = options;
    this.#programs = new Set(options.programs ?? []);
    const clock = options.clock ?? systemClock;
    this.#clock = clock;
    this.#evaluator = new ConditionEvaluator(clock);
    const vault = new Vault(options.key);
    const repository = new DefinitionRepository(store, vault);
    const history = new RunHistory(store, vault, { clock, log, keep: options.history, ended: options.ended });
    this.#repository = repository;
    this.#history = history;
    const connectionOf = (connection: string | object) => this.#connectionOf(connection);
    const activeRuns = this.#activeRuns;
    const budget = new Budget(options.memory);
    const evaluator = this.#evaluator;
    this.#tasks = new Tasks({
      activeRuns,
      history,
      codePages,
      environment,
      budget,
      evaluator,
      clock,
      dial: options.dial,
      devices: options.devices,
      connectionOf,
    });
    this.#jobs = new Jobs({
      activeRuns,
      saved: () => repository.read('job').found,
      history,
      store,
      vault,
      budget,
      evaluator,
      clock,
      log,
      environment,
      tools: (depth) => ({
        clock,
        programs: this.#programs,
        depth,
        publish: (...given) => options.publish(...given),
        downlink: (...given) => options.downlink(...given),
        task: (name, variables, signal, began) => {
          const { definition } = repository.get('task', name);
          const cause = `job ${variables.get('Job') ?? ''}`;
          const { id, record } = this.#tasks.start(name, definition, { cause, variables, signal, depth });
          began(id);
          return record;
        },
      }),
    });
    this.#triggers = new Triggers({
      repository,
      history,
      codePages,
      environment,
      budget,
      evaluator,
      clock,
      log,
      devices: options.devices,
      connectionOf,
      fired: (fire) => this.#fired(fire),
    });
  }

  /** Marks runs left open by the last process as interrupted, then starts triggers and schedules. Failures are logged; triggers retry. */
  async open(): Promise<void> {
    const interrupted = this.#history.recover(this.#jobs.waitingRuns());
    const { log } = this.#options;
    if (interrupted > 0) log.warn({ runs: interrupted }, 'Runs were interrupted when the service last ended');
    for (const kind of ['connection', 'task', 'trigger', 'job'] as const) {
      const { broken } = this.#repository.read(kind);
      const [first] = broken;
      if (first === undefined) continue;
      log.error(
        { kind, count: broken.length, code: first.code },
        `Definitions were skipped: ${first.message}`,
      );
    }
    this.#jobs.load(); // before triggers fire: queued starts come first
    await this.#triggers.open();
    this.#jobs.open();
  }

  // --- definitions ---------------------------------------------------------------------------------------------------

  /** @param secrets whether bodies, names and keys are shown; else they are masked */
  list<K extends DefinitionKind>(kind: K, secrets = false): Named<K>[] {
    return this.#repository.list(kind).map((named) => (secrets ? named : maskedDefinition(named)));
  }

  /** Throws DEFINITION_UNKNOWN. */
  get<K extends DefinitionKind>(kind: K, name: string, secrets = false): Named<K> {
    const named = this.#repository.get(kind, name);
    return secrets ? named : maskedDefinition(named);
  }

  /** The revision of a definition, even of one that cannot be read; undefined: there is none of this name. */
  revision(kind: DefinitionKind, name: string): number | undefined {
    return this.#repository.revision(kind, name);
  }

  /** The fields in which a saved definition differs from these. Throws as {@link put}. */
  differences(kind: DefinitionKind, name: string, fields: unknown): string[] {
    checkNesting(kind, fields);
    return differences(kind, this.#repository.get(kind, name).definition, fields);
  }

  /**
   * Saves a definition; with `add` only if the name is free. Starts a trigger, arms a schedule. Rejects with
   * DEFINITION_INVALID, RULES_INVALID, SCHEDULE_INVALID, PROGRAM_DENIED, VARIABLE_DENIED, DEFINITION_UNKNOWN, DEFINITION_EXISTS.
   */
  async put(kind: DefinitionKind, name: string, fields: unknown, how: 'add' | 'put' = 'put'): Promise<void> {
    checkNesting(kind, fields);
    if (maskIn(fields) !== undefined) {
      const reason = `"${MASK}" replaces a text: the definition was shown or exported without --secrets`;
      throw automationErrors.error('DEFINITION_INVALID', { kind, reason });
    }
    if (kind === 'job')
      checkJob(name, checkDefinition('job', fields), {
        programs: this.#programs,
        now: this.#clock.now(),
        has: (other, of) => this.#repository.find(other, of) !== undefined,
      });
    if (kind !== 'connection')
      checkEnvironment(kind, checkDefinition(kind, fields), this.#options.environment ?? new Map());
    const { connection } =
      kind === 'connection' ? { connection: fields } : (fields as { connection?: unknown });
    if (typeof connection === 'object') this.#checkPage(parseConnection(connection));
    if (kind === 'task' || kind === 'trigger') this.#checkBodies(kind, checkDefinition(kind, fields));
    this.#repository.put(kind, name, fields, how);
    if (kind === 'job') this.#jobs.arm(this.#repository.get('job', name), 'saved');
    if (kind === 'trigger') await this.#triggers.changed(name);
    if (kind === 'connection') await this.#triggers.connectionChanged(name);
  }

  /** Rejects with DEFINITION_UNKNOWN or DEFINITION_IN_USE. */
  async remove(kind: DefinitionKind, name: string): Promise<void> {
    this.#repository.remove(kind, name);
    if (kind === 'job') this.#jobs.forget(name);
    if (kind === 'trigger') await this.#triggers.changed(name);
  }

  #checkPage({ codePage, onInvalid }: Connection): void {
    this.#options.codePages(codePage, { onInvalid });
  }

  /** Throws RULES_INVALID for bodies that the connection cannot send. An unknown connection is reported elsewhere. */
  #checkBodies(kind: 'task' | 'trigger', definition: Definitions['task']): void {
    const { connection } = definition;
    if (typeof connection === 'string' && this.#repository.find('connection', connection) === undefined)
      return;
    const [mistake] = bodyMistakes(treeOf(kind, definition), this.#connectionOf(connection));
    if (mistake === undefined) return;
    const { path, reason } = mistake;
    const place = `at ${formatPath(path)}`;
    throw automationErrors.error('RULES_INVALID', { place, reason, pointer: formatPointer(path) });
  }

  // --- running -------------------------------------------------------------------------------------------------------

  /** Tests a connection, saved or given. Rejects only with DEFINITION_UNKNOWN or DEFINITION_INVALID. */
  testConnection(connection: string | object, how: 'connect' | 'listen'): Promise<ConnectionTest> {
    const { codePages, clock, dial, devices } = this.#options;
    checkNesting('connection', connection);
    return testConnection(this.#connectionOf(connection), { how, codePages, clock, dial, devices });
  }

  /**
   * Runs a task, saved (by its name) or given. Throws DEFINITION_UNKNOWN, DEFINITION_INVALID or RULES_INVALID; later
   * errors are in the record.
   */
  startTask(task: string | object, options: StartOptions = {}): TaskRun {
    const variables = new Map(Object.entries(options.variables ?? {}));
    const start = { ...startOf(options), variables };
    if (typeof task !== 'string') {
      checkNesting('task', task);
      const given = checkDefinition('task', task);
      const { connection } = given;
      if (typeof connection === 'string') this.#repository.get('connection', connection, '/connection');
      return this.#tasks.start('(unsaved)', given, start);
    }
    return this.#tasks.start(task, this.#repository.get('task', task).definition, start);
  }

  /** Starts a job. `ended` resolves with the error of the run, if it failed. Throws DEFINITION_UNKNOWN. */
  startJob(name: string, options: StartOptions = {}): Started {
    return this.#jobs.start(name, {
      ...startOf(options),
      variables: Object.entries(options.variables ?? {}),
    });
  }

  /** Resolves when the run has ended, or after `ms`. */
  async waitRun(id: number, ms: number, secrets = false): Promise<RunView | undefined> {
    const ended = this.#activeRuns.ended(id);
    if (ended === undefined) return this.run(id, secrets);
    using limit = timeLimit(this.#clock, ms, undefined, () => undefined);
    await limit.race(ended).catch(() => {});
    return this.run(id, secrets);
  }

  /** Stops a run of a task or job. Returns false if it is not active. */
  stopRun(id: number, reason = 'a person stopped it'): boolean {
    return this.#activeRuns.stop(id, reason);
  }

  #fired(fire: TriggerFire): void {
    const { trigger, textBody, receivedTime, fromAddress, device, messages } = fire;
    this.#jobs.fired(trigger, () => ({
      cause: `trigger ${trigger}`,
      variables: [
        ['Trigger', trigger],
        ['TextBody', textBody],
        ['ReceivedTime', new Date(receivedTime).toISOString()],
        ['FromAddress', fromAddress],
        ...(device === undefined ? [] : [['Device', device] as const]),
        ['Messages', JSON.stringify(messages)],
      ],
      messages,
      depth: this.#tasks.depthOf(fromAddress),
    }));
  }

  // --- triggers and history ------------------------------------------------------------------------------------------

  triggers(): TriggerStatus[] {
    return this.#triggers.list();
  }

  /** The state of all jobs, by name. */
  jobs(): JobStatus[] {
    return this.#jobs.list().map(({ last, ...job }) => ({ ...job, last: last && maskedRun(last) }));
  }

  /** Rejects with the error that prevents it from listening. */
  startTrigger(name: string): Promise<TriggerStatus> {
    return this.#triggers.start(name);
  }

  stopTrigger(name: string): Promise<void> {
    return this.#triggers.stop(name);
  }

  /** @param secrets whether names, keys and texts are shown; else they are masked */
  triggerOutput(name: string, secrets = false): { entries: readonly OutputEntry[]; dropped: number } {
    const { entries, dropped } = this.#triggers.output(name);
    return { entries: secrets ? entries : entries.map(maskedLine), dropped };
  }

  /** Newest first. */
  runs(
    query: {
      kind?: RunKind | undefined;
      name?: string | undefined;
      since?: number | undefined;
      until?: number | undefined;
      before?: number | undefined;
      limit: number;
    },
    secrets = false,
  ): RunView[] {
    const runs = this.#history.list(query);
    return secrets ? runs : runs.map(maskedRun);
  }

  run(id: number, secrets = false): RunView | undefined {
    const run = this.#history.get(id);
    return run === undefined || secrets ? run : maskedRun(run);
  }

  counters(): AutomationCounters {
    return {
      runs: this.#history.ended,
      running: this.#history.running(),
      triggers: this.#triggers.counters(),
      messages: { task: { ...this.#tasks.traffic }, trigger: this.#triggers.traffic() },
      missed: { ...this.#jobs.missed },
    };
  }

  /** Stops everything. Active runs are recorded as stopped. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close('the service stops');
    return this.#closing;
  }

  /** Jobs first: then no run begins, even if a trigger fires while it stops. */
  async #close(reason: string): Promise<void> {
    this.#jobs.close();
    await Promise.all([this.#activeRuns.close(reason), this.#triggers.close(reason)]);
    await this.#evaluator.close();
    this.#history.close();
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

const startOf = ({ depth = 0 }: StartOptions) => ({ cause: depth > 0 ? 'job by HTTP' : 'manual', depth });
