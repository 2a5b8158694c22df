import { Option } from 'commander';
import { CliCommand } from './command.ts';
import { deviceCommand } from './commands/device.ts';
import { linkCommand } from './commands/link.ts';
import { subCommand } from './commands/sub.ts';
import type { Context } from './context.ts';
import { version } from './version.ts';

/** The whole command line. Nothing of it writes or exits by itself: output goes to the terminal, failures are thrown. */
export function createProgram(context: Context): CliCommand {
  const program = new CliCommand('fairlead')
    .description('Connects anything that speaks TCP.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .addOption(
      new Option('--format <format>', 'json: one document, streams a line each; text: for people').choices([
        'json',
        'text',
      ]),
    )
    .example('fairlead serve --demo', 'see it work, with simulated devices')
    .example('fairlead serve', 'run the service')
    .example('fairlead device add meter-1', 'register a device')
    .example('fairlead sub', 'see what devices say');
  const commands = [deviceCommand(context), linkCommand(context), subCommand(context)];
  for (const command of commands) program.addCommand(command);
  settle(program, context);
  return program;
}

/** Commander passes such settings on to commands that it makes, not to those that it is given. */
function settle(command: CliCommand, context: Context): void {
  const { terminal } = context;
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      // Help of a group called without a command; what is an error is thrown and reported once, by run().
      writeErr: (text) => terminal.err(text),
      outputError: () => {},
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  if (command.parent !== null) command.helpOption('-h, --help', 'show help');
  for (const child of command.commands) settle(child as CliCommand, context);
}
