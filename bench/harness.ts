/** Tools for benchmarks: rounds in turns, medians, and a separate process for each part of an experiment. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Report, table } from './report.ts';

/** `--quick`: short runs that show that a benchmark works; their figures mean little. */
export const quick = (): boolean => process.argv.includes('--quick');

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}

/**
 * Measures each contestant once per round. The order alternates, so that neither always starts with the garbage of the other.
 * @param warmUp rounds that do not count
 */
export async function inTurns<C, R>(
  contestants: readonly C[],
  { rounds, warmUp = 1 }: { rounds: number; warmUp?: number },
  measure: (contestant: C) => R | Promise<R>,
): Promise<Map<C, R[]>> {
  const results = new Map<C, R[]>(contestants.map((contestant) => [contestant, []]));
  for (let round = 0; round < warmUp + rounds; round++)
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      const result = await measure(contestant);
      if (round >= warmUp) results.get(contestant)?.push(result);
    }
  return results;
}

// --- processes -------------------------------------------------------------------------------------------------------

/** The functions that a process of an experiment offers. Arguments and results are sent as JSON. */
export type Handlers = Readonly<Record<string, (argument: never) => unknown>>;
/** The role of a process, created when it starts. */
export type Role = () => Handlers | Promise<Handlers>;

/** Memory in use after garbage was collected, in bytes. */
export interface Memory {
  readonly rss: number;
  /** Of V8's heap and of buffers outside it. */
  readonly heap: number;
}

interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}
interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A process with a role of the same file. */
export class Part implements AsyncDisposable {
  static #started = 0;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #questions = 0;

  /** @param file the benchmark's `import.meta.filename` */
  constructor(file: string, role: string) {
    const profile = process.argv.includes('--cpu-prof')
      ? [
          '--cpu-prof',
          `--cpu-prof-name=${role}-${process.pid}-${++Part.#started}.cpuprofile`,
          `--cpu-prof-dir=${PROFILES}`,
        ]
      : [];
    this.#child = fork(file, [role, ...(quick() ? ['--quick'] : [])], {
      execArgv: [...EXEC_ARGV, ...profile],
    });
    this.#child.on('message', ({ id, value, error }: Answer) => {
      const asked = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) asked?.resolve(value);
      else asked?.reject(new Error(`${role}: ${error}`));
    });
    this.#child.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values())
        reject(new Error(`the process of ${role} ended with ${code ?? signal}`));
    });
  }

  ask<T>(name: string, argument: unknown = null): Promise<T> {
    const id = ++this.#questions;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#child.send({ id, name, argument } satisfies Question);
    });
  }

  /** Processor time since its start, microseconds. */
  cpu(): Promise<number> {
    return this.ask('cpu');
  }

  memory(): Promise<Memory> {
    return this.ask('memory');
  }

  /** Peak memory, in bytes. */
  peak(): Promise<number> {
    return this.ask('peak');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    await this.ask('stop').catch(() => {});
    this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(timer);
  }
}

/** The folder for the profiles of `--cpu-prof`, one for each part. */
const PROFILES = join(tmpdir(), 'fairlead-profiles');
const EXEC_ARGV = ['--conditions=fairlead-source', '--expose-gc'];

const common: Handlers = {
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  memory: async (): Promise<Memory> => {
    for (let i = 0; i < 4; i++) {
      (globalThis as { gc?: () => void }).gc?.();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, heap: heapUsed + external };
  },
  peak: () => process.resourceUsage().maxRSS * 1_024,
  stop: () => {},
};

/**
 * The entry point of a benchmark file. It runs a role if it was started as a {@link Part}. Otherwise it runs the benchmark,
 * prints its table, and passes the report to the runner if there is one.
 */
export async function main(
  run: () => Promise<Report>,
  roles: Readonly<Record<string, Role>> = {},
): Promise<void> {
  const role = roles[process.argv[2] ?? ''];
  if (role === undefined) {
    const report = await run();
    console.log(table(report));
    process.send?.(report);
    return;
  }
  const handlers = { ...common, ...(await role()) };
  process.on('message', async ({ id, name, argument }: Question) => {
    try {
      const value = await (handlers[name] as (argument: unknown) => unknown)(argument);
      process.send?.({ id, value });
    } catch (error) {
      process.send?.({ id, error: String((error as Error).stack ?? error) });
    }
  });
  process.on('disconnect', () => process.exit());
}
