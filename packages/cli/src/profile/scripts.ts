import type { Sandbox } from '@fairlead/sandbox';
import type { Terminal } from '../terminal.ts';

/**
 * Starts a sandbox for `work` and ends it afterwards. Its process starts at once, so that `work` may read and parse meanwhile. What
 * scripts write with `console` goes to stderr.
 */
export async function withScripts<T>(terminal: Terminal, work: (scripts: Sandbox) => Promise<T>): Promise<T> {
  const { createSandbox } = await import('@fairlead/sandbox');
  await using sandbox = createSandbox({
    onLog: ({ level, text }) => terminal.err(`${level}: ${text}\n`),
  });
  sandbox.start();
  return await work(sandbox);
}
