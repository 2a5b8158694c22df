import type { FairleadError } from '@fairlead/core';
import { sandboxErrors } from './catalogue.ts';
import { Gathered, type ReportBounds } from './gathered.ts';
import type { ScriptFunctions, ScriptLog } from './types.ts';

/** The report of one frame or call; `deferred`: it did not run, because of an earlier fault. */
export type FrameReport =
  | FrameResult
  | { readonly error: FairleadError; readonly used?: boolean }
  | 'deferred';
/** What a frame or a call resulted in. */
export type FrameResult = Pick<Gathered, 'messages' | 'replies'> &
  Partial<Pick<Gathered, 'identified' | 'requests' | 'answers' | 'state' | 'deviceState' | 'used'>> & {
    readonly error?: undefined;
  };
export type LogLine = Pick<ScriptLog, 'level' | 'text'>;

type Bounds = ReportBounds & {
  readonly logLines: number;
  readonly logLength: number;
};

/**
 * A report of one message, whether the script looked at a state or not, whose JSON is an object without white space, whose values are numbers without an exponent, texts without
 * escapes, true, false and null. JSON.parse takes three times as long, and makes objects that nobody needs.
 */
const USUAL =
  /[ae]\{(?:"[^"\\\p{Cc}]*":(?:-?(?:0|[1-9]\d*)(?:\.\d+)?|"[^"\\\p{Cc}]*"|true|false|null)(?:,(?=")|(?=\})))*\}\n(?:u\n)?\n/uy;
const USUAL_LENGTH = 4_096;

/** The name of a file of a script. */
const FILE = /^[A-Za-z0-9_-]{1,64}\.[jt]s$/;
/** Most characters of a text in the details of an error. */
const DETAIL_LENGTH = 300;

/**
 * Reads the reports of `isolate/prelude.ts`, line by line. They come from a process that runs untrusted code and may
 * contain anything: invalid or too large content is an error of the frame, never an exception. The results have the types
 * that the prelude promises: JSON objects, times, bytes.
 */
export class ReportReader {
  readonly #text: string;
  readonly #script: string;
  readonly #bounds: Bounds;
  #at = 0;
  /** Console output of the last frame. */
  logs: LogLine[] = [];

  constructor(text: string, script: string, bounds: Bounds) {
    this.#text = text;
    this.#script = script;
    this.#bounds = bounds;
  }

  /** The report of the next frame. */
  frame(): FrameReport {
    return this.#usual() ?? this.#any();
  }

  /** The report of most frames: one message, with neither a time nor nested values. */
  #usual(): FrameResult | undefined {
    const text = this.#text;
    const from = this.#at;
    USUAL.lastIndex = from;
    // A pattern on a long line needs much memory.
    const most = Math.min(USUAL_LENGTH, 2 * this.#bounds.result);
    if (text.indexOf('\n', from) - from > most || !USUAL.test(text)) return undefined;
    this.#at = USUAL.lastIndex;
    if (this.logs.length > 0) this.logs = [];
    const kind = text[from] === 'a' ? 'attributes' : 'events';
    const used = text[this.#at - 3] === 'u';
    const json = text.slice(from + 1, this.#at - (used ? 4 : 2));
    return used
      ? { messages: [{ kind, json }], replies: [], used }
      : { messages: [{ kind, json }], replies: [] };
  }

  #any(): FrameReport {
    const gathered = new Gathered(this.#bounds);
    let error: FairleadError | undefined;
    let deferred = false;
    if (this.logs.length > 0) this.logs = [];
    for (let line = this.#line(); line !== ''; line = this.#line()) {
      if (line === undefined) return { error: this.#unreadable('it ends too early') };
      switch (line[0]) {
        case 'l':
          if (!this.#log(line)) error ??= this.#unreadable(shown(line));
          break;
        case '!':
          error ??= this.#error(line);
          break;
        case '~':
          deferred = true;
          break;
        case 'u':
          if (line === 'u') gathered.used = true;
          else error ??= this.#unreadable(shown(line));
          break;
        default:
          if (error === undefined && !gathered.take(line)) error = this.#unreadable(shown(line));
      }
    }
    if (error !== undefined) return gathered.used ? { error, used: true } : { error };
    return deferred ? 'deferred' : gathered;
  }

  /** The answer to a load: the functions that the script defines. */
  loaded(): ScriptFunctions | FairleadError {
    for (let line = this.#line(); line !== undefined; line = this.#line()) {
      if (line[0] === 'l') this.#log(line);
      else if (line[0] === '!') return this.#error(line);
      else return functionsOf(line) ?? this.#unreadable(shown(line));
    }
    return this.#unreadable('it ends too early');
  }

  #line(): string | undefined {
    const end = this.#text.indexOf('\n', this.#at);
    if (end < 0) return undefined;
    const line = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return line;
  }

  /** false: not a line of console output. Too many lines are dropped, too long ones are cut. */
  #log(line: string): boolean {
    const level = line[1] === 'e' ? 'error' : line[1] === 'w' ? 'warn' : 'log';
    const text = parsed(line.slice(2));
    if (typeof text !== 'string') return false;
    // One more line says how many were dropped.
    if (this.logs.length <= this.#bounds.logLines)
      this.logs.push({ level, text: text.slice(0, this.#bounds.logLength) });
    return true;
  }

  #error(line: string): FairleadError {
    const space = line.indexOf(' ');
    const code = line.slice(1, space);
    const details = parsed(line.slice(space + 1));
    if (!Object.hasOwn(sandboxErrors.entries, code) || typeof details !== 'object' || details === null)
      return this.#unreadable(shown(code));
    const { line: at, file, reason, limit, size, specifier, name } = details as Record<string, unknown>;
    const told: unknown = {
      ...numbers({ line: at, limit, size }),
      ...texts({ file, reason, specifier, name }),
    };
    return sandboxErrors.error(code as 'SCRIPT_FAILED', {
      ...placed(told as { line?: number; reason: string }),
      script: this.#script,
    });
  }

  #unreadable(what: string): FairleadError {
    return sandboxErrors.error('SCRIPT_RESULT_INVALID', {
      reason: `its report cannot be read: ${what}`,
      script: this.#script,
    });
  }
}

function functionsOf(line: string): ScriptFunctions | undefined {
  const found = parsed(line) as Partial<Record<keyof ScriptFunctions, unknown>> | null | undefined;
  const { contract, uplink, downlink, identify, poll } = found ?? {};
  const known = contract === 'module' || contract === 'encodeInp';
  if (!known || typeof uplink !== 'boolean' || typeof downlink !== 'boolean') return undefined;
  if (typeof identify !== 'boolean' || typeof poll !== 'boolean') return undefined;
  return { contract, uplink, downlink, identify, poll };
}

function numbers(details: Record<string, unknown>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(details).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

function texts(details: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(details).flatMap(([key, value]) =>
      typeof value === 'string' ? [[key, value.slice(0, DETAIL_LENGTH)]] : [],
    ),
  );
}

function shown(line: string): string {
  return `"${line.slice(0, 40)}"`;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The line is 0 if unknown. The file is empty where the script has one only. */
function placed<T extends { readonly line?: number; readonly file?: string }>(
  given: T,
): Omit<T, 'file'> & { readonly file?: string; readonly place: string } {
  const { file = '', ...details } = given;
  const { line = 0 } = given;
  const place = line > 0 ? ` at line ${line}` : '';
  if (!FILE.test(file)) return { ...details, place };
  return { ...details, file, place: line > 0 ? `${place} of ${file}` : ` in ${file}` };
}
