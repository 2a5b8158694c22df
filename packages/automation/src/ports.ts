/** What automation needs from other packages. The server connects them. */
import type { FairleadError } from '@fairlead/core';

/** Turns text into bytes and back. `codePage()` of `@fairlead/tcp` fits. */
export interface CodePage {
  readonly name: string;
  /** Throws TEXT_NOT_ENCODABLE where it is strict. */
  encode(text: string): Uint8Array;
  /** Throws TEXT_INVALID where it is strict. */
  decode(bytes: Uint8Array): string;
  /** For bytes that come in pieces. */
  decoder(): TextDecoding;
}

/** Bytes to text, piece by piece. */
interface TextDecoding {
  /** Set, where the code page is strict, by the first bytes that are not valid: `write` returns the text before them. */
  readonly failure: FairleadError | undefined;
  write(bytes: Uint8Array): string;
  /** Throws TEXT_INVALID where the code page is strict and half a character is left. */
  end(): string;
}

/** An encoding by its name. Throws CODE_PAGE_UNKNOWN. */
export type CodePages = (name: string, options: { onInvalid: 'strict' | 'replace' }) => CodePage;

/** What is saved, by what it is. */
export type DefinitionKind = 'connection' | 'task' | 'trigger' | 'job';
export type RunKind = 'task' | 'trigger' | 'job';

/** A saved definition. Names and contents are sealed before they come here: the store cannot read them. */
export interface StoredDefinition {
  readonly kind: DefinitionKind;
  /** Stands for the name. */
  readonly id: Uint8Array;
  readonly body: Uint8Array;
  /** Unix milliseconds. */
  readonly changedAt: number;
}

/** A run, begun or ended. */
export interface StoredRun {
  readonly id: number;
  readonly kind: RunKind;
  /** Stands for the name of what ran. */
  readonly subject: Uint8Array;
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
  readonly result?: string | undefined;
  readonly code?: string | undefined;
  /** What lists show of it. */
  readonly body: Uint8Array;
  /** What it did; lists may leave it out. */
  readonly detail?: Uint8Array | undefined;
}

export interface RunQuery {
  readonly kind?: RunKind | undefined;
  readonly subject?: Uint8Array | undefined;
  /** Only ids below this one. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** What is remembered. `@fairlead/store` fits. */
export interface AutomationStore {
  definitions(kind: DefinitionKind): readonly StoredDefinition[];
  definition(kind: DefinitionKind, id: Uint8Array): StoredDefinition | undefined;
  /** Adds or replaces. */
  putDefinition(definition: Omit<StoredDefinition, 'changedAt'>): void;
  /** false: there was none. */
  removeDefinition(kind: DefinitionKind, id: Uint8Array): boolean;
  /** The last time of a job's schedule that was handled, Unix milliseconds. */
  scheduledAt(job: Uint8Array): number | undefined;
  setScheduledAt(job: Uint8Array, at: number): void;
  /** The highest id of a run that there ever was; 0: none. */
  lastRunId(): number;
  /** Adds runs or replaces those with the same id, and lets the oldest of each kind beyond `keep` leave. */
  putRuns(runs: readonly StoredRun[], keep: number): void;
  runs(query: RunQuery): readonly StoredRun[];
  run(id: number): StoredRun | undefined;
  /** Runs of jobs that wait for their turn, the one that was started first first. */
  waitingRuns(): readonly number[];
  /** What a run that waits was started with. */
  waiting(run: number): Uint8Array | undefined;
  /** Adds or replaces. */
  putWaiting(run: number, body: Uint8Array): void;
  removeWaiting(run: number): void;
  /** Runs that have no end. */
  openRuns(): readonly StoredRun[];
}

/** What steps of jobs reach besides TCP. */
export interface Outlets {
  /** Resolves when the broker has it. */
  publish(topic: string, payload: string, retain: boolean, signal: AbortSignal): Promise<void>;
  /** Rejects with the code of why the device could not be reached. */
  downlink(
    device: string,
    kind: 'attributes' | 'command',
    values: unknown,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: number }>;
}
