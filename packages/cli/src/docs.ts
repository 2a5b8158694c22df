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
| \`FAIRLEAD_CONTEXT\` | Name of the service to talk to, as \`fairlead context add\` saved it, if \`FAIRLEAD_URL\` is not set. \`--context\` comes first; without both, the one that \`fairlead context use\` chose. |
| \`FAIRLEAD_TOKEN\` | The token. A context has its own token, and this one is not sent there. |
| \`FAIRLEAD_DATA\` | The data folder. If \`FAIRLEAD_TOKEN\` is not set, the token is read from the file \`admin-token\` in it. Default: the folder in \`fairlead.yaml\` in the working folder, otherwise \`./fairlead-data\`. |
| \`XDG_CONFIG_HOME\` | Folder for contexts and their tokens, in its subfolder \`fairlead\`. Default: \`~/.config\`. |
| \`FAIRLEAD_DEBUG\` | \`1\` adds a stack trace to each error. |
| \`NO_COLOR\` | Turns colours off. Output to a file or a pipe never has colours. |
| \`XDG_CACHE_HOME\` | Folder for the cache of compiled code, in its subfolder \`fairlead\`. Default: \`~/.cache\`. The cache halves the startup time of a command. You can delete it at any time; \`NODE_DISABLE_COMPILE_CACHE=1\` turns it off. |

**Several services.** \`fairlead context add plant https://plant.example:7650 --token-file plant.token --ca plant-ca.pem\` remembers a service; \`fairlead context use plant\`
sends all commands there, \`--context plant\` one of them. Each token is in a file that only its owner can read, and is sent to its own service alone. \`--insecure\` is possible, and each command warns of it.

**Lists.** Every \`ls\` has \`-q\` (names alone, for \`xargs\`), \`--columns name,label,createdAt\` (columns, and fields of the JSON document), and \`--watch\` (the list again and again). \`rm\`, \`kill\` and \`drop\` take several names: what
is refused is told with its name, the others are done, and the exit status is 1.

**Changes by several people.** \`edit\` and \`rm\` send the revision of what they read. If somebody else was first, they end with \`REVISION_CONFLICT\` and status 7, and nothing is changed. \`--force\` overwrites. A file that \`show\` wrote contains its
revision: \`edit\` with this file refuses a change that somebody made since.

**Completions.** \`fairlead completion bash\`, \`zsh\` or \`fish\` prints a script for the shell. It completes commands, options, and the names of devices, profiles, links and so on, as the service has them.

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
export function nowhere(): Terminal {
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
    redraw: () => {},
    progress: () => {},
    closeInput: () => {},
    err: () => {},
    warn: () => {},
    onHangup: () => () => {},
    onEnter: () => () => {},
    hideInput: () => undefined,
    interrupt: () => {},
  };
}
