import { nearest } from '@fairlead/core';
import { type Command, Option } from 'commander';
import { cliErrors } from './catalogue.ts';
import { CliCommand } from './command.ts';
import { commandList, type ListedCommand } from './command-list.ts';
import type { Context } from './context.ts';
import { version } from './version.ts';

/**
 * The command line. It never writes or exits by itself: output goes to the terminal, and failures are thrown.
 *
 * @param isUsed which commands will be used: they are loaded. The others are only listed.
 */
export async function createProgram(
  context: Context,
  isUsed: (name: string) => boolean,
): Promise<CliCommand> {
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
    .option('--context <name>', 'service to talk to; "fairlead context ls" lists them')
    .example('fairlead serve --demo', 'try Fairlead with simulated devices')
    .example('fairlead serve', 'run the service')
    .example('fairlead device add meter-1', 'register a device')
    .example('fairlead sub', 'print the messages of devices');
  const usage = new Map(commandList.map((listed) => [listed.name, listed.usage]));
  program.configureHelp({
    ...program.configureHelp(),
    subcommandTerm: (command) =>
      `${command.name()} ${usage.get(command.name()) ?? command.usage()}`.trimEnd(),
  });
  for (const listed of commandList)
    program.addCommand(isUsed(listed.name) ? await loaded(listed, context) : unloaded(listed));
  if (isUsed(COMPLETE)) {
    const { completeCommand } = await import('./commands/complete.ts');
    program.addCommand(completeCommand(context), { hidden: true });
  }
  program.addCommand(helpCommand(program));
  program.hook('preAction', (_program, command) => {
    const { context: name } = command.optsWithGlobals<{ context?: string }>();
    const { terminal } = context;
    // The option says more than the address and the token of the environment.
    if (name !== undefined)
      terminal.env = {
        ...terminal.env,
        FAIRLEAD_CONTEXT: name,
        FAIRLEAD_URL: undefined,
        FAIRLEAD_TOKEN: undefined,
      };
  });
  settle(program, context);
  return program;
}

/** What shells ask; people do not. */
const COMPLETE = 'complete';

/** The command that a command line uses: its first word that is the name of one. */
export function usedCommand(argv: readonly string[]): (name: string) => boolean {
  const used = argv.find((word) => word === COMPLETE || commandList.some(({ name }) => name === word));
  return (name) => name === used;
}

async function loaded({ load, description }: ListedCommand, context: Context): Promise<CliCommand> {
  return (await load())(context).description(description);
}

function unloaded({ name, description }: ListedCommand): CliCommand {
  return new CliCommand(name).description(description);
}

/** The help command of commander accepts one name. This one accepts nested names: `help device send`. */
function helpCommand(program: CliCommand): CliCommand {
  return new CliCommand('help')
    .argument('[command...]', 'such as: device send')
    .usage('[command...]')
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
