import { FairleadError } from '@fairlead/core';
import { CommanderError } from 'commander';
import { cliErrors } from './catalogue.ts';
import { createContext } from './context.ts';
import { exitStatus, statusOf } from './exit.ts';
import { outputFailed } from './input.ts';
import { printable } from './output/text.ts';
import { createProgram, usedCommand } from './program.ts';
import { exitOf, type Interruption, type Terminal } from './terminal.ts';

/**
 * Runs one command line, without the name of the program, and resolves with its exit status. Never rejects: errors are
 * on stderr as `fairlead: CODE: message` and a line with help. Output that cannot be written is an
 * error of every command. If the reader of the output has ended, nothing is printed.
 */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const status = await attempt(argv, terminal);
  const failure = await terminal.settled();
  if (failure === undefined) return status;
  if (failure.code === 'EPIPE') return exitOf('EPIPE');
  await report(outputFailed(failure), terminal);
  return exitOf('OUTPUT_FAILED');
}

async function attempt(argv: readonly string[], terminal: Terminal): Promise<number> {
  const program = await createProgram(createContext(terminal), usedCommand(argv));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitStatus.ok; // requested help or version
    if (error instanceof CommanderError && error.code === 'commander.help') return exitStatus.usage; // the help was already shown
    if (terminal.interrupted.aborted) return exitOf(terminal.interrupted.reason as Interruption);
    await report(error instanceof CommanderError ? usage(error) : error, terminal);
    return error instanceof CommanderError ? exitStatus.usage : statusOf(error);
  }
}

async function report(error: unknown, terminal: Terminal): Promise<void> {
  if (error instanceof FairleadError) {
    const { complaint } = await import('./hint.ts'); // it loads the catalogues of all packages
    terminal.err(await complaint(error));
  } else {
    const message = error instanceof Error ? error.message : String(error);
    terminal.err(`fairlead: INTERNAL: ${printable(message)}\n`);
    terminal.err('  This is a defect in Fairlead. FAIRLEAD_DEBUG=1 shows the stack trace.\n');
  }
  if (terminal.env.FAIRLEAD_DEBUG) terminal.err(`${trace(error)}\n`);
}

function trace(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? String(error.stack) : `${error.stack}\ncaused by ${trace(error.cause)}`;
}

/** An error of commander as an error of the catalogue: "error: unknown command 'devise'\n(Did you mean device?)". */
function usage(error: CommanderError): FairleadError {
  const [first = '', second] = error.message.replace(/^error: /, '').split('\n');
  const hint = /^\(Did you mean (.*)\?\)$/.exec(second ?? '')?.[1];
  const reason = `${first.charAt(0).toUpperCase()}${first.slice(1)}${/[.?]$/.test(first) ? '' : '.'}`;
  return cliErrors.error('USAGE_INVALID', {
    reason: hint === undefined ? reason : `${reason} Did you mean "${hint.replace(/^one of /, '')}"?`,
  });
}
