/** What the launcher runs. */
import { cliLimits } from './limits.ts';
import { run } from './run.ts';
import { processTerminal } from './terminal.ts';

process.exitCode = await run(process.argv.slice(2), processTerminal());
// The process ends by itself once nothing is open. Something that was left open must not hold up who waits for it.
setTimeout(() => process.exit(), cliLimits.values.exitGrace).unref();
