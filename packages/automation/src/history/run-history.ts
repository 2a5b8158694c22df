/** The history of runs. Bounded, encrypted, written in batches. */
import { type Clock, isFairleadError, type Log, type Timer } from '@fairlead/core';
import { automationErrors } from '../catalogue.ts';
import { automationLimits } from '../limits.ts';
import type { AutomationStore, RunKind, StoredRun } from '../ports.ts';
import type { Vault } from '../secret/vault.ts';
import { bounded, sizeOf } from './bounded.ts';

/** A run as the API shows it. */
export interface RunView {
  readonly id: number;
  readonly kind: RunKind;
  readonly name: string;
  /** What started it: `manual`, `trigger door`, `schedule 0 2 * * *`, `job nightly`, or a client's address. */
  readonly cause: string;
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
  /** Absent while it runs. */
  readonly result?: 'success' | 'failure' | 'stopped' | 'skipped' | 'interrupted' | undefined;
  /** It is queued: another run of the job must end first. */
  readonly waiting?: boolean | undefined;
  readonly code?: string | undefined;
  readonly error?: string | undefined;
  /** Its details: the record of a task or trigger, the steps of a job. */
  readonly detail?: unknown;
}

/** Milliseconds until changes are written. After a crash, newer clients have no record. */
const FLUSH = 100;
/** Milliseconds until a failed write is retried. */
const RETRY = 1_000;

export class RunHistory {
  readonly #store: AutomationStore;
  readonly #vault: Vault;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #keep: number;
  readonly #told: ((run: RunView) => void) | undefined;
  /** Active runs. */
  readonly #open = new Map<number, RunView>();
  /** Changes that wait to be written. */
  readonly #dirty = new Map<number, { readonly view: RunView; readonly size: number }>();
  /** Bytes of memory of these changes. */
  #dirtySize = 0;
  /** Number of ended runs since the start, by kind, result and code, separated by spaces. */
  readonly #ended = new Map<string, number>();
  #last: number;
  #timer: Timer | undefined;
  /** Number of dropped runs while the store fails; undefined while it works. */
  #lost: number | undefined;

  constructor(
    store: AutomationStore,
    vault: Vault,
    options: {
      clock: Clock;
      log: Log;
      keep?: number | undefined;
      ended?: ((run: RunView) => void) | undefined;
    },
  ) {
    this.#store = store;
    this.#vault = vault;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#keep = options.keep ?? automationLimits.values.runsKept;
    this.#told = options.ended;
    this.#last = store.lastRunId();
  }

