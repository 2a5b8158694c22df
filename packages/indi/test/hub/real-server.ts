/** The real `indiserver` for tests, and our drivers as it starts them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort, peerEnvironment } from '@fairlead/testkit';
import { descendants, RawClient } from './world.ts';

/** Debian's `indiserver` with the drivers in `args`, on a free port. @param home of its drivers */
export async function indiserver(
  home: string,
  ...args: string[]
): Promise<AsyncDisposable & { port: number }> {
  for (let attempt = 0; ; attempt++) {
    const port = await freePort();
    const folder = await mkdtemp(join(home, 'server-'));
    const child: ChildProcess = spawn(
      'indiserver',
      ['-p', String(port), '-u', join(folder, 'socket'), ...args],
      {
        env: { ...peerEnvironment(), HOME: home },
        stdio: 'ignore',
      },
    );
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const stop = async () => {
      const pids = descendants(child.pid as number);
      child.kill('SIGKILL');
      for (const pid of pids) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {}
      }
      await exited;
    };
    try {
      await eventually(async () => {
        if (child.exitCode !== null) throw new Error('indiserver ended');
        using probe = new RawClient(`127.0.0.1:${port}`);
        await new Promise<void>((resolve) => {
          probe.socket.once('connect', resolve).once('close', resolve);
        });
        return probe.socket.remotePort === port;
      }, 'indiserver listens');
      return { port, [Symbol.asyncDispose]: stop };
    } catch (error) {
      await stop();
      if (attempt === 3) throw error;
    }
  }
}

/** A driver of ours as `indiserver` starts one: a program without arguments. */
export async function launcher(home: string, file: string, ...args: string[]): Promise<string> {
  const path = join(await mkdtemp(join(home, 'driver-')), 'driver');
  const words = [process.execPath, ...process.execArgv, join(import.meta.dirname, file), ...args];
  await writeFile(path, `#!/bin/sh\nexec ${words.map((word) => `"${word}"`).join(' ')}\n`, { mode: 0o755 });
  return path;
}
