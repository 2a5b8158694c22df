import { nearest } from '@fairlead/core';
import { type Command, Option } from 'commander';
import { cliErrors } from './catalogue.ts';
import { CliCommand } from './command.ts';
import { connectionCommand } from './commands/automation/connection.ts';
import { taskCommand, triggerCommand } from './commands/automation/groups.ts';
import { jobCommand } from './commands/automation/jobs.ts';
import { rulesCommand } from './commands/automation/rules.ts';
import { runCommand } from './commands/automation/run.ts';
import { configCommand } from './commands/config.ts';
import { deviceCommand } from './commands/device.ts';
import { dialCommand } from './commands/dial.ts';
import { driverCommand } from './commands/driver.ts';
import { frameCommand } from './commands/frame.ts';
import { indiCommand } from './commands/indi.ts';
import { linkCommand } from './commands/link.ts';
import { listenCommand } from './commands/listen.ts';
import { serveCommand } from './commands/serve.ts';
import { simCommand } from './commands/sim.ts';
import { subCommand } from './commands/sub.ts';
import type { Context } from './context.ts';
import { version } from './version.ts';

/** The whole command line. It never writes or exits by itself: output goes to the terminal, and failures are thrown. */
export function createProgram(context: Context): CliCommand {
  const program = new CliCommand('fairlead')
    .description('Connects anything that speaks TCP.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .addOption(
      new Option(
        '--format <format>',
        'json: one document, or one line per item of a stream; text: readable output',
      ).choices(['json', 'text']),
    )
    .example('fairlead serve --demo', 'try Fairlead with simulated devices')
    .example('fairlead serve', 'run the service')
    .example('fairlead device add meter-1', 'register a device')
    .example('fairlead sub', 'print the messages of devices');
  const commands = [
    serveCommand(context),
    deviceCommand(context),
    linkCommand(context),
    subCommand(context),
    simCommand(context),
    dialCommand(context),
    listenCommand(context),
    frameCommand(context),
    connectionCommand(context),
    rulesCommand(context),
    taskCommand(context),
    triggerCommand(context),
    jobCommand(context),
    runCommand(context),
    driverCommand(context),
    indiCommand(context),
    configCommand(context),
    helpCommand(program),
  ];
  for (const command of commands) program.addCommand(command);
  settle(program, context);
  return program;
}

/** The help command of commander accepts one name. This one accepts nested names: `help device send`. */
function helpCommand(program: CliCommand): CliCommand {
  return new CliCommand('help')
    .argument('[command...]', 'such as: device send')
    .description('Show help for a command')
    .example('fairlead help device send', 'show the help of one command')
    .action((names: string[]) => {
      let at: Command = program;
      for (const name of names) {
        const next = at.commands.find((command) => command.name() === name);
        if (next === undefined) throw unknownCommand(name, at);
        at = next;
      }
      at.help();
    });
}

function unknownCommand(name: string, parent: Command): Error {
  const near = nearest(
    name,
    parent.commands.map((command) => command.name()),
  );
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
  return cliErrors.error('USAGE_INVALID', { reason: `Unknown command '${name}'.${hint}` });
}

/** Commander passes these settings only to commands that it creates, not to added commands. */
function settle(command: CliCommand, context: Context): void {
  const { terminal } = context;
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      // Help of a group that was called without a command. Errors are thrown, and run() reports them once.
      writeErr: (text) => terminal.err(text),
      outputError: () => {},
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  if (command.parent !== null) command.helpOption('-h, --help', 'show help');
  for (const child of command.commands) settle(child as CliCommand, context);
}
