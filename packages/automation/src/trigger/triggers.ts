/** All saved triggers: starts and stops their listeners, and retries those that fail. */
import {
  type BackoffOptions,
  backoff,
  type Clock,
  coreErrors,
  type FairleadError,
  isFairleadError,
  type Log,
  type Timer,
} from '@fairlead/core';
import type { Budget } from '../budget.ts';
import { automationErrors } from '../catalogue.ts';
import type { Connection } from '../connection/schema.ts';
import type { DefinitionRepository } from '../definition/repository.ts';
import { treeOf } from '../definition/schema.ts';
import type { RunHistory } from '../history/run-history.ts';
import type { ConditionEvaluator } from '../match/condition-evaluator.ts';
import type { CodePages, DeviceLinks } from '../ports.ts';
import type { Output, OutputEntry } from '../run/output.ts';
import { throttled } from '../throttled.ts';
import { DeviceTrigger } from './device-trigger.ts';
import type { ExchangesOptions, TriggerFire } from './exchanges.ts';
import { TriggerTotals } from './totals.ts';
import { startTrigger, type Trigger, type TriggerCounters } from './trigger.ts';

export interface TriggerStatus extends TriggerCounters {
  readonly name: string;
  /** `failed`: it cannot listen and retries. */
  readonly state: 'listening' | 'stopped' | 'failed';
  /** As bound; `device NAME` if it uses the link of a device. */
  readonly address?: string | undefined;
  /** Why it cannot listen, or why nothing can come from its device at present. */
  readonly code?: string | undefined;
  readonly error?: string | undefined;
}

interface TriggersOptions {
  readonly repository: DefinitionRepository;
  readonly history: RunHistory;
  readonly codePages: CodePages;
  readonly environment: ReadonlyMap<string, string | undefined>;
  readonly budget: Budget;
  readonly evaluator: ConditionEvaluator;
  readonly clock: Clock;
  readonly log: Log;
  readonly devices: DeviceLinks | undefined;
  connectionOf(connection: string | object): Connection;
  fired(fire: TriggerFire): void;
}

const RETRY: BackoffOptions = { min: 1_000, max: 30_000, jitter: 'none' };

type Listening = Trigger | DeviceTrigger;

interface Entry {
  trigger?: Listening;
  error?: FairleadError;
  timer?: Timer;
  failures: number;
  /** Changes with each start and stop: late results of an earlier start are ignored. */
  turn: number;
}

export class Triggers {
  readonly #options: TriggersOptions;
  readonly #entries = new Map<string, Entry>();
  /** The totals of each trigger since the service started. */
  readonly #totals = new Map<string, TriggerTotals>();
  /** The output of each trigger. It stays readable after the trigger was stopped. */
  readonly #outputs = new Map<string, Output>();
  /** Messages of removed triggers. */
  readonly #gone = { received: 0, sent: 0 };
  #closed = false;

  constructor(options: TriggersOptions) {
    this.#options = options;
  }

