import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Clock, FairleadError, Timer, Transport, TransportEvents } from '@fairlead/tcp';
import { indiErrors } from '../catalogue.ts';

/** How a driver is started. */
export interface DriverCommand {
  /** Program and arguments. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly cwd?: string | undefined;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /**
   * `cat` (default): the driver's stdout is a real pipe. A C++ driver whose stdout is a Unix socket, as Node's are, sends
   * its BLOBs as file descriptors, which Node cannot receive. `direct`: for drivers that never do that.
   */
  readonly output?: 'cat' | 'direct' | undefined;
}

export interface ProcessOptions {
  readonly clock: Clock;
  /** Milliseconds from the end of its input to SIGTERM, and from there to SIGKILL. */
  readonly grace: number;
  /** Longest line of its stderr, in bytes; the rest of a longer one is cut off. */
  readonly maxLine: number;
  /** A line that the driver wrote to stderr. */
  readonly line: (text: string) => void;
}

// $0 is the program: sh names it when it is missing. The exit status of the driver goes to descriptor 3, as that of the
// pipeline is cat's.
const THROUGH_CAT = '{ "$0" "$@" 3>&-; echo $? >&3; } | exec cat 3>&-';

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * A driver as a transport: its stdin and stdout. It is the leader of a process group of its own, so that whatever it
 * starts ends with it.
 */
export class DriverProcess implements Transport {
  readonly remote: string;
  readonly local = 'local';
  readonly #child: Child;
  readonly #options: ProcessOptions;
  #events: TransportEvents | undefined;
  #timer: Timer | undefined;
  #cause: FairleadError | undefined;
  #status = '';
  #over = false;

  constructor(name: string, { command, cwd, env, output = 'cat' }: DriverCommand, options: ProcessOptions) {
    const [program, ...args] = command;
    this.remote = name;
    this.#options = options;
    const [file, rest] =
      output === 'cat' ? ['/bin/sh', ['-c', THROUGH_CAT, program, ...args]] : [program, args];
    const child = spawn(file, rest, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child = child as unknown as Child;
    // What it started would hold its stdout open for good.
    child.on('exit', () => this.#signal('SIGKILL'));
    child.on('error', (error) => this.#ended(error.message, error));
    child.on('close', (code, signal) => this.#ended(signal ?? describe(this.#status.trim() || `${code}`)));
    child.stdio[3]?.on('data', (text: Buffer) => {
      this.#status = (this.#status + text.toString()).slice(-16);
    });
    this.#child.stdin.on('error', () => {}); // the end of the process tells
    this.#child.stdin.on('drain', () => this.#events?.onDrain());
    this.#child.stdout.on('data', (chunk: Buffer) => this.#events?.onData(chunk));
    this.#child.stdout.pause();
    this.#listenToErrors(this.#child.stderr);
  }

  /** Of the driver, or of the shell that it runs in; undefined: it could not be started. */
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
    this.#child.stdout.pause();
  }

  resume(): void {
    this.#child.stdout.resume();
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
    if (this.#over || pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // It is gone already.
    }
  }

  #ended(status: string, error?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.clock.clear(this.#timer);
    const known = indiErrors.error('DRIVER_ENDED', { driver: this.remote, status }, error);
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

function describe(status: string): string {
  const code = Number(status);
  if (code === 127) return 'status 127: there is no such program';
  return code > 128 ? `signal ${code - 128}` : `status ${status}`;
}
