/** docs/cli.md, made of the commands themselves, so that it says what they do. */
import type { Command } from 'commander';
import type { CliCommand } from './command.ts';
import { createContext } from './context.ts';
import { exitMeaning } from './exit.ts';
import { createProgram } from './program.ts';
import type { Terminal } from './terminal.ts';

const INTRODUCTION = `# The \`fairlead\` command

<!-- Generated from packages/cli: change the commands there. -->

In the project folder \`npx fairlead\` runs it, also where the system's Node is older than 26: it then hands over to the Node
of the npm package \`node\`.

Data goes to stdout, what is said about it to stderr. Every command takes \`--format json\`: it then prints one JSON document,
lists as arrays; \`sub\`, \`sim\`, \`dial\` and \`listen\` print one JSON object a line. An error is one line, \`fairlead: CODE: message\`, and a
line that says what to do; the codes stand in [errors.md](errors.md).

On a terminal control characters and those that change the direction of writing are shown as \`\\u001b\` and the like, whatever a device or peer sends:
tabs and line ends alone stay. A file or a pipe gets them as they are.

| variable | what it sets |
|---|---|
| \`FAIRLEAD_URL\` | the service that commands talk to; else what \`fairlead.yaml\` in the working folder says, else \`http://127.0.0.1:7650\` |
| \`FAIRLEAD_TOKEN\` | the administrator's token |
| \`FAIRLEAD_DATA\` | the data folder; where \`FAIRLEAD_TOKEN\` is not set, its file \`admin-token\` is read. Else what \`fairlead.yaml\` in the working folder says, else \`./fairlead-data\` |
| \`FAIRLEAD_DEBUG\` | \`1\` adds where in the code an error was made |
| \`NO_COLOR\` | no colours; there are none in a file or a pipe either |
| \`XDG_CACHE_HOME\` | where compiled code is kept, in the folder \`fairlead\`, which halves the time that a command takes to start; else \`~/.cache\`. It may be deleted at any time, and \`NODE_DISABLE_COMPILE_CACHE=1\` keeps none |

Secrets are never arguments, which other users of the machine can see: a token to import comes from a file or from stdin.
`;

/** The text of docs/cli.md. */
export function cliReference(): string {
  const program = createProgram(createContext(nowhere()));
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
A command that a signal cuts short ends with 128 and the signal's number; \`serve\` and \`sim\`, which are meant to be ended so, with 0, and so do
\`sub\`, \`dial\`, \`listen\` and \`indi watch\` unless they still wait for something. Output that cannot be written, such as on a full disk, ends every command with
\`OUTPUT_FAILED\` and status 1; where nobody reads it any more (\`| head\`) a command ends without a word and with 141, as programs that SIGPIPE ends.\n`;
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

/** The commands are looked at, not run. */
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
    onEnter: () => () => {},
  };
}
