import { CliCommand } from '../command.ts';
import { complete } from '../completion/complete.ts';
import type { Context } from '../context.ts';

/** What the scripts of the shells ask. The launcher answers most of it without this command. */
export function completeCommand(context: Context): CliCommand {
  return new CliCommand('complete')
    .argument('[words...]', 'the words of a command line; the last one is being typed')
    .description('Print what may come next on a command line, one candidate a line; scripts of shells ask it')
    .example('fairlead complete -- device rm me', 'devices whose names begin so')
    .action((words: string[]) => complete(words, context.terminal));
}