  /** Starts all enabled triggers. A trigger that cannot listen is retried. */
  async open(): Promise<void> {
    const { found } = this.#options.repository.read('trigger');
    const enabled = found.filter(({ definition }) => definition.enabled);
    await Promise.all(enabled.map(({ name }) => this.#attempt(name)));
  }

  /** Rejects with DEFINITION_UNKNOWN, TRIGGER_STATE, PORT_IN_USE, LISTEN_FAILED, ADDRESS_NOT_LISTENABLE and the like. */
  async start(name: string): Promise<TriggerStatus> {
    const { repository } = this.#options;
    repository.get('trigger', name);
    if (this.#entries.get(name)?.trigger !== undefined)
      throw automationErrors.error('TRIGGER_STATE', { name, state: 'listening already' });
    const wanted = this.#entries.has(name);
    await this.#attempt(name);
    const { error } = this.#entries.get(name) ?? {};
    if (error === undefined) return this.status(name);
    if (!wanted) this.#forget(name); // else it is still retried
    throw error;
  }

  /** Throws DEFINITION_UNKNOWN, or TRIGGER_STATE when it does not listen. */
  async stop(name: string, reason = 'a person stopped the trigger'): Promise<void> {
    this.#options.repository.get('trigger', name);
    const entry = this.#entries.get(name);
    if (entry === undefined) throw automationErrors.error('TRIGGER_STATE', { name, state: 'not listening' });
    this.#forget(name);
    await entry.trigger?.stop(reason);
  }

  /** Its definition was changed or removed: restarts or stops its listener. */
  async changed(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    this.#forget(name);
    await entry?.trigger?.stop('the trigger was changed');
    const found = this.#options.repository.find('trigger', name);
    if (found === undefined) this.#remove(name);
    if (found?.definition.enabled) await this.#attempt(name);
  }

  /** Restarts the triggers that use this connection. */
  async connectionChanged(connection: string): Promise<void> {
    const using = this.#options.repository
      .read('trigger')
      .found.filter(
        ({ name, definition }) => definition.connection === connection && this.#entries.has(name),
      );
    await Promise.all(using.map(({ name }) => this.changed(name)));
  }

  list(): TriggerStatus[] {
    return this.#options.repository.list('trigger').map(({ name }) => this.status(name));
  }

  status(name: string): TriggerStatus {
    const { trigger, error } = this.#entries.get(name) ?? {};
    const counters = trigger?.counters() ?? {
      clients: 0,
      ...(this.#totals.get(name) ?? new TriggerTotals()),
    };
    if (trigger !== undefined) {
      const { code, message } = ('cause' in trigger && trigger.cause) || {};
      const why = code === undefined ? {} : { code, error: message };
      return { name, state: 'listening', address: trigger.address, ...why, ...counters };
    }
    if (error !== undefined)
      return { name, state: 'failed', code: error.code, error: error.message, ...counters };
    return { name, state: 'stopped', ...counters };
  }

  /** The counters of each trigger that has listened. */
  counters(): ReadonlyMap<string, TriggerCounters> {
    return new Map(
      Array.from(this.#totals, ([name, totals]) => [
        name,
        this.#entries.get(name)?.trigger?.counters() ?? { clients: 0, ...totals },
      ]),
    );
  }

  /** The latest lines of output since it last started to listen. Throws DEFINITION_UNKNOWN. */
  output(name: string): { entries: readonly OutputEntry[]; dropped: number } {
    this.#options.repository.get('trigger', name);
    return this.#outputs.get(name)?.list() ?? { entries: [], dropped: 0 };
  }

  /** Messages of all triggers, removed ones included. */
  traffic(): { readonly received: number; readonly sent: number } {
    const all = [this.#gone, ...this.counters().values()];
    const sum = (field: 'received' | 'sent') => all.reduce((total, of) => total + of[field], 0);
    return { received: sum('received'), sent: sum('sent') };
  }

  #remove(name: string): void {
    const { received = 0, sent = 0 } = this.#totals.get(name) ?? {};
    this.#gone.received += received;
    this.#gone.sent += sent;
    this.#totals.delete(name);
    this.#outputs.get(name)?.release();
    this.#outputs.delete(name);
  }

  async close(reason: string): Promise<void> {
    this.#closed = true;
    const entries = [...this.#entries];
    for (const [name] of entries) this.#forget(name);
    await Promise.all(entries.map(([, { trigger }]) => trigger?.stop(reason)));
  }

  async #attempt(name: string): Promise<void> {
    const { clock, log } = this.#options;
    const before = this.#entries.get(name);
    const entry: Entry = { failures: before?.failures ?? 0, turn: (before?.turn ?? 0) + 1 };
    clock.clear(before?.timer);
    this.#entries.set(name, entry);
    try {
      const trigger = await this.#listen(name);
      if (this.#entries.get(name) !== entry) return void (await trigger.stop('it was stopped meanwhile'));
      entry.trigger = trigger;
      this.#outputs.get(name)?.release();
      this.#outputs.set(name, trigger.output);
      entry.failures = 0;
      log.info({ trigger: name, address: trigger.address }, 'A trigger listens');
    } catch (cause) {
      const error = isFairleadError(cause)
        ? cause
        : coreErrors.error('HANDLER_FAILED', { reason: String(cause) }, cause);
      if (this.#entries.get(name) !== entry) return;
      entry.error = error;
      const wait = backoff(entry.failures++, RETRY, Math.random);
      if (entry.failures === 1) log.warn({ trigger: name, code: error.code }, error.message);
      if (this.#closed) return;
      entry.timer = clock.after(wait, () => void this.#attempt(name));
      entry.timer.unref?.();
    }
  }

  async #listen(name: string): Promise<Listening> {
    const { repository, history, codePages, environment, budget, evaluator, clock, fired, devices } =
      this.#options;
    const { definition } = repository.get('trigger', name);
    const totals = this.#totals.get(name) ?? new TriggerTotals();
    this.#totals.set(name, totals);
    const connection = this.#options.connectionOf(definition.connection);
    const rules: ExchangesOptions = {
      name,
      tree: treeOf('trigger', definition),
      connection,
      codePages,
      environment,
      fire: fired,
      began: (peer) => {
        const id = history.begin('trigger', name, peer, false);
        return (record) => {
          const { result, code, error } = record;
          history.end(id, { result, code, error, detail: record });
        };
      },
    };
    const ports = { budget, evaluator, clock, totals };
    const { device } = connection;
    if (device === undefined)
      return startTrigger({
        ...rules,
        ...ports,
        refused: this.#refusals(name),
        handshakeFailed: this.#handshakeFailures(name),
      });
    if (devices === undefined) throw automationErrors.error('DEVICE_LINK_UNAVAILABLE', { device });
    return new DeviceTrigger(device, rules, { ...ports, devices });
  }

  /** Logs refused clients, once a second at most. */
  #refusals(name: string): (error: FairleadError) => void {
    const { clock, log } = this.#options;
    return throttled(clock, ({ code, message }, count) => log.warn({ trigger: name, code, count }, message));
  }

  /** Logs clients whose TLS handshake failed, once a second at most. */
  #handshakeFailures(name: string): (remote: string, error: FairleadError) => void {
    const { clock, log } = this.#options;
    const told = throttled<[remote: string, error: FairleadError]>(
      clock,
      ([remote, { code, message }], count) =>
        log.warn({ trigger: name, remote, code, count }, `The TLS handshake of a client failed: ${message}`),
    );
    return (remote, error) => told([remote, error]);
  }

  #forget(name: string): void {
    this.#options.clock.clear(this.#entries.get(name)?.timer);
    this.#entries.delete(name);
  }
}
