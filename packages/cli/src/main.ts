/** The entry point for the launcher. Loads no more than the command line needs. */
import { writeSync } from 'node:fs';
import { version } from './version.ts';

const argv = process.argv.slice(2);
if (argv[0] === 'complete') await completed();
else if (!printedVersion()) await runCommand();

/** Whether the command line asked for the version alone, and it could be printed. If not, the command reports why. */
function printedVersion(): boolean {
  if (argv.length !== 1 || (argv[0] !== '--version' && argv[0] !== '-V')) return false;
  try {
    writeSync(1, `${version()}\n`);
    return true;
  } catch {
    return false;
  }
}

/** A shell waits for it at each press of a key: no command is loaded. */
async function completed(): Promise<void> {
  const { complete } = await import('./completion/complete.ts');
  const words = argv.slice(argv[1] === '--' ? 2 : 1);
  const out = (text: string): void => void process.stdout.write(text);
  process.stdout.on('error', () => {}); // nobody reads it any more
  await complete(words, { env: process.env, interrupted: new AbortController().signal, out });
}

async function runCommand(): Promise<void> {
  const [{ cliLimits }, { run }, { processTerminal }] = await Promise.all([
    import('./limits.ts'),
    import('./run.ts'),
    import('./terminal.ts'),
  ]);
  process.exitCode = await run(argv, processTerminal());
  // The process ends by itself when nothing is open. A resource that is left open must not delay the end.
  setTimeout(() => process.exit(), cliLimits.values.exitGrace).unref();
}
