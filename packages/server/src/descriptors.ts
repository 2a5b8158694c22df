/**
 * Detects when the process has no file descriptor left. The operating system then accepts a connection and closes it at once, and
 * Node reports nothing: a device that connects would be disconnected without any log line.
 */
import { close, open, readFileSync } from 'node:fs';
import { devNull } from 'node:os';
import type { Clock, Timer } from '@fairlead/core';
import type { Log } from '@fairlead/gateway';
import { serverErrors } from './catalogue.ts';
import { serverLimits } from './limits.ts';

/** Opens a file and closes it again. Calls back with the error code if that failed. */
export type Probe = (done: (code: string | undefined) => void) => void;

const openFile: Probe = (done) =>
  open(devNull, 'r', (error, handle) => {
    if (error === null) close(handle, () => done(undefined));
    else done(error.code);
  });

/** The limits of the process (EMFILE) and of the machine (ENFILE). */
const EXHAUSTED: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE']);

/** Checks once per second. Logs OUT_OF_DESCRIPTORS when none is left, and logs when descriptors are available again. */
export function watchDescriptors(log: Log, clock: Clock, probe: Probe = openFile): Disposable {
  const limit = openFilesAllowed();
  let out = false;
  let closed = false;
  let timer: Timer | undefined;
  const looked = (code: string | undefined) => {
    if (closed) return;
    const now = EXHAUSTED.has(code);
    if (now && !out) {
      const error = serverErrors.error('OUT_OF_DESCRIPTORS', { limit });
      log.error({ code: error.code, ...error.details }, error.message);
    }
    if (!now && out) log.info({}, 'File descriptors are available again: new connections are accepted');
    out = now;
    arm();
  };
  const arm = () => {
    timer = clock.after(serverLimits.values.descriptorCheck, () => probe(looked));
    timer.unref?.();
  };
  arm();
  return {
    [Symbol.dispose]() {
      closed = true;
      clock.clear(timer);
    },
  };
}

/** The descriptor limit of this process; `unknown` if the system does not report it. */
export function openFilesAllowed(): string {
  try {
    return /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
