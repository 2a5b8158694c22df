/** Opens a page in the browser of whoever sits at this machine. */
import { spawn } from 'node:child_process';
import type { Terminal } from '../terminal.ts';

/** Does nothing without a terminal and a screen, and where no browser can be started: the address is printed, too. */
export function openPage(
  url: string,
  { interactive, env }: Pick<Terminal, 'interactive' | 'env'>,
  platform: NodeJS.Platform = process.platform,
): void {
  const command = interactive ? commandOf(platform, env) : undefined;
  if (command === undefined) return;
  const [program, ...args] = command;
  const child = spawn(program, [...args, url], { detached: true, stdio: 'ignore', env: { ...env } });
  child.on('error', () => {});
  child.unref();
}

function commandOf(
  platform: NodeJS.Platform,
  env: Terminal['env'],
): readonly [string, ...string[]] | undefined {
  // Over SSH the browser would open on the other machine's screen.
  if (env.SSH_CONNECTION !== undefined) return undefined;
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['explorer'];
  const hasScreen = env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined;
  return hasScreen ? ['xdg-open'] : undefined;
}