  /**
   * Marks runs left open by the last process as interrupted. Returns their number.
   * @param waiting queued runs, which {@link resume} restores instead
   */
  recover(waiting: readonly number[] = []): number {
    const { code, message } = automationErrors.error('RUN_INTERRUPTED');
    const had = new Set(waiting);
    const ended = this.#store.openRuns().flatMap((row) => {
      if (had.has(row.id)) return [];
      const view = this.#readable(row);
      if (view === undefined) return [];
      return [
        this.#sealed({
          ...view,
          endedAt: this.#after(view.startedAt),
          result: 'interrupted',
          code,
          error: message,
        }),
      ];
    });
    for (const { kind, result } of ended) this.#count(kind, result, code);
    if (ended.length > 0) this.#store.putRuns(ended, this.#keep);
    return ended.length;
  }

  /** @param settled whether it is written at once, so that a crash cannot lose it */
  begin(kind: RunKind, name: string, cause: string, settled: boolean): number {
    const id = ++this.#last;
    this.#note({ id, kind, name, cause, startedAt: this.#clock.now() });
    if (settled) this.flush();
    return id;
  }

  /** Restores a queued run of an earlier process. */
  resume(
    id: number,
    kind: RunKind,
    { name, cause, startedAt }: Pick<RunView, 'name' | 'cause' | 'startedAt'>,
  ): void {
    this.#last = Math.max(this.#last, id);
    this.#note({ id, kind, name, cause, startedAt });
  }

  /** Sets whether an active run is queued. This is not written: queued starts are saved elsewhere. */
  waits(id: number, waiting: boolean): void {
    const view = this.#open.get(id);
    if (view !== undefined) this.#open.set(id, { ...view, waiting: waiting || undefined });
  }

  end(id: number, end: Pick<RunView, 'result' | 'code' | 'error' | 'detail'>): void {
    const view = this.#open.get(id);
    if (view === undefined) return;
    this.#count(view.kind, end.result, end.code);
    const { detail = view.detail } = end;
    const ended = { ...view, ...end, detail: bounded(detail), endedAt: this.#after(view.startedAt) };
    this.#note(ended);
    this.#told?.(ended);
  }

  /** Now, but not before `time`, in case the clock was set back. */
  #after(time: number): number {
    return Math.max(time, this.#clock.now());
  }

  #count(kind: RunKind, result: string | undefined, code: string | undefined): void {
    const key = `${kind} ${result} ${code ?? ''}`;
    this.#ended.set(key, (this.#ended.get(key) ?? 0) + 1);
  }

  /** Number of ended runs since the start, by kind, result and code (or nothing), separated by spaces. */
  get ended(): ReadonlyMap<string, number> {
    return this.#ended;
  }

  /** Number of active runs by kind. */
  running(): ReadonlyMap<RunKind, number> {
    const counts = new Map<RunKind, number>([
      ['task', 0],
      ['trigger', 0],
      ['job', 0],
    ]);
    for (const { kind } of this.#open.values()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return counts;
  }

  /** Updates the details of an active run. Written with the next batch. */
  progress(id: number, detail: unknown): void {
    const view = this.#open.get(id);
    if (view !== undefined) this.#note({ ...view, detail: bounded(detail) });
  }

  /** Newest first, without details. */
  list(query: {
    kind?: RunKind | undefined;
    name?: string | undefined;
    since?: number | undefined;
    until?: number | undefined;
    before?: number | undefined;
    limit: number;
  }): RunView[] {
    this.flush();
    const { kind, name, ...rest } = query;
    const subject = kind === undefined || name === undefined ? undefined : this.#vault.idOf(kind, name);
    return this.#store.runs({ kind, subject, ...rest }).map((row) => this.#listed(row));
  }

  /** Runs that cannot be decrypted are listed too: their times and results are not encrypted. */
  #listed(row: StoredRun): RunView {
    try {
      const { waiting } = this.#open.get(row.id) ?? {};
      return { ...this.#opened(row), ...(waiting && { waiting }) };
    } catch (error) {
      if (!isFairleadError(error)) throw error;
      const { id, kind, startedAt, endedAt, result, code } = row;
      const view = { id, kind, name: '(unreadable)', cause: '', startedAt, endedAt, code };
      return { ...view, result: result as RunView['result'], error: error.message };
    }
  }

  get(id: number): RunView | undefined {
    const waiting = this.#open.get(id) ?? this.#dirty.get(id)?.view;
    if (waiting !== undefined) return waiting;
    const row = this.#store.run(id);
    return row === undefined ? undefined : this.#opened(row);
  }

  /** Writes all changes. After a failure they are kept, within limits, and retried. */
  flush(): void {
    this.#clock.clear(this.#timer);
    this.#timer = undefined;
    if (this.#dirty.size === 0) return;
    try {
      const rows = Array.from(this.#dirty.values(), ({ view }) => this.#sealed(view));
      this.#store.putRuns(rows, this.#keep);
      this.#dirty.clear();
      this.#dirtySize = 0;
      if (this.#lost !== undefined)
        this.#log.warn({ lost: this.#lost }, 'Runs are written to the history again');
      this.#lost = undefined;
    } catch (error) {
      const said = this.#lost !== undefined;
      this.#lost ??= 0;
      if (!said)
        this.#log.error(
          { error: String(error), runs: this.#dirty.size },
          'Runs cannot be written to the history; retrying each second',
        );
      this.#makeRoom();
      this.#wake(RETRY);
    }
  }

  /** Drops the oldest changes while the store fails. */
  #makeRoom(): void {
    for (const id of this.#dirty.keys()) {
      if (!this.#isFull()) return;
      this.#clean(id);
      this.#lost = (this.#lost ?? 0) + 1;
    }
  }

  #isFull(): boolean {
    const { historyPending, historyPendingBytes } = automationLimits.values;
    return this.#dirty.size > historyPending || this.#dirtySize > historyPendingBytes;
  }

  #clean(id: number): void {
    this.#dirtySize -= this.#dirty.get(id)?.size ?? 0;
    this.#dirty.delete(id);
  }

  close(): void {
    this.flush();
    this.#clock.clear(this.#timer);
    this.#timer = undefined;
  }

  #note(view: RunView): void {
    if (view.endedAt === undefined) this.#open.set(view.id, view);
    else this.#open.delete(view.id);
    this.#clean(view.id);
    const size = sizeOf(view.detail);
    this.#dirty.set(view.id, { view, size });
    this.#dirtySize += size;
    if (this.#lost !== undefined) this.#makeRoom();
    else if (this.#isFull()) this.flush();
    else this.#wake(FLUSH);
  }

  #wake(ms: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = this.#clock.after(ms, () => this.flush());
    this.#timer.unref?.();
  }

  /** Runs that were encrypted with another key stay unchanged. */
  #readable(row: StoredRun): RunView | undefined {
    try {
      return this.#opened(row);
    } catch (error) {
      this.#log.error({ error: String(error), run: row.id }, 'A run of the history cannot be read');
      return undefined;
    }
  }

  #sealed(view: RunView): StoredRun {
    const { id, kind, name, cause, startedAt, endedAt, result, code, error, detail } = view;
    return {
      id,
      kind,
      subject: this.#vault.idOf(kind, name),
      startedAt,
      endedAt,
      result,
      code,
      body: this.#vault.seal({ name, cause, error }, `run\0${id}`),
      ...(detail === undefined ? {} : { detail: this.#vault.seal(detail, `run detail\0${id}`) }),
    };
  }

  #opened(row: StoredRun): RunView {
    const { id, kind, startedAt, endedAt, result, code, body } = row;
    // In an earlier format the body contains everything.
    const detail = row.detail && { detail: this.#vault.open(row.detail, `run detail\0${id}`) };
    const opened = this.#vault.open(body, `run\0${id}`) as Pick<
      RunView,
      'name' | 'cause' | 'error' | 'detail'
    >;
    return { id, kind, startedAt, endedAt, result: result as RunView['result'], code, ...opened, ...detail };
  }
}
