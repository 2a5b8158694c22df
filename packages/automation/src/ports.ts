/** What automation needs from other packages. The server connects them. */
import type { FairleadError } from '@fairlead/core';
import type { Unfinished } from '@fairlead/tcp';

/** Turns text into bytes and back. `codePage()` of `@fairlead/tcp` fits. */
export interface CodePage {
  readonly name: string;
  /** Throws TEXT_NOT_ENCODABLE if it is strict. */
  encode(text: string): Uint8Array;
  /** Throws TEXT_INVALID if it is strict. */
  decode(bytes: Uint8Array): string;
  /** For bytes that arrive in pieces. */
  decoder(): TextDecoding;
}

/** Bytes to text, piece by piece. */
interface TextDecoding {
  /** If the code page is strict, the error of the first invalid bytes. `write` returns the text before them. */
  readonly failure: FairleadError | undefined;
  write(bytes: Uint8Array): string;
  /** Throws TEXT_INVALID if the code page is strict and an incomplete character is left. */
  end(): string;
}

/** An encoding by its name. Throws CODE_PAGE_UNKNOWN. */
export type CodePages = (name: string, options: { onInvalid: 'strict' | 'replace' }) => CodePage;

/** The kinds of saved definitions. */
export type DefinitionKind = 'connection' | 'task' | 'trigger' | 'job';
export type RunKind = 'task' | 'trigger' | 'job';

/** A saved definition. Names and contents are encrypted before they are saved: the store cannot read them. */
export interface StoredDefinition {
  readonly kind: DefinitionKind;
  /** The keyed hash of the name. */
  readonly id: Uint8Array;
  readonly body: Uint8Array;
  /** Unix milliseconds. */
  readonly changedAt: number;
  /** Of its latest change; the store numbers changes. */
  readonly revision: number;
}

/** A run, active or ended. */
export interface StoredRun {
  readonly id: number;
  readonly kind: RunKind;
  /** The keyed hash of the name of the definition that ran. */
  readonly subject: Uint8Array;
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
  readonly result?: string | undefined;
  readonly code?: string | undefined;
  /** The part that lists show, encrypted. */
  readonly body: Uint8Array;
  /** Its details, encrypted. Lists may omit them. */
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

/** The storage of automation. `@fairlead/store` fits. */
export interface AutomationStore {
  definitions(kind: DefinitionKind): readonly StoredDefinition[];
  definition(kind: DefinitionKind, id: Uint8Array): StoredDefinition | undefined;
  /** Adds or replaces. */
  putDefinition(definition: Omit<StoredDefinition, 'changedAt' | 'revision'>): void;
  /** Returns false if there was none. */
  removeDefinition(kind: DefinitionKind, id: Uint8Array): boolean;
  /** The last time of a job's schedule that was handled, Unix milliseconds. */
  scheduledAt(job: Uint8Array): number | undefined;
  setScheduledAt(job: Uint8Array, at: number): void;
  /** The highest id that a run has ever had; 0: there was no run. */
  lastRunId(): number;
  /** Adds runs, or replaces those with the same id. Keeps the latest `keep` of each kind and deletes older ones. */
  putRuns(runs: readonly StoredRun[], keep: number): void;
  runs(query: RunQuery): readonly StoredRun[];
  run(id: number): StoredRun | undefined;
  /** Queued runs of jobs, in the order of their starts. */
  waitingRuns(): readonly number[];
  /** The encrypted inputs of a queued run. */
  waiting(run: number): Uint8Array | undefined;
  /** Adds or replaces. */
  putWaiting(run: number, body: Uint8Array): void;
  removeWaiting(run: number): void;
  /** Runs that have not ended. */
  openRuns(): readonly StoredRun[];
}

/** The parts of the service that steps of jobs use in addition to TCP. */
export interface Outlets {
  /** Resolves when the broker has accepted the message. */
  publish(topic: string, payload: string, retain: boolean, signal: AbortSignal): Promise<void>;
  /** Rejects with an error of the catalogue if the device could not be reached. */
  downlink(
    device: string,
    kind: 'attributes' | 'command',
    values: unknown,
    signal: AbortSignal,
  ): Promise<{ readonly bytes: number }>;
}

/** Whoever uses the link of a device. It must return at once, and leave the link no sooner than in a later turn of the event loop. */
export interface DeviceGuest {
  /** A frame of the device. It may be a part of a larger buffer: copy it to keep it. */
  frame(frame: Uint8Array): void;
  /** The link is the guest's no longer, and why. */
  lost(cause: FairleadError): void;
}

/** A device's link that a run has alone until it calls `end`. */
export interface HeldDeviceLink {
  /** `host:port` */
  readonly remote: string;
  /** Name of the framing; `raw`: none. */
  readonly framing: string;
  /** The part of a frame that has come, if one has begun. */
  unfinished(): Unfinished | undefined;
  /** Sends bytes as they are. false: wait for `written`. Throws the cause of the link's end. */
  send(bytes: Uint8Array): boolean;
  written(): Promise<void>;
  /** @param awaits whether an answer is expected that has not come: nobody else may take it */
  end(awaits: boolean): void;
}

/** What a trigger has of a device, whose link it shares with the gateway. */
export interface DeviceVisit extends Disposable {
  /** The open link; undefined: there is none at present. */
  readonly link: { readonly remote: string; readonly framing: string } | undefined;
  /** Why there is none. */
  readonly cause: FairleadError | undefined;
  /** Sends bytes as they are, in turn with polls and commands. Resolves when they are sent. */
  send(bytes: Uint8Array): Promise<void>;
}

/** The links that the service keeps to devices. The gateway of `@fairlead/gateway` fits. */
export interface DeviceLinks {
  /**
   * Waits for the link of a device and holds it. Rejects with an error of the catalogue.
   * @param options milliseconds: `wait` for the turn, `hold` at most
   */
  holdLink(
    device: string,
    guest: DeviceGuest,
    options: { readonly wait: number; readonly hold: number; readonly signal?: AbortSignal | undefined },
  ): Promise<HeldDeviceLink>;
  /** From now on the guest sees what the device sends unasked, on each of its links, until it ends the visit. */
  visit(device: string, guest: DeviceGuest): DeviceVisit;
}
