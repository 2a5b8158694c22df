import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChildSettings } from './child.ts';
import { confinement } from './confinement.ts';
import { sandboxLimits } from './limits.ts';
import { type Usage, usageOf } from './usage.ts';
import { decodeAnswer, MessageReader } from './wire.ts';

/** The note that a process writes before it enters a script. */
export interface Note {
  readonly group: number;
  readonly entries: number;
  readonly running: boolean;
}

interface ProcessEvents {
  ready(): void;
  answer(group: number, text: string): void;
  /** Called once when the process ended. `reason` is text for messages. */
  exit(reason: string): void;
}

const keptErrorText = 2_000;

/**
 * One script process with few permissions (`confinement.ts`). It has an empty environment, its own process group (so that
 * Ctrl-C reaches only the service), two pipes, and an unnamed file for the note of what it runs.
 */
export class ScriptProcess {
  readonly usage: Usage;
  readonly #child: ChildProcess;
  readonly #noteFile: number;
  readonly #note = Buffer.alloc(12);
  readonly #reader: MessageReader;
  #errorText = '';
  #ended = false;

  constructor(settings: ChildSettings, events: ProcessEvents) {
    this.#reader = new MessageReader(settings.memory * sandboxLimits.values.answer);
    this.#noteFile = nameless();
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const entry = fileURLToPath(new URL(`./child.${extension}`, import.meta.url));
    const { flags, cwd, env } = confinement();
    this.#child = spawn(process.execPath, [...flags, entry, JSON.stringify(settings)], {
      cwd,
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', this.#noteFile],
    });
    this.usage = usageOf(this.#child.pid ?? 0);
    const { stdin, stdout, stderr } = this.#child;
    // The exit follows a broken pipe, and gives more information.
    for (const stream of [stdin, stdout, stderr]) stream?.on('error', () => {});
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errorText = (this.#errorText + text).slice(-keptErrorText);
    });
    stdout?.on('data', (chunk: Buffer) => {
      for (const { group, text } of this.#answers(chunk)) {
        if (this.#ended) return;
        if (group === 0) events.ready();
        else events.answer(group, text);
      }
    });
    const end = (reason: string): void => {
      if (this.#ended) return;
      this.#ended = true;
      // Its last note may still be read while the exit is handled.
      events.exit(reason);
      closeSync(this.#noteFile);
    };
    this.#child.once('error', (error) => end(error.message));
    // "close": after the last answer was read.
    this.#child.once('close', (code, signal) => end(this.#describe(code, signal)));
  }

  /** The process runs untrusted code: an invalid answer ends it. */
  #answers(chunk: Buffer): { group: number; text: string }[] {
    try {
      return this.#reader.push(chunk).map(decodeAnswer);
    } catch (error) {
      this.#errorText = `error in an answer: ${(error as Error).message}\n`;
      this.#child.stdout?.removeAllListeners('data').resume();
      this.kill();
      return [];
    }
  }

  #describe(code: number | null, signal: NodeJS.Signals | null): string {
    const how = signal !== null ? `ended by ${signal}` : `ended with code ${code}`;
    const told = this.#errorText.split('\n').find((line) => /error|fatal/i.test(line));
    return told === undefined ? how : `${how}: ${told.trim().slice(0, 200)}`;
  }

  /** Several messages are joined into one write. */
  send(requests: readonly Buffer[]): void {
    const stdin = this.#child.stdin;
    if (stdin === null || this.#ended) return;
    if (requests.length > 1) stdin.cork();
    for (const request of requests) stdin.write(request);
    if (requests.length > 1) stdin.uncork();
  }

  note(): Note {
    const size = readSync(this.#noteFile, this.#note, 0, 12, 0);
    if (size < 12) return { group: 0, entries: 0, running: false };
    return {
      group: this.#note.readUInt32LE(0),
      entries: this.#note.readUInt32LE(4),
      running: this.#note.readUInt32LE(8) === 1,
    };
  }

  /** Closes its input: the process ends after it has processed all requests. */
  end(): void {
    this.#child.stdin?.end();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

function nameless(): number {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-'));
  try {
    return openSync(join(folder, 'note'), 'wx+', 0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
