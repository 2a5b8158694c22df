import { type Clock, systemClock } from '@fairlead/core';
import { cliLimits } from './limits.ts';
import { forScreen, ScreenBytes } from './screen.ts';
import { openStdout } from './stdout.ts';

/**
 * Why a command was told to stop: a signal, nobody reads its output any more (EPIPE, `| head`), or its output cannot be
 * written (a full disk).
 */
export type Interruption = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'EPIPE' | 'OUTPUT_FAILED';

/** What a command has of the world around it; a test hands in its own. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly clock: Clock;
  /** Whether a person sits at stdin and sees stderr. */
  readonly interactive: boolean;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  /** Whether stdout shows colours. */
  readonly colour: boolean;
  /** Width of stdout; tables are not made to fit a file. */
  readonly columns: number;
  /** Fires once; its reason is an {@link Interruption}. */
  readonly interrupted: AbortSignal;
  /** Data, on stdout. Where that is a terminal, control characters of it are shown and not sent. */
  out(text: string): void;
  /** The same of bytes; resolves when more may be written, and at once when nobody reads any more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves once all of stdout is written: with why it could not be, if so. */
  settled(): Promise<NodeJS.ErrnoException | undefined>;
  /** Nothing more is read from stdin; whoever waits for it hears its end. */
  closeInput(): void;
  /** Diagnostics, on stderr. */
  err(text: string): void;
  /** Calls `run` whenever a person presses Enter; returns what ends that. Nothing where stdin is no terminal. */
  onEnter(run: () => void): () => void;
}

/** The terminal of this process. Takes over the signals that end a process. */
export function processTerminal(): Terminal {
  const { env, stdin, stdout, stderr } = process;
  const controller = new AbortController();
  const stop = (why: Interruption): void => {
    controller.abort(why);
    stdin.destroy(); // a command that waits for input hears of it as well
  };

  let first: number | undefined;
  const onSignal = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void => {
    const now = systemClock.monotonic();
    first ??= now;
    if (now - first > cliLimits.values.signalPause) process.exit(exitOf(signal));
    stop(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  // Started by an older Node: it was killed, and with it whoever wanted this command.
  if (process.channel) {
    process.on('disconnect', () => stop('SIGTERM'));
    process.channel.unref();
  }

  const screen = stdout.isTTY === true ? new ScreenBytes() : undefined;
  const output = openStdout(stdout, ({ code }) => stop(code === 'EPIPE' ? 'EPIPE' : 'OUTPUT_FAILED'));
  stderr.on('error', () => {}); // nowhere left to say it

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
    err: (text) => {
      stderr.write(stderr.isTTY === true ? forScreen(text) : text);
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

/** Exit status of a command that was cut short, as shells count it: 141 is that of a program that SIGPIPE ends. */
export function exitOf(why: Interruption): number {
  return { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, EPIPE: 141, OUTPUT_FAILED: 1 }[why];
}
