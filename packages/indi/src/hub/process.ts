import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Clock, FairleadError, Timer } from '@fairlead/core';
import type { Transport, TransportEvents } from '@fairlead/tcp';
import { indiErrors } from '../catalogue.ts';
import { inherited } from './environment.ts';
import { openPipe } from './pipe.ts';

/** A program and where it runs. */
interface ProcessCommand {
  /** Program and arguments. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly cwd?: string | undefined;
  /** Variables of its environment, besides those that every driver inherits: PATH, HOME, LANG, TZ, INDI* and the like. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** How a driver is started. */
export interface DriverCommand extends ProcessCommand {
  /** The name of its device, for drivers that take one: `INDIDEV` in its environment. */
  readonly device?: string | undefined;
  /** The file of its configuration instead of `~/.indi/<device>_config.xml`: `INDICONFIG` in its environment. */
  readonly config?: string | undefined;
  /**
   * Whether its devices are connected when it has started for the first time (default false). When it is started again they
   * are connected if they were before.
   */
  readonly connect?: boolean | undefined;
}

interface ProcessOptions {
  readonly clock: Clock;
  /** Milliseconds from the end of its input to SIGTERM, and from there to SIGKILL. */
  readonly grace: number;
  /** Longest line of its stderr, in bytes; the rest of a longer one is cut off. */
  readonly maxLine: number;
  /** A line that the driver wrote to stderr. */
  readonly line: (text: string) => void;
}

type Child = ChildProcessByStdio<Writable, Readable | null, Readable>;

/** Programs that run drivers on Node. */
const ON_NODE: ReadonlySet<string> = new Set(['node', 'fairlead', basename(process.execPath)]);

/**
 * A driver as a transport: its stdin and stdout. It is the leader of a process group of its own, so that whatever it
 * starts ends with it.
 *
 * Its stdout is a pipe of the operating system: a C++ driver that finds a Unix socket there, as Node makes it, sends its
 * BLOBs as file descriptors, which Node cannot receive. Drivers that run on Node cannot send any, and get the socket: it
 * carries twice as much.
 */
export class DriverProcess implements Transport {
  readonly remote: string;
  readonly local = 'local';
  readonly #child: Child;
  readonly #output: Readable;
  readonly #options: ProcessOptions;
  #events: TransportEvents | undefined;
  #timer: Timer | undefined;
  #cause: FairleadError | undefined;
  /** How it ended, or why it will. */
  #status: string | undefined;
  #exists = true;
  #over = false;

  /** Throws what keeps a process from being made. */
  constructor(name: string, { command, cwd, env }: ProcessCommand, options: ProcessOptions) {
    const [program, ...args] = command;
    this.remote = name;
    this.#options = options;
    const pipe = ON_NODE.has(basename(program)) ? undefined : openPipe();
    try {
      this.#child = spawn(program, args, {
        cwd,
        env: { ...inherited(process.env), ...env },
        stdio: ['pipe', pipe?.input ?? 'pipe', 'pipe'],
        detached: true,
      }) as Child;
    } catch (error) {
      pipe?.output.destroy();
      throw error;
    } finally {
      if (pipe !== undefined) closeSync(pipe.input);
    }
    const child = this.#child;
    const output = pipe?.output ?? (child.stdout as Readable);
    this.#output = output;
    child.on('exit', (code, signal) => this.#exited(signal ?? `status ${code}`));
    child.on('error', (error) => this.#failed(error));
    child.stdin.on('error', () => {}); // the end of the process tells
    child.stdin.on('drain', () => this.#events?.onDrain());
    output.on('data', (chunk: Buffer) => this.#events?.onData(chunk));
    output.on('error', () => {}); // as above
    output.on('close', () => this.#closed());
    output.pause();
    this.#listenToErrors(child.stderr);
  }

  /** undefined: it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get writableLength(): number {
    return this.#child.stdin.writableLength;
  }

  start(events: TransportEvents): void {
    this.#events = events;
  }

  write(pieces: readonly Uint8Array[], done?: (written: boolean) => void): boolean {
    const { stdin } = this.#child;
    stdin.cork();
    let more = true;
    for (const piece of pieces) more = stdin.write(piece);
    if (done !== undefined) more = stdin.write(new Uint8Array(0), (error) => done(!error));
    stdin.uncork();
    return more;
  }

  pause(): void {
    this.#output.pause();
  }

  resume(): void {
    this.#output.resume();
  }

  /** Ends its input, at which a driver exits; one that does not is told by SIGTERM, then by SIGKILL. */
  end(): void {
    const { clock, grace } = this.#options;
    this.#child.stdin.end();
    this.#timer ??= clock.after(grace, () => {
      this.#signal('SIGTERM');
      this.#timer = clock.after(grace, () => this.#signal('SIGKILL'));
    });
  }

  /** SIGKILL for all of its group. */
  destroy(cause: FairleadError): void {
    this.#cause ??= cause;
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (!this.#exists || pid === undefined) return; // its number may be another's by now
    try {
      process.kill(-pid, signal);
    } catch {
      // It is gone already.
    }
  }

  /** What it wrote is still to be read; what it started would hold its output open for good. */
  #exited(status: string): void {
    const { clock, grace } = this.#options;
    this.#signal('SIGKILL');
    this.#exists = false;
    this.#status ??= status;
    clock.clear(this.#timer);
    if (this.#output.closed) this.#ended();
    else this.#timer = clock.after(grace, () => this.#output.destroy());
  }

  #failed(error: NodeJS.ErrnoException): void {
    if (this.pid !== undefined) return; // it runs; a signal did not reach it
    this.#exists = false;
    this.#status = error.code === 'ENOENT' ? 'there is no such program, or no such folder' : error.message;
    this.#output.destroy();
  }

  /** Nobody can hear it any more; most have ended at the same moment. */
  #closed(): void {
    const { clock, grace } = this.#options;
    clock.clear(this.#timer);
    if (!this.#exists) this.#ended();
    else
      this.#timer = clock.after(grace, () => {
        this.#status = 'it has closed its output';
        this.#signal('SIGKILL');
      });
  }

  #ended(): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.clock.clear(this.#timer);
    const status = this.#status as string;
    const known = indiErrors.error('DRIVER_ENDED', { driver: this.remote, status });
    setImmediate(() => this.#events?.onClosed(this.#cause ?? known));
  }

  #listenToErrors(stderr: Readable): void {
    const { maxLine, line } = this.#options;
    let rest = '';
    stderr.setEncoding('utf8');
    stderr.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(0, maxLine);
      for (const one of lines) if (one !== '') line(one.slice(0, maxLine));
    });
    stderr.on('end', () => {
      if (rest !== '') line(rest);
    });
  }
}
