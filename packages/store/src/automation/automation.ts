import type { Clock } from '@fairlead/core';
import type { Database, Row } from '../database/database.ts';
import type { Revisions } from '../database/revisions.ts';
import { wholeTime } from '../time.ts';

type DefinitionKind = 'connection' | 'task' | 'trigger' | 'job';
type RunKind = 'task' | 'trigger' | 'job';

/** A definition whose name and content only its owner can read. */
export interface StoredDefinition {
  readonly kind: DefinitionKind;
  /** Identifies the name without revealing it. */
  readonly id: Uint8Array;
  readonly body: Uint8Array;
  /** Unix milliseconds. */
  readonly changedAt: number;
  /** Of its latest change. */
  readonly revision: number;
}

/** A run, started or ended. */
export interface StoredRun {
  readonly id: number;
  readonly kind: RunKind;
  /** Identifies the name of the task, trigger or job without revealing it. */
  readonly subject: Uint8Array;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
  readonly result?: string | undefined;
  readonly code?: string | undefined;
  /** The part that lists show. */
  readonly body: Uint8Array;
  /** The log of the run; lists omit it. */
  readonly detail?: Uint8Array | undefined;
}

export interface RunQuery {
  readonly kind?: RunKind | undefined;
  readonly subject?: Uint8Array | undefined;
  /** Started from this time on, and before that one: Unix milliseconds. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Only ids below this one. */
  readonly before?: number | undefined;
  readonly limit: number;
}

const RANGE = 'AND started_at >= ? AND started_at < ?';
const LISTED = 'id, kind, subject, started_at, ended_at, result, code, body';

/** Rows of automation: definitions, when schedules last ran, the history of runs. Fits automation's `AutomationStore`. */
export class AutomationRows {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #revisions: Revisions;
  readonly #sql;
  /** Rows of each kind added since the oldest were last deleted. */
  readonly #untrimmed = new Map<RunKind, number>();

