/** Pipes of the operating system. What Node calls a pipe is a Unix socket, and some programs behave otherwise on one. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { inherited } from './environment.ts';

interface Pipe {
  /** What is written to the other end; paused. */
  readonly output: Readable;
  /** Descriptor of the other end: for a child, and to be closed here. */
  readonly input: number;
}

/** Makes a pipe. Throws what `mkfifo` or the file system says. */
export function openPipe(): Pipe {
  const path = join(tmpdir(), `fairlead-${randomUUID()}`);
  const env = inherited(process.env);
  const { status, error, stderr } = spawnSync('mkfifo', ['-m', '600', path], { encoding: 'utf8', env });
  if (status !== 0) throw error ?? new Error(`mkfifo: ${stderr.trim()}`);
  try {
    // In this order: the reading end never waits for somebody to write, the writing end finds it open.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const input = openSync(path, constants.O_WRONLY);
    return { output: new Socket({ fd, readable: true, writable: false }), input };
  } finally {
    unlinkSync(path);
  }
}
