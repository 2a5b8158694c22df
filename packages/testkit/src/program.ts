import { type ChildProcess, spawn } from 'node:child_process';
import { createConnection } from 'node:net';
import { eventually } from './eventually.ts';
import { peerEnvironment } from './peer-environment.ts';

/** A third-party server in a process of its own, which may be started again after its end. */
export class Program {
  #process: ChildProcess | undefined;
  /** Its last output since the last start. */
  output = '';

  /** Resolves when its output says that it is ready and its port accepts connections. */
  async start(
    command: string,
    args: readonly string[],
    ready: (output: string) => boolean,
    port: number,
  ): Promise<void> {
    const child = spawn(command, args, { env: peerEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    let ended: string | undefined;
    child.once('error', (error) => {
      ended = error.message;
    });
    child.once('exit', (code, signal) => {
      ended = `it ended with ${code ?? signal}`;
    });
    this.output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => {
        this.output = (this.output + text.toString()).slice(-65_536);
      });
    await eventually(async () => {
      if (ended !== undefined) throw new Error(`${command} did not start: ${ended}\n${this.output}`);
      return ready(this.output) && (await accepts(port));
    }, `${command} accepts connections`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Waits for its end. Idempotent. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    child.kill('SIGCONT');
    await exited;
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