  constructor(database: Database, options: { clock: Clock; revisions: Revisions }) {
    this.#database = database;
    this.#clock = options.clock;
    this.#revisions = options.revisions;
    this.#sql = {
      list: database.prepare('SELECT * FROM automation_definitions WHERE kind = ?'),
      get: database.prepare('SELECT * FROM automation_definitions WHERE kind = ? AND id = ?'),
      put: database.prepare(`INSERT INTO automation_definitions (kind, id, body, changed_at, revision)
        VALUES (?, ?, ?, ?, ?) ON CONFLICT (kind, id) DO UPDATE
        SET body = excluded.body, changed_at = excluded.changed_at, revision = excluded.revision`),
      remove: database.prepare('DELETE FROM automation_definitions WHERE kind = ? AND id = ?'),
      due: database.prepare('SELECT at FROM automation_schedules WHERE job = ?'),
      setDue: database.prepare(`INSERT INTO automation_schedules (job, at) VALUES (?, ?)
        ON CONFLICT (job) DO UPDATE SET at = excluded.at`),
      forget: database.prepare('DELETE FROM automation_schedules WHERE job = ?'),
      last: database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'automation_runs'"),
      putRun:
        database.prepare(`INSERT INTO automation_runs (id, kind, subject, started_at, ended_at, result, code, body, detail)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at,
        result = excluded.result, code = excluded.code, body = excluded.body, detail = excluded.detail`),
      trim: database.prepare(`DELETE FROM automation_runs WHERE kind = ? AND ended_at IS NOT NULL AND id <=
        (SELECT id FROM automation_runs WHERE kind = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`),
      run: database.prepare('SELECT * FROM automation_runs WHERE id = ?'),
      runs: database.prepare(
        `SELECT ${LISTED} FROM automation_runs WHERE id < ? ${RANGE} ORDER BY id DESC LIMIT ?`,
      ),
      runsOfKind: database.prepare(
        `SELECT ${LISTED} FROM automation_runs WHERE kind = ? AND id < ? ${RANGE} ORDER BY id DESC LIMIT ?`,
      ),
      runsOfSubject: database.prepare(
        `SELECT ${LISTED} FROM automation_runs WHERE kind = ? AND subject = ? AND id < ? ${RANGE} ORDER BY id DESC LIMIT ?`,
      ),
      waitingRuns: database.prepare('SELECT run FROM automation_waiting ORDER BY run'),
      waiting: database.prepare('SELECT body FROM automation_waiting WHERE run = ?'),
      putWaiting: database.prepare(`INSERT INTO automation_waiting (run, body) VALUES (?, ?)
        ON CONFLICT (run) DO UPDATE SET body = excluded.body`),
      removeWaiting: database.prepare('DELETE FROM automation_waiting WHERE run = ?'),
      open: database.prepare('SELECT * FROM automation_runs WHERE ended_at IS NULL ORDER BY id'),
    };
  }

  definitions(kind: DefinitionKind): StoredDefinition[] {
    return this.#sql.list.all(kind).map(definitionOf);
  }

  definition(kind: DefinitionKind, id: Uint8Array): StoredDefinition | undefined {
    const row = this.#sql.get.get(kind, id);
    return row === undefined ? undefined : definitionOf(row);
  }

  /** Adds or replaces. */
  putDefinition({ kind, id, body }: Omit<StoredDefinition, 'changedAt' | 'revision'>): void {
    this.#database.transaction('settled', () =>
      this.#sql.put.run(kind, id, body, Math.trunc(this.#clock.now()), this.#revisions.next()),
    );
  }

  /** false: it did not exist. Also deletes when its schedule last ran. */
  removeDefinition(kind: DefinitionKind, id: Uint8Array): boolean {
    return this.#database.transaction('settled', () => {
      if (kind === 'job') this.#sql.forget.run(hex(id));
      return this.#sql.remove.run(kind, id) > 0;
    });
  }

  /** The last time of a job's schedule that was handled, Unix milliseconds. */
  scheduledAt(job: Uint8Array): number | undefined {
    const row = this.#sql.due.get(hex(job));
    return row === undefined ? undefined : Number(row.at);
  }

  setScheduledAt(job: Uint8Array, at: number): void {
    this.#database.transaction('batch', () => this.#sql.setDue.run(hex(job), Math.trunc(at)));
  }

  /** The highest id that a run ever had; 0: none. */
  lastRunId(): number {
    return Number(this.#sql.last.get()?.seq ?? 0);
  }

  /**
   * Adds runs or replaces those with the same id, and deletes the oldest ended runs, so that `keep` of each kind remain.
   * Counting them takes a millisecond, so it is done only after one per cent more were added.
   */
  putRuns(runs: readonly StoredRun[], keep: number): void {
    const now = this.#clock.now();
    for (const { kind } of runs) this.#untrimmed.set(kind, (this.#untrimmed.get(kind) ?? 0) + 1);
    const due = [...this.#untrimmed].filter(([, count]) => count > keep / 100);
    this.#database.transaction('batch', () => {
      for (const { id, kind, subject, startedAt, endedAt, result, code, body, detail } of runs) {
        const started = wholeTime(startedAt, now);
        const ended = endedAt === undefined ? null : wholeTime(endedAt, now);
        const outcome = [result ?? null, code ?? null] as const;
        this.#sql.putRun.run(id, kind, subject, started, ended, ...outcome, body, detail ?? null);
      }
      for (const [kind] of due) this.#sql.trim.run(kind, kind, keep);
    });
    for (const [kind] of due) this.#untrimmed.delete(kind);
  }

  /** Newest first, without their detail. */
  runs({ kind, subject, since, until, before = Number.MAX_SAFE_INTEGER, limit }: RunQuery): StoredRun[] {
    const end = until ?? Number.MAX_SAFE_INTEGER;
    const rest = [before, Math.ceil(since ?? Number.MIN_SAFE_INTEGER), Math.ceil(end), limit] as const;
    if (kind === undefined) return this.#sql.runs.all(...rest).map(runOf);
    if (subject === undefined) return this.#sql.runsOfKind.all(kind, ...rest).map(runOf);
    return this.#sql.runsOfSubject.all(kind, subject, ...rest).map(runOf);
  }

  run(id: number): StoredRun | undefined {
    const row = this.#sql.run.get(id);
    return row === undefined ? undefined : runOf(row);
  }

  /** Waiting runs, in the order of their start. */
  waitingRuns(): number[] {
    return this.#sql.waitingRuns.all().map(({ run }) => Number(run));
  }

  /** The input of a waiting run. */
  waiting(run: number): Uint8Array | undefined {
    return this.#sql.waiting.get(run)?.body as Uint8Array | undefined;
  }

  /** Adds or replaces. */
  putWaiting(run: number, body: Uint8Array): void {
    this.#database.transaction('settled', () => this.#sql.putWaiting.run(run, body));
  }

  /** Waits for the disk, because a run must not start twice. */
  removeWaiting(run: number): void {
    this.#database.transaction('settled', () => this.#sql.removeWaiting.run(run));
  }

  /** Runs that have no end. */
  openRuns(): StoredRun[] {
    return this.#sql.open.all().map(runOf);
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function definitionOf(row: Row): StoredDefinition {
  return {
    kind: row.kind as DefinitionKind,
    id: row.id as Uint8Array,
    body: row.body as Uint8Array,
    changedAt: Number(row.changed_at),
    revision: Number(row.revision),
  };
}

function runOf(row: Row): StoredRun {
  return {
    id: Number(row.id),
    kind: row.kind as RunKind,
    subject: row.subject as Uint8Array,
    startedAt: Number(row.started_at),
    endedAt: row.ended_at === null ? undefined : Number(row.ended_at),
    result: (row.result as string | null) ?? undefined,
    code: (row.code as string | null) ?? undefined,
    body: row.body as Uint8Array,
    ...(row.detail ? { detail: row.detail as Uint8Array } : {}),
  };
}
