import { run } from 'node:test';
import { inspect } from 'node:util';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface FileResult extends Counts {
  readonly file: string;
  readonly ms: number;
  /** Each failed test: its name with those it stands in, and the whole error. */
  readonly failures: readonly { readonly name: string; readonly error: string }[];
  /** Each skipped test and why. */
  readonly skips: readonly { readonly name: string; readonly reason: string }[];
  /** What the file printed, the last of it. */
  readonly output: string;
}

export interface RunOptions {
  /** Milliseconds for one test. */
  readonly testTimeout: number;
  /** Milliseconds for the file. A file whose tests are over but which does not end meets it too. */
  readonly fileTimeout: number;
  readonly execArgv?: readonly string[];
}

const OUTPUT_KEPT = 16_384;

/** Runs one test file in a process of its own. */
export async function runFile(file: string, options: RunOptions): Promise<FileResult> {
  const start = performance.now();
  const events = run({
    files: [file],
    concurrency: 1,
    timeout: options.testTimeout,
    execArgv: [...(options.execArgv ?? [])],
    signal: AbortSignal.timeout(options.fileTimeout),
  });
  const failures: { name: string; error: string }[] = [];
  const skips: { name: string; reason: string }[] = [];
  const names: string[] = []; // of the test that runs, by nesting
  let output = '';
  let counts: Counts = { passed: 0, failed: 1, skipped: 0 };
  const path = (name: string, nesting: number) => [...names.slice(0, nesting), name].join(' > ');
  for await (const { type, data } of events) {
    if (type === 'test:start') {
      names.length = data.nesting;
      names.push(data.name);
    } else if (type === 'test:pass') {
      const why = data.skip ?? data.todo;
      if (why !== undefined && why !== false)
        skips.push({
          name: path(data.name, data.nesting),
          reason: typeof why === 'string' ? why : 'no reason',
        });
    } else if (type === 'test:fail') {
      const { error } = data.details;
      // A suite fails with its tests, which have told already.
      if ((error as { failureType?: string }).failureType === 'subtestsFailed') continue;
      failures.push({ name: path(data.name, data.nesting), error: inspect(error.cause ?? error) });
    } else if (type === 'test:stdout' || type === 'test:stderr') {
      output = (output + data.message).slice(-OUTPUT_KEPT);
    } else if (type === 'test:summary' && data.file === undefined) {
      const { passed, failed, cancelled, skipped, todo } = data.counts;
      counts = { passed, failed: failed + cancelled, skipped: skipped + todo };
    }
  }
  return { file, ms: performance.now() - start, failures, skips, output, ...counts };
}
