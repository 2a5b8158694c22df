import type { FairleadError } from '@fairlead/core';

/** The context of a call, besides the bytes. */
export interface ScriptContext {
  readonly device: string;
  readonly type: 'standard' | 'gateway' | 'sub';
  /** The topic that the result will be published on; second argument of `encodeInp`. */
  readonly topic: string;
  /** When the bytes arrived, Unix milliseconds. */
  readonly time: number;
  /** What the device calls itself. */
  readonly identity?: string | undefined;
  /** The link, for messages. */
  readonly link?: string | undefined;
  /** JSON texts of objects: what the script keeps for the link and for the device, and what the device is set to. Default {}. */
  readonly state?: string | undefined;
  readonly deviceState?: string | undefined;
  readonly parameters?: string | undefined;
  readonly secret?: string | undefined;
  /** JSON text: `data` of the poll request that the frames answer. */
  readonly request?: string | undefined;
}

/** What a call left in `ctx.state` and `ctx.deviceState`, as JSON text; absent where it changed nothing. */
export interface StateChange {
  readonly state?: string | undefined;
  readonly deviceState?: string | undefined;
  /** Whether it looked at one of them. */
  readonly used?: boolean | undefined;
}

export interface ScriptMessage {
  readonly kind: 'attributes' | 'events';
  /** The `values` as JSON text, made inside the sandbox; always an object. */
  readonly json: string;
  /** Unix milliseconds, if the script returns a time. */
  readonly time?: number | undefined;
  /** Address of the sub-device that it is of. */
  readonly device?: string | undefined;
}

/** A frame answers the request with this `id`; with `refused`, the device says why it did not do it. */
export interface Answer {
  readonly id: string;
  readonly refused?: string | undefined;
}

/** The result of one frame, or why it failed. */
export type UplinkResult =
  | {
      readonly messages: readonly ScriptMessage[];
      readonly replies: readonly Buffer[];
      /** Requests that the frame answers. */
      readonly answers?: readonly Answer[] | undefined;
      readonly error?: undefined;
    }
  | { readonly error: FairleadError };

/** What `identify` says of a frame. */
export interface IdentifyResult {
  /** 1 to 128 printable characters without white space. Absent: the frame is a challenge, which `replies` answer. */
  readonly id?: string | undefined;
  readonly secret?: Buffer | undefined;
  readonly replies: readonly Buffer[];
  /** What a refused device is sent. */
  readonly refusal: readonly Buffer[];
  /** The frame holds nothing for `uplink`. */
  readonly consumed: boolean;
}

/** A request to a device, which `poll` asks for. */
export interface PollRequest {
  readonly send: Buffer;
  /** How its answer calls it, in `answers` of `uplink`. */
  readonly id?: string | undefined;
  /** What its answer has at these places; empty: any frame. */
  readonly expect: readonly {
    readonly at: number;
    readonly bytes: Buffer;
    readonly mask?: Buffer | undefined;
  }[];
  /** JSON text, for `ctx.request` of the answer. */
  readonly data?: string | undefined;
  /** Where the caller writes the number of the request, big-endian, before it sends it; the answer has it there too. */
  readonly sequence?: { readonly at: number; readonly size: number } | undefined;
  /** Milliseconds. */
  readonly every?: number | undefined;
  readonly timeout?: number | undefined;
  /** Whether an answer is expected. */
  readonly answer: boolean;
}

export interface DownlinkInput {
  readonly kind: 'attributes' | 'command';
  readonly values: unknown;
}

/** The functions that a source defines. */
export interface ScriptFunctions {
  readonly contract: Script['contract'];
  readonly uplink: boolean;
  readonly downlink: boolean;
  readonly identify: boolean;
  readonly poll: boolean;
}

/** A compiled script. */
export interface Script {
  /** `module`: exports one or more of the functions; `encodeInp`: one function for either direction. */
  readonly contract: 'module' | 'encodeInp';
  /** Whether the source defines `uplink` or `encodeInp`. */
  readonly hasUplink: boolean;
  /** Whether the source defines `downlink` or `encodeInp`. */
  readonly hasDownlink: boolean;
  readonly hasIdentify: boolean;
  readonly hasPoll: boolean;
  /**
   * Whether a call has looked at `ctx.state` or `ctx.deviceState` so far. From then on the calls of one link must be made one
   * after another, each with the state that the last one left; those before may overlap.
   */
  readonly keepsState: boolean;
  /**
   * Runs the frames, in order; never rejects: each frame has its result or its error. A frame sees what the ones before it left
   * in the states; one that fails leaves them as they were.
   * The results of one device settle in the order in which the calls were made.
   * The frames must not change until the promise settles.
   */
  uplink(
    frames: readonly Uint8Array[],
    context: ScriptContext,
  ): Promise<{ readonly results: readonly UplinkResult[] } & StateChange>;
  /** The bytes for the device. Rejects with a catalogue error when the script fails; the states then stay as they were. */
  downlink(
    input: DownlinkInput,
    context: ScriptContext,
  ): Promise<
    {
      readonly bytes: readonly Buffer[];
      /** The same bytes as requests, where the script says which answers they have. */
      readonly requests?: readonly PollRequest[] | undefined;
    } & StateChange
  >;
  /** What the frame says about the device; no result: nothing yet. Rejects as `downlink` does. */
  identify(
    frame: Uint8Array,
    context: ScriptContext,
  ): Promise<{ readonly result?: IdentifyResult | undefined } & StateChange>;
  /** What is to be asked now. Rejects as `downlink` does. */
  poll(context: ScriptContext): Promise<{ readonly requests: readonly PollRequest[] } & StateChange>;
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

export interface LoadOptions {
  /**
   * For trials with bytes that no device sent: what goes wrong there is not held against the script, whose other calls go on.
   * Default false.
   */
  readonly trial?: boolean;
}

export interface Sandbox extends AsyncDisposable {
  /**
   * Compiles a script, once per source; `joinScriptFiles` makes the source of several files. Rejects with SCRIPT_INVALID (line
   * and reason), SCRIPT_IMPORT_REFUSED, SCRIPT_FILE_MISSING, SCRIPT_IMPORT_CYCLE, SCRIPT_FUNCTION_MISSING, or what its top level
   * did: SCRIPT_FAILED, SCRIPT_TIMEOUT, SCRIPT_KILLED, SCRIPT_MEMORY.
   */
  load(source: string, options?: LoadOptions): Promise<Script>;
  /** Starts the processes now rather than with the first script, for a program that has other work to do meanwhile. */
  start(): void;
  stats(): SandboxStats;
  /** Waits a short time for running calls, then ends the processes. Idempotent. */
  close(): Promise<void>;
}
