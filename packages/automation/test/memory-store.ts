/** A store in memory, for tests: what is in it can be looked at, and outlives the service that used it. */
import type { AutomationStore, StoredDefinition, StoredRun } from '../src/ports.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export class MemoryStore implements AutomationStore {
  readonly rows = new Map<string, StoredDefinition>();
  readonly runRows = new Map<number, StoredRun>();
  readonly waitingRows = new Map<number, Uint8Array>();
  readonly #due = new Map<string, number>();

  definitions(kind: string): StoredDefinition[] {
    return [...this.rows.values()].filter((row) => row.kind === kind);
  }
  definition(kind: string, id: Uint8Array): StoredDefinition | undefined {
    return this.rows.get(`${kind} ${hex(id)}`);
  }
  putDefinition(row: Omit<StoredDefinition, 'changedAt' | 'revision'>): void {
    this.rows.set(`${row.kind} ${hex(row.id)}`, { ...row, changedAt: 0, revision: 1 });
  }
  removeDefinition(kind: string, id: Uint8Array): boolean {
    return this.rows.delete(`${kind} ${hex(id)}`);
  }
  scheduledAt(job: Uint8Array): number | undefined {
    return this.#due.get(hex(job));
  }
  setScheduledAt(job: Uint8Array, at: number): void {
    this.#due.set(hex(job), at);
  }
  lastRunId(): number {
    return Math.max(0, ...this.runRows.keys());
  }
  putRuns(runs: readonly StoredRun[], keep: number): void {
    for (const run of runs) this.runRows.set(run.id, run);
    for (const kind of ['task', 'trigger', 'job']) {
      const ids = [...this.runRows.values()].filter((run) => run.kind === kind).map(({ id }) => id);
      for (const id of ids.sort((a, b) => b - a).slice(keep)) this.runRows.delete(id);
    }
  }
  runs(query: {
    kind?: string | undefined;
    subject?: Uint8Array | undefined;
    before?: number | undefined;
    limit: number;
  }) {
    const { kind, subject, before = Number.POSITIVE_INFINITY, limit } = query;
    return [...this.runRows.values()]
      .filter((run) => run.id < before && (kind ?? run.kind) === run.kind)
      .filter((run) => subject === undefined || hex(subject) === hex(run.subject))
      .sort((a, b) => b.id - a.id)
      .slice(0, limit)
      .map(({ detail: _detail, ...row }) => row);
  }
  run(id: number): StoredRun | undefined {
    return this.runRows.get(id);
  }
  waitingRuns(): number[] {
    return [...this.waitingRows.keys()].sort((a, b) => a - b);
  }
  waiting(run: number): Uint8Array | undefined {
    return this.waitingRows.get(run);
  }
  putWaiting(run: number, body: Uint8Array): void {
    this.waitingRows.set(run, body);
  }
  removeWaiting(run: number): void {
    this.waitingRows.delete(run);
  }
  openRuns(): StoredRun[] {
    return [...this.runRows.values()].filter(({ endedAt }) => endedAt === undefined);
  }
}
