import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@fairlead/testkit';

export const launcher = fileURLToPath(new URL('../../bin/fairlead.cjs', import.meta.url));
export const root = fileURLToPath(new URL('../../../..', import.meta.url));

/** The environment without what would change what a command does. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('FAIRLEAD_') && name !== 'NODE_OPTIONS'),
  );
}

/** A command as a process of its own, with all that it has written so far. */
export class Running implements AsyncDisposable {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #closed: Promise<unknown[]>;

  constructor(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [launcher, ...argv], {
      cwd,
      env: { ...cleanEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#closed = once(this.child, 'close');
  }

  /** Waits until stdout matches; fails with all output when the process ends first or it takes too long. */
  async shows(pattern: RegExp, patience = 15_000): Promise<RegExpExecArray> {
    try {
      await eventually(
        () => pattern.test(this.stdout) || this.child.exitCode !== null,
        String(pattern),
        patience,
      );
    } catch {}
    const match = pattern.exec(this.stdout);
    if (match === null) throw new Error(`never saw ${pattern}; so far:\n${this.stdout}\n${this.stderr}`);
    return match;
  }

  /** Exit status, after the signal if one is given. */
  async end(signal?: NodeJS.Signals): Promise<number> {
    if (signal !== undefined) this.child.kill(signal);
    const [code] = await this.#closed;
    return code as number;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null) await this.end('SIGKILL');
  }
}

/** A folder for one test. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'fairlead-cli-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export interface ServiceAddresses {
  readonly http: string;
  readonly mqtt: string;
  readonly listeners: { readonly official: string; readonly custom: string };
}

/** `fairlead serve` on free ports; resolves once it is ready. */
export async function startService(
  data: string,
): Promise<{ service: Running; addresses: ServiceAddresses; env: Record<string, string> }> {
  const free = ['http', 'mqtt', 'official', 'custom'].flatMap((name) => [`--${name}`, '127.0.0.1:0']);
  const service = new Running(['serve', '--data', data, ...free, '--format', 'json'], data);
  const [line] = await service.shows(/^\{.*\}$/m);
  const addresses = JSON.parse(line) as ServiceAddresses;
  return { service, addresses, env: { FAIRLEAD_URL: `http://${addresses.http}`, FAIRLEAD_DATA: data } };
}
