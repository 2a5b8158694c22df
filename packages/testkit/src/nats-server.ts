import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './peers.ts';
import { Program } from './program.ts';

export interface NatsServerOptions {
  /** Further arguments, such as `-js` for JetStream. Its files are in a folder of its own. */
  readonly args?: readonly string[];
}

export interface NatsServer extends AsyncDisposable {
  readonly port: number;
  /** `nats://127.0.0.1:port` */
  readonly url: string;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
  /** Ends it like a crash. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with the same files. */
  restart(): Promise<void>;
  /** Suspends it: its sockets stay open and are not read. */
  pause(): void;
  resume(): void;
}

/** Starts a real nats-server on 127.0.0.1 and resolves when it accepts connections. */
export async function startNats({ args = [] }: NatsServerOptions = {}): Promise<NatsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-nats-'));
  const program = new Program();
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const all = ['-a', '127.0.0.1', '-p', String(port), '-sd', folder, ...args];
    const restart = () =>
      program.start('nats-server', all, (output) => output.includes('Server is ready'), port);
    const stop = async () => {
      await program.end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    };
    try {
      await restart();
    } catch (error) {
      await program.end('SIGKILL');
      if (attempt < 5) continue;
      await stop();
      throw error;
    }
    return {
      port,
      url: `nats://127.0.0.1:${port}`,
      kill: () => program.end('SIGKILL'),
      restart,
      pause: () => program.signal('SIGSTOP'),
      resume: () => program.signal('SIGCONT'),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  }
}
