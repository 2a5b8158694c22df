import { spawn } from 'node:child_process';
import { untilAborted } from '@fairlead/core';
import { automationErrors } from '../catalogue.ts';
import { automationLimits } from '../limits.ts';

/** Environment variables that are passed to programs: search path, home folder, language and time zone. */
const NEEDED: ReadonlySet<string> = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'TMPDIR',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TZDIR',
]);

/** Other environment variables are not passed on: they may hold tokens, keys and passwords. */
function inherited(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed = ([name]: [string, unknown]) => NEEDED.has(name) || name.startsWith('LC_');
  return Object.fromEntries(Object.entries(environment).filter(passed));
}

/**
 * Runs a program without a shell; resolves with its output, cut to the limit. Rejects with PROGRAM_DENIED, or
 * STEP_FAILED with its exit code. The signal kills it.
 * @param allowed full paths that may be run
 */
export async function runProgram(
  { path, args, stdin }: { path: string; args: readonly string[]; stdin?: string | undefined },
  { step, allowed, signal }: { step: string; allowed: ReadonlySet<string>; signal: AbortSignal },
): Promise<string> {
  if (!allowed.has(path)) throw automationErrors.error('PROGRAM_DENIED', { program: path });
  const { stepOutput } = automationLimits.values;
  const env = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', ...inherited(process.env) };
  // In its own process group, so that the processes that it starts end with it.
  const child = spawn(path, args, { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const parts: Buffer[] = [];
  let size = 0;
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => {
      if (size < stepOutput) parts.push(part.subarray(0, stepOutput - size));
      size += part.length;
    });
  child.stdin.on('error', () => {}); // it may exit without reading its input
  child.stdin.end(stdin ?? '');
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(wordsOf(error)));
    child.once('close', (code, killed) =>
      resolve(
        code === 0 ? undefined : killed === null ? `it exited with ${code}` : `it was ended by ${killed}`,
      ),
    );
  });
  await Promise.race([ended, untilAborted(signal)]);
  if (signal.aborted) killGroup(child.pid);
  const reason = await ended;
  const text = Buffer.concat(parts).toString() + (size > stepOutput ? `… (${size} bytes)` : '');
  if (reason === undefined) return text;
  throw automationErrors.error('STEP_FAILED', { step, reason, output: text });
}

/** Describes why a program could not be started. */
function wordsOf({ code = '', message }: NodeJS.ErrnoException): string {
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such program (ENOENT)',
    EACCES: 'the user of the service may not run it (EACCES)',
    ENOEXEC: 'it is not an executable program (ENOEXEC); a script must begin with #! and its interpreter',
    E2BIG: 'its arguments are too long (E2BIG)',
  };
  return words[code] ?? message;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return; // it was not started
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended meanwhile
  }
}
