/** Generates docs/cli.md from the commands, so that the page always matches them. */
import type { Command } from 'commander';
import type { CliCommand } from './command.ts';
import { createContext } from './context.ts';
import { exitMeaning } from './exit.ts';
import { createProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

const INTRODUCTION = `# The \`fairlead\` command

<!-- Generated from packages/cli: change the commands there. -->

In the project folder, run it with \`npx fairlead\`. This works even if the installed Node is older than 26: the command then starts the Node
of the npm package \`node\`.

Data goes to stdout, and messages go to stderr. Every command has the option \`--format json\`: it then prints one JSON document, with
lists as arrays. \`sub\`, \`sim\`, \`dial\` and \`listen\` print one JSON object per line. An error is one line, \`fairlead: CODE: message\`, followed by
a line that says what to do. [errors.md](errors.md) describes the codes.

On a terminal, control characters and characters that change the direction of writing are shown as escapes such as \`\\u001b\`, whatever a device or peer sends.
Only tabs and line ends are printed as they are. Output to a file or a pipe is not changed.

| variable | meaning |
|---|---|
| \`FAIRLEAD_URL\` | Address of the service. Default: the address in \`fairlead.yaml\` in the working folder, otherwise \`http://127.0.0.1:7650\`. |
| \`FAIRLEAD_TOKEN\` | The administrator's token. |
| \`FAIRLEAD_DATA\` | The data folder. If \`FAIRLEAD_TOKEN\` is not set, the token is read from the file \`admin-token\` in it. Default: the folder in \`fairlead.yaml\` in the working folder, otherwise \`./fairlead-data\`. |
| \`FAIRLEAD_DEBUG\` | \`1\` adds a stack trace to each error. |
| \`NO_COLOR\` | Turns colours off. Output to a file or a pipe never has colours. |
| \`XDG_CACHE_HOME\` | Folder for the cache of compiled code, in its subfolder \`fairlead\`. Default: \`~/.cache\`. The cache halves the startup time of a command. You can delete it at any time; \`NODE_DISABLE_COMPILE_CACHE=1\` turns it off. |

Secrets are never arguments, because other users of the machine can see arguments. A token to import is read from a file or from stdin.
`;

/** The text of docs/cli.md. */
export async function cliReference(): Promise<string> {
  const program = await createProgram(createContext(nowhere()), () => true);
  const leaves = [...leavesOf(program)].filter((command) => command.name() !== 'help');
  return `${[
    INTRODUCTION,
    statuses(),
    '## Commands\n',
    ...leaves.map((command) => `- [\`${pathOf(command)}\`](#${anchorOf(command)}): ${command.description()}`),
    '',
    ...leaves.map(section),
  ].join('\n')}`;
}

function statuses(): string {
  const rows = exitMeaning.map(([status, meaning]) => `| ${status} | ${meaning} |`);
  return `| exit status | meaning |\n|---|---|\n${rows.join('\n')}\n
A command that a signal interrupts ends with 128 plus the number of the signal. \`serve\` and \`sim\` are normally ended by a signal and then exit with 0. So do
\`sub\`, \`dial\`, \`listen\` and \`indi watch\`, unless they still wait for something. If output cannot be written, for instance because the disk is full, every command ends with
\`OUTPUT_FAILED\` and status 1. If the reader of a pipe has ended (\`| head\`), a command ends without a message and with status 141, like programs that SIGPIPE ends.\n`;
}

function section(command: CliCommand): string {
  const parts = [`### ${pathOf(command)}\n`, `${command.description()}.\n`];
  parts.push(`\`\`\`\n${pathOf(command)} ${command.usage()}\n\`\`\`\n`);
  const rows = [
    ...command.registeredArguments
      .filter(({ description, argChoices }) => description !== '' || argChoices !== undefined)
      .map((argument) => [`\`${argument.name()}\``, withChoices(argument.description, argument)]),
    ...command.options
      .filter(({ hidden }) => !hidden)
      .map((option) => [`\`${option.flags}\``, withChoices(option.description, option)]),
  ];
  if (rows.length > 0) {
    const lines = rows.map(([name, text]) => `| ${name} | ${text?.replaceAll('|', '\\|')} |`);
    parts.push(`| | |\n|---|---|\n${lines.join('\n')}\n`);
  }
  const examples = command.examples.map(({ line, does }) => `# ${does}\n${line}`);
  parts.push(`\`\`\`sh\n${examples.join('\n')}\n\`\`\`\n`);
  return parts.join('\n');
}

function withChoices(text: string, of: { argChoices?: string[]; defaultValue?: unknown }): string {
  const choices =
    of.argChoices === undefined ? '' : `: ${of.argChoices.map((word) => `\`${word}\``).join(', ')}`;
  const fallback = of.defaultValue === undefined ? '' : `; default \`${of.defaultValue}\``;
  return `${text}${choices}${fallback}`;
}

function* leavesOf(command: Command): Generator<CliCommand> {
  if (command.commands.length === 0) yield command as CliCommand;
  for (const child of command.commands) yield* leavesOf(child);
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function anchorOf(command: Command): string {
  return pathOf(command).replaceAll(' ', '-');
}

/** A terminal for commands that are only inspected, never run. */
function nowhere(): Terminal {
  return {
    env: {},
    stdin: (async function* () {})(),
    clock: { now: () => 0, monotonic: () => 0, after: () => ({}), clear: () => {} },
    interactive: false,
    random: () => 0,
    colour: false,
    columns: 100,
    interrupted: new AbortController().signal,
    out: () => {},
    write: async () => {},
    settled: async () => undefined,
    closeInput: () => {},
    err: () => {},
    onHangup: () => () => {},
    onEnter: () => () => {},
    hideInput: () => undefined,
    interrupt: () => {},
  };
}
