/** The entry point for the launcher. */
import { cliLimits } from './limits.ts';
import { run } from './run.ts';
import { processTerminal } from './terminal.ts';

process.exitCode = await run(process.argv.slice(2), processTerminal());
// The process ends by itself when nothing is open. A resource that is left open must not delay the end.
setTimeout(() => process.exit(), cliLimits.values.exitGrace).unref();
