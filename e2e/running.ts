/** The service as users start it: a child process, controlled by the command line, sockets, and Mosquitto's tools. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, peerEnvironment } from '@fairlead/testkit';

// biome-ignore lint/suspicious/noExplicitAny: what another program printed; a wrong shape fails the test
export type Json = any;

/** The command, run from its sources. */
const FROM_SOURCE: readonly string[] = [
  process.execPath,
  '--conditions=fairlead-source',
  join(import.meta.dirname, '../packages/cli/bin/fairlead.cjs'),
];

export interface Ports {
  readonly http: number;
  readonly mqtt: number | undefined;
  readonly official: number;
  readonly custom: number;
}

/** A data folder, and the service that uses it. */
export class RunningService implements AsyncDisposable {
  readonly folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #command: readonly string[];
  readonly #config: string | undefined;
  #child: ChildProcess | undefined;
  #stdout = '';
  #stderr = '';
  ports!: Ports;

  private constructor(
    folder: string,
    environment: NodeJS.ProcessEnv,
    command: readonly string[],
    config: string | undefined,
  ) {
    this.#config = config;
    this.folder = folder;
    this.#environment = environment;
    this.#command = command;
  }

  /**
   * @param environment configuration keys, such as `FAIRLEAD_BUS__KIND`
   * @param command the `fairlead` to run: a program and its first arguments
   * @param config text of its configuration file; without it there is none
   */
  static async start(
    environment: NodeJS.ProcessEnv = {},
    command: readonly string[] = FROM_SOURCE,
    config?: string,
  ): Promise<RunningService> {
    const folder = await mkdtemp(join(tmpdir(), 'fairlead-e2e-'));
    const service = new RunningService(folder, environment, command, config);
    if (config !== undefined) await writeFile(join(folder, 'fairlead.yaml'), config);
    await service.restart();
    return service;
  }

  get log(): string {
    return this.#stderr;
  }

  async restart(): Promise<void> {
    this.#stdout = '';
    const any = '127.0.0.1:0';
    const ports = ['--http', any, '--mqtt', any, '--official', any, '--custom', any];
    const config = this.#config === undefined ? [] : ['--config', join(this.folder, 'fairlead.yaml')];
    const child = this.#spawn(['serve', '--data', this.folder, ...config, ...ports]);
    this.#child = child;
    child.stdout?.on('data', (chunk) => {
      this.#stdout += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      this.#stderr += chunk;
    });
    await eventually(
      () => this.#stdout.includes('admin-token') || child.exitCode !== null,
      'the service is ready',
      30_000,
    );
    if (child.exitCode !== null) throw new Error(`the service ended: ${this.#stderr}`);
    const port = (name: RegExp) => {
      const found = name.exec(this.#stdout)?.[1];
      return found === undefined ? undefined : Number(found);
    };
    this.ports = {
      http: port(/http:\/\/127\.0\.0\.1:(\d+)/) as number,
      mqtt: port(/MQTT .*:(\d+)/),
      official: port(/official .*:(\d+)/) as number,
      custom: port(/custom .*:(\d+)/) as number,
    };
  }

  /** Replaces its configuration file, which it has only if it was started with one. */
  async configure(text: string): Promise<void> {
    await writeFile(join(this.folder, 'fairlead.yaml'), text);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Ends it like Ctrl-C, or like a crash. Returns the exit code. */
  async stop(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL' = 'SIGINT'): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null)
      return child?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return ended;
  }

  /** Runs `fairlead` against it. */
  async cli(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string; json: Json }> {
    const result = await this.run(...args);
    const text = result.stdout.trim();
    return { ...result, json: text === '' ? undefined : JSON.parse(text) };
  }

  /** The same for a command whose output is no single document. */
  async run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const child = this.#spawn([...args, '--format', 'json'], {
      FAIRLEAD_URL: `http://127.0.0.1:${this.ports.http}`,
      FAIRLEAD_DATA: this.folder,
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, stdout, stderr };
  }

  /** Registers a device and returns its token. */
  async add(...args: string[]): Promise<string> {
    const { code, json, stderr } = await this.cli('device', 'add', ...args);
    if (code !== 0) throw new Error(stderr);
    return json.token;
  }

