import type { JobView } from '@fairlead/api';
import { CliCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import { apiOf } from '../../http/api.ts';
import { readInput } from '../../input.ts';
import { ahead } from '../../output/text.ts';
import { relative } from '../device-text.ts';
import { type Kind, listCommand } from './definitions.ts';
import { common, grouped, type RunOptions } from './groups.ts';
import { showChecked } from './mistakes.ts';
import { follow, secretsOption } from './run.ts';
import { variable, varOption } from './variable.ts';

const job: Kind = {
  kind: 'job',
  example: { name: 'nightly', file: 'nightly.yaml' },
  columns: [
    { head: 'STARTED BY', cell: (row) => startsOf(row.on) },
    { head: 'STEPS', cell: (row) => String((row.steps as unknown[]).length), right: true },
    { head: 'NEXT', cell: (row, now) => nextOf(row as Partial<JobView>, now) },
    { head: 'LAST', cell: (row, now) => lastOf(row as Partial<JobView>, now) },
  ],
  states: ({ terminal }) => apiOf(terminal).jobs.states(),
  async saved({ terminal }, name) {
    const states = await apiOf(terminal).jobs.states();
    const { nextAt, enabled } = states.find((one) => one.name === name) ?? {};
    if (enabled === false) return ['It is disabled: it runs only when started by hand.'];
    if (nextAt === undefined) return [];
    return [`It starts next ${ahead(Date.parse(nextAt), terminal.clock.now())}, at ${nextAt}.`];
  },
};

function startsOf(on: unknown): string {
  const starts = (on ?? []) as { trigger?: string; schedule?: string; zone?: string }[];
  if (starts.length === 0) return 'a person';
  return starts
    .map((start) => start.trigger ?? `${start.schedule}${start.zone === undefined ? '' : ` ${start.zone}`}`)
    .join(', ');
}

function nextOf({ enabled, nextAt }: Partial<JobView>, now: number): string | undefined {
  if (enabled === false) return 'not enabled';
  return nextAt === undefined ? undefined : ahead(Date.parse(nextAt), now);
}

function lastOf({ running, waiting, last }: Partial<JobView>, now: number): string | undefined {
  if (running) return waiting ? `running, ${waiting} waiting` : 'running';
  return last && `${last.result ?? 'running'} ${relative(last.startedAt, now)}`;
}

export function jobCommand(context: Context): CliCommand {
  const run = new CliCommand('run')
    .argument('<name>')
    .option(...varOption, variable)
    .option(...secretsOption)
    .description('Run a job and show the results of its steps; Ctrl-C stops it')
    .example('fairlead job run nightly', 'run it now, regardless of its schedule')
    .action(async (name: string, { var: variables = {}, secrets }: RunOptions, self: CliCommand) => {
      const { id } = await apiOf(context.terminal).jobs.run({ params: { name }, body: { variables } });
      await follow(context, id, context.printer(self), secrets);
    });
  return grouped('job', [run, checkCommand(context), listCommand(context, job), ...common(context, job)]);
}

function checkCommand(context: Context): CliCommand {
  return new CliCommand('check')
    .argument('<file>', 'YAML or JSON; - for stdin')
    .description('Check a job and list every mistake with its line; does not need the service')
    .example('fairlead job check nightly.yaml', 'check before saving')
    .action(async (file: string, _options: unknown, self: CliCommand) => {
      const { checkFile } = await import('@fairlead/server');
      const { terminal } = context;
      const { found, problems = [] } = checkFile(
        'job',
        await readInput(file, terminal),
        terminal.clock.now(),
      );
      showChecked(context.printer(self), file, found !== undefined, problems);
    });
}
