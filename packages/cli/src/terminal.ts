import { type Clock, systemClock } from '@fairlead/core';
import { cliLimits } from './limits.ts';
import { forScreen, ScreenBytes } from './screen.ts';
import { openStdout } from './stdout.ts';

/**
 * Why a command must stop: a signal, no reader of its output (EPIPE, `| head`), or output that cannot be
 * written (a full disk).
 */
export type Interruption = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'EPIPE' | 'OUTPUT_FAILED';

/** The environment of a command. Tests inject their own. */
export interface Terminal {
  /** Replaced when an option of the command line chooses a context. */
  env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly clock: Clock;
  /** Whether stdin and stderr are a terminal. */
  readonly interactive: boolean;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  /** Whether stdout shows colours. */
  readonly colour: boolean;
  /** Width of stdout. Tables are not truncated for a file. */
  readonly columns: number;
  /** Aborted once; its reason is an {@link Interruption}. */
  readonly interrupted: AbortSignal;
  /** Writes data to stdout. On a terminal, control characters are escaped. */
  out(text: string): void;
  /** The same for bytes. Resolves when more may be written, and at once if there is no reader any more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when all of stdout is written, with the reason if that failed. */
  settled(): Promise<NodeJS.ErrnoException | undefined>;
  /** Stops reading stdin. Waiting readers see its end. */
  closeInput(): void;
  /** Shows these lines in place of what the screen has; without a screen, writes them, unless they are the same as before. */
  redraw(lines: readonly string[]): void;
  /** Shows a line on the screen of stderr that the next one replaces; undefined takes it away. Does nothing without a screen. */
  progress(line: string | undefined): void;
  /** Writes diagnostics to stderr. */
  err(text: string): void;
  /** The same, once for each text. */
  warn(text: string): void;
  /**
   * Calls `run` at SIGHUP, which then interrupts no more. Does nothing if stdin is a terminal: there SIGHUP says that it is gone.
   * Returns a function that stops this.
   */
  onHangup(run: () => void): () => void;
  /** Calls `run` whenever the user presses Enter, and returns a function that stops this. Does nothing if stdin is not a terminal. */
  onEnter(run: () => void): () => void;
  /**
   * Stops showing what is typed, and gives the keys to the reader of stdin one by one: signals and corrections too. Returns a function that undoes
   * it, or undefined if stdin is not a terminal.
   */
  hideInput(): (() => void) | undefined;
  /** Ends the command as a signal does. */
  interrupt(why: Interruption): void;
}

/** The terminal of this process. It handles the signals that end a process. */
export function processTerminal(): Terminal {
  const { env, stdin, stdout, stderr } = process;
  const controller = new AbortController();
  const stop = (why: Interruption): void => {
    controller.abort(why);
    stdin.destroy(); // also ends a command that waits for input
  };

  let first: number | undefined;
  const onSignal = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void => {
    const now = systemClock.monotonic();
    first ??= now;
    if (now - first > cliLimits.values.signalPause) process.exit(exitOf(signal));
    stop(signal);
  };
  let hangup: (() => void) | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  process.on('SIGHUP', () => (hangup === undefined ? onSignal('SIGHUP') : hangup()));
  // An older Node started this process. If that parent was killed, end as well.
  if (process.channel) {
    process.on('disconnect', () => stop('SIGTERM'));
    process.channel.unref();
  }

  const screen = stdout.isTTY === true ? new ScreenBytes() : undefined;
  const output = openStdout(stdout, ({ code }) => stop(code === 'EPIPE' ? 'EPIPE' : 'OUTPUT_FAILED'));
  stderr.on('error', () => {}); // there is no other place to report it
  const warned = new Set<string>();
  const err = (text: string): void => {
    stderr.write(stderr.isTTY === true ? forScreen(text) : text);
  };

  return {
    env,
    stdin,
    clock: systemClock,
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    random: Math.random,
    colour: stdout.isTTY === true && env.NO_COLOR === undefined && env.TERM !== 'dumb',
    columns: stdout.isTTY === true ? stdout.columns : Number.POSITIVE_INFINITY,
    interrupted: controller.signal,
    out: (text) => output.write(screen === undefined ? text : forScreen(text)),
    write: (bytes) =>
      new Promise((resolve) => {
        const { signal } = controller;
        if (signal.aborted) return resolve();
        const done = () => {
          signal.removeEventListener('abort', done);
          resolve();
        };
        signal.addEventListener('abort', done);
        output.write(screen === undefined ? bytes : screen.write(bytes), done);
      }),
    settled: async () => {
      if (screen !== undefined) output.write(screen.end());
      await output.settled();
      return output.failure;
    },
    closeInput: () => {
      stdin.destroy();
    },
    redraw: redrawing((text) => output.write(text), stdout.isTTY === true ? () => stdout.rows : undefined),
    progress: (line) => {
      if (stderr.isTTY !== true) return;
      const room = Math.max(10, (stderr.columns ?? 80) - 1);
      stderr.write(`\r\u001b[K${line === undefined ? '' : forScreen(line).slice(0, room)}`);
    },
    err,
    warn: (text) => {
      if (!warned.has(text)) err(text);
      warned.add(text);
    },
    hideInput: () => {
      if (stdin.isTTY !== true) return undefined;
      stdin.setRawMode(true);
      return () => {
        stdin.setRawMode(false);
      };
    },
    interrupt: stop,
    onHangup: (run) => {
      if (stdin.isTTY === true) return () => {};
      hangup = run;
      return () => {
        hangup = undefined;
      };
    },
    onEnter: (run) => {
      if (stdin.isTTY !== true || stdout.isTTY !== true) return () => {};
      stdin.on('data', run);
      return () => {
        stdin.off('data', run);
        stdin.pause();
      };
    },
  };
}

/** @param rows of the screen; absent: there is none */
export function redrawing(
  write: (text: string) => void,
  rows: (() => number) | undefined,
): (lines: readonly string[]) => void {
  let last: string | undefined;
  return (lines) => {
    const text = lines.map((line) => `${line}\n`).join('');
    if (rows === undefined) {
      if (text !== last) write(text);
      last = text;
      return;
    }
    const room = Math.max(2, rows() - 1);
    const fits = lines.length <= room;
    const shown = fits ? lines : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more`];
    write(`\u001b[H\u001b[2J${forScreen(shown.join('\n'))}`);
  };
}

/** Exit status of an interrupted command, as in shells: 141 is the status after SIGPIPE. */
export function exitOf(why: Interruption): number {
  return { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, EPIPE: 141, OUTPUT_FAILED: 1 }[why];
}
