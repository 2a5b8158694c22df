/** For tests: a real `indiserver` and its tools, with drivers of this folder under it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, freePort } from '@fairlead/testkit';

export interface ToolResult {
  readonly code: number;
  readonly output: string;
}

/** One `indiserver` on a port of its own, with a home folder of its own. */
export class IndiServer implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly #process: ChildProcess;
  #log = '';

  private constructor(folder: string, port: number, drivers: readonly string[]) {
    this.folder = folder;
    this.port = port;
    const args = ['-v', '-p', String(port), '-u', join(folder, 'socket'), ...drivers];
    this.#process = spawn('indiserver', args, {
      cwd: folder,
      env: { ...process.env, HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (text: Buffer) => {
        this.#log = (this.#log + text.toString()).slice(-65_536);
      });
  }

  /** @param drivers names of C++ drivers, or paths of TypeScript ones */
  static async start(drivers: readonly string[]): Promise<IndiServer> {
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-indiserver-'));
    const launched = await Promise.all(drivers.map((driver, i) => launcher(folder, driver, i)));
    const server = new IndiServer(folder, await freePort(), launched);
    await eventually(async () => (await server.get('*.*.*', 1)).code === 0, 'properties');
    return server;
  }

  /** `indi_getprop`: `device.property.element=value` lines. */
  get(pattern: string, seconds = 2): Promise<ToolResult> {
    return this.#tool('indi_getprop', ['-t', String(seconds), pattern]);
  }

  set(...assignments: string[]): Promise<ToolResult> {
    return this.#tool('indi_setprop', assignments);
  }

  /** `indi_eval -w`: waits until the expression is true; exit code 0 then. */
  until(expression: string, seconds = 10): Promise<ToolResult> {
    return this.#tool('indi_eval', ['-t', String(seconds), '-w', expression]);
  }

  log(): string {
    return this.#log;
  }

  #tool(program: string, args: readonly string[]): Promise<ToolResult> {
    return new Promise((resolve) => {
      execFile(program, ['-p', String(this.port), ...args], { timeout: 20_000 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, output: stdout + stderr });
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#process;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** `indiserver` starts programs by their path, without arguments. */
async function launcher(folder: string, driver: string, index: number): Promise<string> {
  if (!driver.endsWith('.ts')) return driver;
  const path = join(folder, `driver-${index}`);
  await writeFile(path, `#!/bin/sh\nexec "${process.execPath}" --conditions=fairlead-source "${driver}"\n`);
  await chmod(path, 0o755);
  return path;
}
