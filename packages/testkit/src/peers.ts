/** Third-party programs for tests. Each test starts the programs that it needs and stops them afterwards. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peerEnvironment } from './peer-environment.ts';
import { Program } from './program.ts';

/** The part of the context of `node:test` that is used here. */
export interface SkippableTest {
  skip(reason?: string): void;
}

/**
 * Whether a program is installed or, if the name ends in `.h`, a C++ library with this header. If not, the test is skipped;
 * with `CI=true` it fails, because no test may be skipped there.
 * Use: `if (!requirePeer(t, 'mosquitto')) return;`
 */
export function requirePeer(test: SkippableTest, name: string): boolean {
  if (installed(name)) return true;
  if (process.env.CI === 'true')
    throw new Error(`${name} is missing, and with CI=true no test may be skipped`);
  test.skip(`${name} is not installed`);
  return false;
}

function installed(name: string): boolean {
  if (name.endsWith('.h')) return existsSync(join('/usr/include', name));
  return spawnSync('sh', ['-c', 'command -v "$0"', name], { env: peerEnvironment() }).status === 0;
}

/** Ports below those that the system gives to outgoing connections, which could take a free one before it is used. */
const PORTS = { from: 10_000, to: 32_768 };

/** A port of 127.0.0.1 that is free now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

export interface MosquittoOptions {
  /** Default: a free port. */
  readonly port?: number;
  /** Without users, all clients have full access. */
  readonly users?: Readonly<Record<string, string>>;
  /** Further lines of `mosquitto.conf`. */
  readonly config?: readonly string[];
}

export interface Mosquitto extends AsyncDisposable {
  readonly port: number;
  /** `mqtt://127.0.0.1:port` */
  readonly url: string;
  /** Stops it gracefully, waits for its end and removes its files. Idempotent. */
  stop(): Promise<void>;
  /** Stops it gracefully; with `persistence true` in its configuration, its sessions are there after `restart`. */
  end(): Promise<void>;
  /** Ends it like a crash. */
  kill(): Promise<void>;
  /** Starts it again on the same port, after `stop` or `kill`. */
  restart(): Promise<void>;
  /** Suspends it: its sockets stay open and are not read. */
  pause(): void;
  resume(): void;
  /** Its output so far. */
  log(): string;
}

/** Starts a real Mosquitto on 127.0.0.1 and resolves when it accepts connections. */
export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-mosquitto-'));
  for (let attempt = 1; ; attempt++) {
    const mosquitto = new RunningMosquitto(folder, options.port ?? (await freePort()), options);
    try {
      await mosquitto.restart();
      return mosquitto;
    } catch (error) {
      await mosquitto.kill();
      if (attempt === 5 || options.port !== undefined) {
        await rm(folder, { recursive: true, force: true });
        throw error;
      }
    }
  }
}

class RunningMosquitto implements Mosquitto {
  readonly port: number;
  readonly #folder: string;
  readonly #options: MosquittoOptions;
  readonly #program = new Program();

  constructor(folder: string, port: number, options: MosquittoOptions) {
    this.#folder = folder;
    this.port = port;
    this.#options = options;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async restart(): Promise<void> {
    const { users, config = [] } = this.#options;
    await mkdir(this.#folder, { recursive: true });
    const file = join(this.#folder, 'mosquitto.conf');
    const lines = [`listener ${this.port} 127.0.0.1`, 'log_dest stderr', ...config];
    if (!config.some((line) => line.startsWith('persistence '))) lines.push('persistence false');
    else lines.push(`persistence_location ${this.#folder}/`);
    if (process.getuid?.() === 0) lines.push('user root');
    if (users === undefined) lines.push('allow_anonymous true');
    else lines.push('allow_anonymous false', `password_file ${await this.#passwords(users)}`);
    await writeFile(file, `${lines.join('\n')}\n`);
    // First its own start message: if another program uses the port, that program would accept the connection.
    await this.#program.start('mosquitto', ['-c', file], (output) => output.includes(' running'), this.port);
  }

  async #passwords(users: Readonly<Record<string, string>>): Promise<string> {
    const file = join(this.#folder, 'passwords');
    const text = Object.entries(users).map(([name, password]) => `${name}:${password}\n`);
    await writeFile(file, text.join(''), { mode: 0o600 });
    const { status, stderr } = spawnSync('mosquitto_passwd', ['-U', file], { env: peerEnvironment() });
    if (status !== 0) throw new Error(`mosquitto_passwd failed: ${stderr}`);
    return file;
  }

  /** Like `stop`, but keeps what it stored. */
  end(): Promise<void> {
    return this.#program.end('SIGTERM');
  }

  async stop(): Promise<void> {
    await this.#program.end('SIGTERM');
    await rm(this.#folder, { recursive: true, force: true });
  }

  kill(): Promise<void> {
    return this.#program.end('SIGKILL');
  }

  pause(): void {
    this.#program.signal('SIGSTOP');
  }

  resume(): void {
    this.#program.signal('SIGCONT');
  }

  log(): string {
    return this.#program.output;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
