import type { FairleadError } from '@fairlead/tcp';
import { sandboxErrors } from './catalogue.ts';
import type { ScriptFunctions, ScriptLog, ScriptMessage, UplinkResult } from './types.ts';

/** What a process says about one frame; `deferred`: it was left undone after a fault before it. */
export type FrameReport = UplinkResult | 'deferred';
export type LogLine = Pick<ScriptLog, 'level' | 'text'>;

/**
 * Reads the reports of `isolate/prelude.ts`, line by line. They come from a process that runs foreign code, so anything
 * may stand in them: what is not understood is an error of the frame, never an exception.
 */
export class ReportReader {
  readonly #text: string;
  readonly #script: string;
  #at = 0;
  /** Console output of the frame read last. */
  logs: LogLine[] = [];

  constructor(text: string, script: string) {
    this.#text = text;
    this.#script = script;
  }

  /** The next frame's. */
  frame(): FrameReport {
    const messages: ScriptMessage[] = [];
    const replies: Buffer[] = [];
    let error: FairleadError | undefined;
    let deferred = false;
    if (this.logs.length > 0) this.logs = [];
    for (let line = this.#line(); line !== ''; line = this.#line()) {
      if (line === undefined) return { error: this.#unreadable('it ends too early') };
      switch (line[0]) {
        case 'a':
          messages.push({ kind: 'attributes', json: line.slice(1) });
          break;
        case 'e':
          messages.push({ kind: 'events', json: line.slice(1) });
          break;
        case 'A':
        case 'E': {
          const space = line.indexOf(' ');
          const kind = line[0] === 'A' ? 'attributes' : 'events';
          messages.push({ kind, time: Number(line.slice(1, space)), json: line.slice(space + 1) });
          break;
        }
        case 'b':
          replies.push(Buffer.from(line.slice(1), 'hex'));
          break;
        case 's':
          replies.push(Buffer.from(String(parsed(line.slice(1))), 'utf8'));
          break;
        case 'l':
          this.#log(line);
          break;
        case '!':
          error ??= this.#error(line);
          break;
        case '~':
          deferred = true;
          break;
        default:
          error ??= this.#unreadable(`"${line.slice(0, 40)}"`);
      }
    }
    if (error !== undefined) return { error };
    return deferred ? 'deferred' : { messages, replies };
  }

  /** The answer to a load: which calls the script takes. */
  loaded(): ScriptFunctions | FairleadError {
    for (let line = this.#line(); line !== undefined; line = this.#line()) {
      if (line[0] === 'l') this.#log(line);
      else if (line[0] === '!') return this.#error(line);
      else if (line[0] === '{') return parsed(line) as ScriptFunctions;
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

  #log(line: string): void {
    const level = line[1] === 'e' ? 'error' : line[1] === 'w' ? 'warn' : 'log';
    this.logs.push({ level, text: String(parsed(line.slice(2))) });
  }

  #error(line: string): FairleadError {
    const space = line.indexOf(' ');
    const code = line.slice(1, space);
    const details = parsed(line.slice(space + 1));
    if (!Object.hasOwn(sandboxErrors.entries, code) || typeof details !== 'object')
      return this.#unreadable(`"${code}"`);
    return sandboxErrors.error(code as 'SCRIPT_FAILED', {
      ...placed(details as { line?: number; reason: string }),
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

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The line is 0 where it is not known. */
function placed<T extends { readonly line?: number }>(details: T): T & { readonly place: string } {
  const { line = 0 } = details;
  return { ...details, place: line > 0 ? ` at line ${line}` : '' };
}
