import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { endGroup, processesOf } from './process-group.ts';
import type { Told } from './reporter.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface FileResult extends Counts {
  readonly file: string;
  readonly ms: number;
  /** Each failed test: its full name and the complete error. */
  readonly failures: readonly { readonly name: string; readonly error: string }[];
  /** Each skipped test and the reason. */
  readonly skips: readonly { readonly name: string; readonly reason: string }[];
  /** The programs that the file left running. They were killed. */
  readonly left: readonly string[];
  /** The last part of the output of the file. */
  readonly output: string;
}

export interface RunOptions {
  /** Time limit of one test in milliseconds. */
  readonly testTimeout: number;
  /** Time limit of the file in milliseconds. It also applies to a file that does not end after its tests. */
  readonly fileTimeout: number;
  readonly execArgv?: readonly string[];
  /** Ends the file at once, with the reason of the signal. */
  readonly signal?: AbortSignal;
}

const OUTPUT_KEPT = 16_384;
const LAST_WORDS_MS = 1_000;
const REPORTER = new URL('reporter.ts', import.meta.url).href;

/**
 * Runs one test file in a process that leads its own process group. Processes that the file started and did not end are killed with it, so
 * that a blocked program cannot delay the run with an inherited pipe.
 */
export async function runFile(file: string, options: RunOptions): Promise<FileResult> {
  const start = performance.now();
  const { testTimeout, fileTimeout, execArgv = [] } = options;
  const reporter = [`--test-reporter=${REPORTER}`, '--test-reporter-destination=stdout'];
  const child = spawn(process.execPath, [...execArgv, `--test-timeout=${testTimeout}`, ...reporter, file], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const tests = new Tests(child.stdio[3] as Readable);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_KEPT);
    });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const exited = new Promise<string>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`)),
  );
  await once(child, 'spawn');
  const late = AbortSignal.timeout(fileTimeout);
  const stop = AbortSignal.any(options.signal === undefined ? [late] : [late, options.signal]);
  const how = await Promise.race([exited, aborted(stop)]);

  const group = child.pid as number;
  const left = processesOf(group);
  endGroup(group);
  // Read the remaining output. Do not wait for a program that left the group and still holds the pipes open.
  await Promise.race([closed, setTimeout(LAST_WORDS_MS, undefined, { ref: false })]);
  for (const stream of child.stdio) stream?.destroy();
  if (how === undefined) {
    const why = late.aborted ? `did not end within ${fileTimeout / 1000} s` : `was ended: ${stop.reason}`;
    tests.fail(file, `${why}; ${tests.state}`);
  } else if (!tests.ended || (how !== 'code 0' && tests.failures.length === 0))
    tests.fail(file, `ended with ${how}; ${tests.state}`);
  const { passed, failures, skips } = tests;
  const counts = { passed, failed: failures.length, skipped: skips.length };
  return { file, ms: performance.now() - start, ...counts, failures, skips, left, output };
}

/** The state of the tests of a running file. */
class Tests {
  passed = 0;
  ended = false;
  readonly failures: { name: string; error: string }[] = [];
  readonly skips: { name: string; reason: string }[] = [];
  readonly #running = new Map<number, string>();
  #rest = '';

  constructor(reports: Readable) {
    reports.setEncoding('utf8').on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n');
      this.#rest = lines.pop() as string;
      for (const line of lines) this.#take(JSON.parse(line));
    });
  }

  get state(): string {
    const names = [...this.#running.values()];
    return names.length === 0 ? 'no test was running' : `running: ${names.join(' > ')}`;
  }

  fail(name: string, error: string): void {
    this.failures.push({ name, error });
  }

  #take(told: Told): void {
    if (told.type === 'start') this.#running.set(told.id, told.name);
    else if (told.type === 'complete') this.#running.delete(told.id);
    else if (told.type === 'pass') this.passed++;
    else if (told.type === 'skip') this.skips.push({ name: told.name, reason: told.reason });
    else if (told.type === 'fail') this.fail(told.name, told.error);
    else this.ended = true;
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
