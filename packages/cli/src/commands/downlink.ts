import type { KeptDownlinkView } from '@fairlead/api';
import { Option } from 'commander';
import { countArgument } from '../arguments.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { cliLimits } from '../limits.ts';
import { ListCommand } from '../list-command.ts';
import type { Printer } from '../output/printer.ts';
import { fields } from '../output/text.ts';
import { relative } from './device-text.ts';

const STATES = ['queued', 'attempted', 'written', 'acknowledged', 'failed', 'expired', 'cancelled'] as const;

export function downlinkCommand(context: Context): CliCommand {
  const group = new CliCommand('downlink');
  for (const command of [listCommand(context), showCommand(context), cancelCommand(context)])
    group.addCommand(command);
  return group;
}

interface ListOptions {
  readonly device?: string;
  readonly state?: (typeof STATES)[number];
  readonly filter?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
}

function listCommand(context: Context): CliCommand {
  const { page } = cliLimits.values;
  return new ListCommand('ls', context)
    .description('List downlinks that are or were kept, the newest first')
    .option('--device <name>', 'only those of one device')
    .addOption(new Option('--state <state>', 'only those in one state').choices([...STATES]))
    .option(
      '--filter <text>',
      'only entries that match: state:dead -profile:gt06; see the guide of the HTTP API',
    )
    .option('--since <time>', 'only those sent since: 1h, 2026-03-01T09:30:00Z')
    .option('--until <time>', 'only those sent before')
    .addOption(
      new Option('-n, --limit <number>', 'show at most this many')
        .argParser(countArgument(1, page))
        .default(100),
    )
    .example('fairlead downlink ls --state queued', 'show what waits')
    .example('fairlead downlink ls --device pump-3 --since 24h', 'show what became of the messages of a day')
    .action(async (options: ListOptions, self: CliCommand) => {
      const print = context.printer(self);
      const now = context.terminal.clock.now();
      const found = await apiOf(context.terminal).downlinks.list({ query: options });
      print.show(found, () => table(found, print, now));
      if (found.length === 0 && !print.json)
        print.note('There are none. "fairlead device send NAME JSON --keep" keeps one.');
    });
}

function showCommand(context: Context): CliCommand {
  return new CliCommand('show')
    .argument('<id>', 'id of a downlink, as "downlink ls" shows it')
    .description('Show a downlink and what became of it')
    .example('fairlead downlink show 01J8', 'show a downlink')
    .action(async (id: string, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const found = await apiOf(context.terminal).downlinks.get({ params: { id } });
      print.show(found, () => facts(found, print, context.terminal.clock.now()));
    });
}

function cancelCommand(context: Context): CliCommand {
  return new CliCommand('cancel')
    .argument('<id>', 'id of a downlink, as "downlink ls" shows it')
    .description('Take back a downlink that was not sent')
    .example('fairlead downlink cancel 01J8', 'cancel a downlink')
    .action(async (id: string, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const cancelled = await apiOf(context.terminal).downlinks.cancel({ params: { id } });
      print.show(cancelled, () => [`Cancelled ${id}.`]);
    });
}

function table(found: readonly KeptDownlinkView[], print: Printer, now: number): string[] {
  if (found.length === 0) return [];
  return print.table<KeptDownlinkView>(
    [
      { head: 'ID', cell: ({ id }) => id },
      { head: 'DEVICE', cell: ({ device }) => device },
      { head: 'STATE', cell: ({ state }) => state },
      { head: 'SENT', cell: ({ createdAt }) => relative(createdAt, now) },
      { head: 'TRIES', cell: ({ attempts }) => String(attempts), right: true },
      { head: 'CODE', cell: ({ code }) => code },
      { head: 'VALUES', cell: ({ values }) => fields(values) },
    ],
    found,
  );
}

function facts(downlink: KeptDownlinkView, print: Printer, now: number): string[] {
  const { id, device, kind, values, state, delivery, key, attempts, code, reason } = downlink;
  return print.facts([
    ['id', id],
    ['device', device],
    ['kind', kind],
    ['values', fields(values)],
    ['state', state],
    ['code', code],
    ['reason', reason],
    ['delivery', delivery],
    ['key', key],
    ['tries', String(attempts)],
    ['sent', relative(downlink.createdAt, now)],
    ['expires', downlink.finishedAt === undefined ? downlink.expiresAt : undefined],
    ['written', relative(downlink.writtenAt, now)],
    ['finished', relative(downlink.finishedAt, now)],
  ]);
}