  /** Registers `device-0`, `device-1` and so on with these settings, and returns their tokens. */
  async addMany(count: number, settings: object): Promise<string[]> {
    const token = (await readFile(join(this.folder, 'admin-token'), 'utf8')).trim();
    return Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const answer = await fetch(`http://127.0.0.1:${this.ports.http}/api/v1/devices`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ name: `device-${i}`, ...settings }),
        });
        if (answer.status !== 201) throw new Error(await answer.text());
        return ((await answer.json()) as { token: string }).token;
      }),
    );
  }

  /** Starts `fairlead sim` against it; the caller ends it. */
  sim(...args: string[]): ChildProcess {
    return this.#spawn(['sim', ...args], {
      FAIRLEAD_URL: `http://127.0.0.1:${this.ports.http}`,
      FAIRLEAD_DATA: this.folder,
    });
  }

  async metric(line: string): Promise<number> {
    const token = (await readFile(join(this.folder, 'admin-token'), 'utf8')).trim();
    const answer = await fetch(`http://127.0.0.1:${this.ports.http}/metrics`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const found = (await answer.text()).split('\n').find((text) => text.startsWith(`${line} `));
    return found === undefined ? 0 : Number(found.slice(line.length + 1));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  #spawn(args: string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
    const {
      FAIRLEAD_URL: _,
      FAIRLEAD_DATA: __,
      FAIRLEAD_TOKEN: ___,
      NODE_TEST_CONTEXT: ____,
      ...clean
    } = process.env;
    const [program = '', ...first] = this.#command;
    return spawn(program, [...first, ...args], {
      env: { ...clean, ...this.#environment, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
}

/** The device's end of a link: a plain socket and hand-written bytes. */
export class BareDevice implements Disposable {
  readonly socket: Socket;
  received: Buffer = Buffer.alloc(0);
  closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static async dial(port: number): Promise<BareDevice> {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new BareDevice(socket);
  }

  send(bytes: Buffer | string): void {
    this.socket.write(bytes);
  }

  /** Sends each byte in a separate segment, as far as the network allows. */
  async sendBytewise(bytes: Buffer): Promise<void> {
    for (const byte of bytes) {
      this.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** An official packet, built from its description. */
export function packet(type: number, command: number, payload: string): Buffer {
  const head = Buffer.from([0x54, 0x50, type, command, 0, 0, 0, 0]);
  head.writeUInt32BE(Buffer.byteLength(payload), 4);
  return Buffer.concat([head, Buffer.from(payload)]);
}

/** `mosquitto_sub` on all topics. Its lines are `topic payload`. */
export class Subscriber implements Disposable {
  readonly #child: ChildProcess;
  #text = '';

  private constructor(port: number, filter: string) {
    // Line by line: to a pipe it would write in blocks.
    this.#child = spawn(
      'stdbuf',
      ['-oL', 'mosquitto_sub', '-h', '127.0.0.1', '-p', String(port), '-t', filter, '-v', '-d'],
      { env: peerEnvironment(), stdio: ['ignore', 'pipe', 'ignore'] },
    );
    this.#child.stdout?.on('data', (chunk) => {
      this.#text += chunk;
    });
  }

  static async start(port: number, filter = 'devices/#'): Promise<Subscriber> {
    const subscriber = new Subscriber(port, filter);
    await eventually(() => subscriber.#text.includes('SUBACK'), 'mosquitto_sub has subscribed');
    return subscriber;
  }

  get lines(): string[] {
    return this.#text.split('\n').filter((line) => /^(devices|fairlead)\//.test(line));
  }

  on(topic: string): string[] {
    return this.lines
      .filter((line) => line.startsWith(`${topic} `))
      .map((line) => line.slice(topic.length + 1));
  }

  async see(line: string): Promise<void> {
    await eventually(() => this.lines.includes(line), `"${line}" among\n${this.lines.slice(-20).join('\n')}`);
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL'); // told to end while a message comes in, about one in thirty hangs for ever
  }
}

/** Publishes with `mosquitto_pub`. */
export async function publish(port: number, topic: string, payload: string): Promise<number | null> {
  const child = spawn(
    'mosquitto_pub',
    ['-h', '127.0.0.1', '-p', String(port), '-t', topic, '-m', payload, '-q', '1'],
    { env: peerEnvironment(), stdio: 'ignore' },
  );
  return new Promise((resolve) => child.once('exit', resolve));
}
