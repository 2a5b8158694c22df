/** Tasks, triggers and jobs. */
import type { TriggerView } from '@fairlead/api';
import { CliCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
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
    const { connection: of } = row as { connection?: string | { address?: string; port?: number } };
    return typeof of === 'string' ? of : `${of?.address ?? '127.0.0.1'}:${of?.port ?? 9_090}`;
  },
};

const task: Kind = { kind: 'task', example: { name: 'greet', file: 'greet.yaml' }, columns: [connection] };
const trigger: Kind = {
  kind: 'trigger',
  example: { name: 'door', file: 'door.yaml' },
  columns: [connection],
  // Saved it may be, and yet unable to listen: better said now than found out later.
  async saved({ api }, name) {
    const states = await api().triggers.states();
    const { state, address, code, error } = states.find((one) => one.name === name) ?? {};
    if (state === 'listening') return [`It listens at ${address}.`];
    if (state === 'failed') return [`It cannot listen yet, and goes on trying: ${error} (${code})`];
    return [`It does not listen: fairlead trigger start ${quoted(name)}`];
  },
};
/** What is saved from files has these. */
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

export function grouped(name: string, description: string, commands: readonly CliCommand[]): CliCommand {
  const group = new CliCommand(name).description(description);
  for (const command of commands) group.addCommand(command);
  return group;
}

export interface RunOptions {
  readonly var?: Record<string, string>;
  readonly secrets?: boolean;
}

export function taskCommand(context: Context): CliCommand {
  const run = new CliCommand('run')
    .argument('<name>', 'of a saved task, or a file of rules with its connection (.yaml, .json, - for stdin)')
    .option(...varOption, variable)
    .option(...secretsOption)
    .description('Run a task and show what happened; Ctrl-C stops it')
    .example('fairlead task run greet --var order=4711', 'one that is saved')
    .example('fairlead task run greet --secrets', 'and what was said')
    .example('fairlead task run greet.yaml', 'one in a file: only values of the environment are masked')
    .action(async (name: string, { var: variables = {}, secrets }: RunOptions, self: CliCommand) => {
      const api = context.api();
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
  return grouped('task', 'Rules run as a TCP client', [
    run,
    listCommand(context, task),
    ...common(context, task),
  ]);
}

export function triggerCommand(context: Context): CliCommand {
  return grouped('trigger', 'Rules run as a TCP listener', [
    statesCommand(context),
    startCommand(context),
    stopCommand(context),
    logsCommand(context),
    ...common(context, trigger),
  ]);
}

function statesCommand(context: Context): CliCommand {
  return new CliCommand('ls')
    .description('List triggers: which listen, where, and what they did')
    .example('fairlead trigger ls', 'and why one does not')
    .action(async (_options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const rows = await context.api().triggers.states();
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
    .description('Let a trigger listen')
    .example('fairlead trigger start door', 'says what stands in its way')
    .action(async (name: string, _options: unknown, self: CliCommand) => {
      const state = await context.api().triggers.start({ params: { name } });
      context.printer(self).show(state, () => [`"${name}" listens at ${state.address}.`]);
    });
}

function stopCommand(context: Context): CliCommand {
  return new CliCommand('stop')
    .argument('<name>')
    .description('Let a trigger listen no more; its clients are closed')
    .example('fairlead trigger stop door', 'until it, or the service, is started again')
    .action(async (name: string, _options: unknown, self: CliCommand) => {
      await context.api().triggers.stop({ params: { name } });
      context.printer(self).show({ name, stopped: true }, () => [`Stopped trigger "${name}".`]);
    });
}

function logsCommand(context: Context): CliCommand {
  return new CliCommand('logs')
    .argument('<name>')
    .option(...secretsOption)
    .description('Show what the clients of a trigger did, the latest lines')
    .example('fairlead trigger logs door', 'since it listened last')
    .example('fairlead trigger logs door --secrets', 'and what was said')
    .action(async (name: string, { secrets }: { secrets?: boolean }, self: CliCommand) => {
      const print = context.printer(self);
      const { lines, dropped } = await context
        .api()
        .triggers.output({ params: { name }, query: { secrets } });
      print.show({ lines, dropped }, () => lines.map(lineText));
      if (lines.length === 0 && !print.json)
        print.note('No client has come since it listened last: fairlead trigger ls');
      noteMasked(
        print,
        secrets,
        lines.some(({ type }) => type !== 'info'),
      );
      if (dropped > 0 && !print.json) print.note(`${dropped} earlier lines are no longer kept.`);
    });
}
