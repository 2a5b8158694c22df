/** Third-party programs for tests. Each test starts the programs that it needs and stops them afterwards. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The part of the context of `node:test` that is used here. */
interface SkippableTest {
  skip(reason?: string): void;
}

const PLACES = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The PATH with the folders of daemons, because `/usr/sbin` is not on the PATH of every user. */
export function peerEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH ?? ''}:${PLACES}` };
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

/** A port that was free at the time of the check. Another program may take it; retry in that case. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Polls until `condition` is true. After `timeout` milliseconds, rejects with a description of the condition. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeout = 10_000,
): Promise<void> {
  const end = performance.now() + timeout;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${timeout} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
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
  /** Stops it gracefully and waits for its end. Idempotent. */
  stop(): Promise<void>;
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
  #process: ChildProcess | undefined;
  #output = '';

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
    const lines = [`listener ${this.port} 127.0.0.1`, 'persistence false', 'log_dest stderr', ...config];
    if (process.getuid?.() === 0) lines.push('user root');
    if (users === undefined) lines.push('allow_anonymous true');
    else lines.push('allow_anonymous false', `password_file ${await this.#passwords(users)}`);
    await writeFile(file, `${lines.join('\n')}\n`);
    const child = spawn('mosquitto', ['-c', file], {
      env: peerEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    let ended: string | undefined;
    child.once('error', (error) => {
      ended = error.message;
    });
    child.once('exit', (code, signal) => {
      ended = `it ended with ${code ?? signal}`;
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => {
        this.#output = (this.#output + text.toString()).slice(-65_536);
      });
    // First wait for its own start message: if another program uses the port, that program would accept the connection.
    this.#output = '';
    await eventually(async () => {
      if (ended !== undefined) throw new Error(`mosquitto did not start: ${ended}\n${this.#output}`);
      return this.#output.includes(' running') && (await accepts(this.port));
    }, 'mosquitto accepts connections');
  }

  async #passwords(users: Readonly<Record<string, string>>): Promise<string> {
    const file = join(this.#folder, 'passwords');
    const text = Object.entries(users).map(([name, password]) => `${name}:${password}\n`);
    await writeFile(file, text.join(''), { mode: 0o600 });
    const { status, stderr } = spawnSync('mosquitto_passwd', ['-U', file], { env: peerEnvironment() });
    if (status !== 0) throw new Error(`mosquitto_passwd failed: ${stderr}`);
    return file;
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    await rm(this.#folder, { recursive: true, force: true });
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (
      child === undefined ||
      child.pid === undefined ||
      child.exitCode !== null ||
      child.signalCode !== null
    )
      return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    child.kill('SIGCONT');
    await exited;
  }

  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  log(): string {
    return this.#output;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
