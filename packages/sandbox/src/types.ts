import type { FairleadError } from '@fairlead/core';

/** The context of a call, besides the bytes. */
export interface ScriptContext {
  readonly device: string;
  readonly type: 'standard' | 'gateway' | 'sub';
  /** The topic that the result will be published on; second argument of `encodeInp`. */
  readonly topic: string;
  /** When the bytes arrived, Unix milliseconds. */
  readonly time: number;
}

export interface ScriptMessage {
  readonly kind: 'attributes' | 'events';
  /** The `values` as JSON text, made inside the sandbox; always an object. */
  readonly json: string;
  /** Unix milliseconds, if the script returns a time. */
  readonly time?: number | undefined;
}

/** The result of one frame, or why it failed. */
export type UplinkResult =
  | {
      readonly messages: readonly ScriptMessage[];
      readonly replies: readonly Buffer[];
      readonly error?: undefined;
    }
  | { readonly error: FairleadError };

export interface DownlinkInput {
  readonly kind: 'attributes' | 'command';
  readonly values: unknown;
}

/** The functions that a source defines. */
export interface ScriptFunctions {
  readonly contract: Script['contract'];
  readonly uplink: boolean;
  readonly downlink: boolean;
}

/** A compiled script. */
export interface Script {
  /** `module`: exports `uplink`, `downlink` or both; `encodeInp`: one function for either direction. */
  readonly contract: 'module' | 'encodeInp';
  /** Whether the source defines `uplink` or `encodeInp`. */
  readonly hasUplink: boolean;
  /** Whether the source defines `downlink` or `encodeInp`. */
  readonly hasDownlink: boolean;
  /**
   * Runs the frames, in order; never rejects: each frame has its result or its error.
   * The results of one device settle in the order in which the calls were made.
   * The frames must not change until the promise settles.
   */
  uplink(frames: readonly Uint8Array[], context: ScriptContext): Promise<readonly UplinkResult[]>;
  /** The bytes for the device. Rejects with a catalogue error when the script fails. */
  downlink(input: DownlinkInput, context: ScriptContext): Promise<readonly Buffer[]>;
}

/** One line that a script wrote with `console`. */
export interface ScriptLog {
  /** The first 12 digits of the SHA-256 of the source. */
  readonly script: string;
  /** Absent for lines written while the script was loaded. */
  readonly device?: string | undefined;
  readonly level: 'log' | 'warn' | 'error';
  readonly text: string;
}

export interface SandboxStats {
  /** Calls of `uplink` and `downlink` since startup, and the frames in them. */
  readonly calls: number;
  readonly frames: number;
  readonly pendingCalls: number;
  readonly pendingBytes: number;
  readonly timeouts: number;
  /** Processes killed because a script could not be stopped otherwise, or used too much memory. */
  readonly kills: number;
  /** Processes that ended without a guilty script; their calls were repeated in a new one. */
  readonly restarts: number;
  /** Scripts that run in the penalty process now. */
  readonly penalised: number;
  /** Script processes that run now. */
  readonly children: number;
  /** Console lines that were dropped because a script wrote too many. */
  readonly logsDropped: number;
}

export interface Sandbox extends AsyncDisposable {
  /**
   * Compiles a script, once per source. Rejects with SCRIPT_INVALID (line and reason), SCRIPT_IMPORT_REFUSED,
   * SCRIPT_FUNCTION_MISSING, or what its top level did: SCRIPT_FAILED, SCRIPT_TIMEOUT, SCRIPT_KILLED, SCRIPT_MEMORY.
   */
  load(source: string): Promise<Script>;
  stats(): SandboxStats;
  /** Waits a short time for running calls, then ends the processes. Idempotent. */
  close(): Promise<void>;
}
