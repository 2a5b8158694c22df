/** Tasks, triggers and jobs. */
import type { TriggerView } from '@fairlead/api';
import { CliCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import { apiOf } from '../../http/api.ts';
import { ListCommand } from '../../list-command.ts';
import {
  addFileCommand,
  editFileCommand,
  exportCommand,
  importCommand,
  type Kind,
  listCommand,
  quoted,
  removeCommand,
  showCommand,
} from './definitions.ts';
import { located, readDefinition } from './mistakes.ts';
import { follow, lineText, noteMasked, secretsOption } from './run.ts';
import { variable, varOption } from './variable.ts';

const connection = {
  head: 'CONNECTION',
  cell: (row: Record<string, unknown>) => {
    const { connection: of } = row as {
      connection?: string | { address?: string; port?: number; device?: string };
    };
    if (typeof of === 'object' && of.device !== undefined) return `device ${of.device}`;
    return typeof of === 'string' ? of : `${of?.address ?? '127.0.0.1'}:${of?.port ?? 9_090}`;
  },
};

const task: Kind = { kind: 'task', example: { name: 'greet', file: 'greet.yaml' }, columns: [connection] };
const trigger: Kind = {
  kind: 'trigger',
  example: { name: 'door', file: 'door.yaml' },
  columns: [connection],
  // A saved trigger may be unable to listen. Report this now.
  async saved({ terminal }, name) {
    const states = await apiOf(terminal).triggers.states();
    const { state, address, code, error } = states.find((one) => one.name === name) ?? {};
    if (state === 'listening')
      return [
        `It listens at ${address}${code === undefined ? '' : `, from which nothing can come now: ${error} (${code})`}.`,
      ];
    if (state === 'failed') return [`It cannot listen yet and keeps retrying: ${error} (${code})`];
    return [`It does not listen: fairlead trigger start ${quoted(name)}`];
  },
};
/** The commands of definitions that come from files. */
export function common(context: Context, kind: Kind): CliCommand[] {
  return [
    addFileCommand(context, kind),
    showCommand(context, kind),
    editFileCommand(context, kind),
    removeCommand(context, kind),
    exportCommand(context, kind),
    importCommand(context, kind),
  ];
}

export function grouped(name: string, commands: readonly CliCommand[]): CliCommand {
  const group = new CliCommand(name);
  for (const command of commands) group.addCommand(command);
  return group;
}

export interface RunOptions {
  readonly var?: Record<string, string>;
  readonly secrets?: boolean;
}

export function taskCommand(context: Context): CliCommand {
  const run = new CliCommand('run')
    .argument(
      '<name>',
      'name of a saved task, or a file with rules and their connection (.yaml, .json, - for stdin)',
    )
    .option(...varOption, variable)
    .option(...secretsOption)
    .description('Run a task and show its output; Ctrl-C stops it')
    .example('fairlead task run greet --var order=4711', 'run a saved task')
    .example('fairlead task run greet --secrets', 'also show the message texts')
    .example(
      'fairlead task run greet.yaml',
      'run a task from a file; only values of environment variables are masked',
    )
    .action(async (name: string, { var: variables = {}, secrets }: RunOptions, self: CliCommand) => {
      const api = apiOf(context.terminal);
      const print = context.printer(self);
      const isFile = name === '-' || /\.(ya?ml|json)$/.test(name);
      const file = isFile ? await readDefinition(context, print, 'task', name) : undefined;
      const { id } =
        file === undefined
          ? await api.tasks.run({ params: { name }, body: { variables } })
          : await located(name, file.yaml, [], () =>
              api.tasks.runUnsaved({ body: { task: file.found, variables } }),
            );
      await follow(context, id, print, secrets || isFile);
    });
  return grouped('task', [run, listCommand(context, task), ...common(context, task)]);
}

export function triggerCommand(context: Context): CliCommand {
  return grouped('trigger', [
    statesCommand(context),
    startCommand(context),
    stopCommand(context),
    logsCommand(context),
    ...common(context, trigger),
  ]);
}

function statesCommand(context: Context): CliCommand {
  return new ListCommand('ls', context)
    .description('List triggers with their state, address and counters')
    .example('fairlead trigger ls', 'list triggers, and why one does not listen')
    .action(async (_options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const rows = await apiOf(context.terminal).triggers.states();
      print.show(rows, () =>
        rows.length === 0
          ? []
          : print.table<TriggerView>(
              [
                { head: 'NAME', cell: (row) => row.name },
                { head: 'STATE', cell: (row) => row.state },
                { head: 'ADDRESS', cell: (row) => row.address },
                { head: 'CLIENTS', cell: (row) => String(row.clients), right: true },
                { head: 'SO FAR', cell: (row) => String(row.accepted), right: true },
                { head: 'FIRED', cell: (row) => String(row.fires), right: true },
                { head: 'FAILED', cell: (row) => String(row.failures), right: true },
                { head: 'REFUSED', cell: (row) => String(row.refused), right: true },
                { head: 'CODE', cell: (row) => row.code },
              ],
              rows,
            ),
      );
      if (rows.length === 0 && !print.json) print.note('No triggers yet: fairlead trigger add --help');
    });
}

function startCommand(context: Context): CliCommand {
  return new CliCommand('start')
    .argument('<name>')
    .description('Start a trigger')
    .example('fairlead trigger start door', 'start a trigger, or show why it cannot listen')
    .action(async (name: string, _options: unknown, self: CliCommand) => {
      const state = await apiOf(context.terminal).triggers.start({ params: { name } });
      context.printer(self).show(state, () => [`"${name}" listens at ${state.address}.`]);
    });
}

function stopCommand(context: Context): CliCommand {
  return new CliCommand('stop')
    .argument('<name>')
    .description('Stop a trigger and close its clients')
    .example('fairlead trigger stop door', 'stop it until it or the service is started again')
    .action(async (name: string, _options: unknown, self: CliCommand) => {
      await apiOf(context.terminal).triggers.stop({ params: { name } });
      context.printer(self).show({ name, stopped: true }, () => [`Stopped trigger "${name}".`]);
    });
}

function logsCommand(context: Context): CliCommand {
  return new CliCommand('logs')
    .argument('<name>')
    .option(...secretsOption)
    .description('Show the latest output of the clients of a trigger')
    .example('fairlead trigger logs door', 'show the output since its last start')
    .example('fairlead trigger logs door --secrets', 'also show the message texts')
    .action(async (name: string, { secrets }: { secrets?: boolean }, self: CliCommand) => {
      const print = context.printer(self);
      const { lines, dropped } = await apiOf(context.terminal).triggers.output({
        params: { name },
        query: { secrets },
      });
      print.show({ lines, dropped }, () => lines.map(lineText));
      if (lines.length === 0 && !print.json)
        print.note('No client has connected since the last start. See: fairlead trigger ls');
      noteMasked(
        print,
        secrets,
        lines.some(({ type }) => type !== 'info'),
      );
      if (dropped > 0 && !print.json) print.note(`${dropped} earlier lines were removed.`);
    });
}
