import type { InboxEntryView } from '@fairlead/api';
import { Option } from 'commander';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { readInput } from '../input.ts';
import { ListCommand } from '../list-command.ts';
import type { Printer } from '../output/printer.ts';
import { size } from '../output/text.ts';
import { type ParameterOptions, parameterOptions, parametersOf } from '../parameters.ts';
import { forEachName } from '../several.ts';
import { relative } from './device-text.ts';

export function inboxCommand(context: Context): CliCommand {
  const group = new CliCommand('inbox');
  for (const command of [
    listCommand(context),
    showCommand(context),
    enrollCommand(context),
    dropCommand(context),
  ])
    group.addCommand(command);
  return group;
}

function listCommand(context: Context): CliCommand {
  return new ListCommand('ls', context)
    .description('List unknown devices, the one seen last first')
    .option(
      '--filter <text>',
      'only entries that match: state:dead -profile:gt06; see the guide of the HTTP API',
    )
    .example('fairlead inbox ls', 'show which devices wait')
    .action(async (query: { filter?: string }, self: CliCommand) => {
      const print = context.printer(self);
      const entries = await apiOf(context.terminal).inbox.list({ query });
      print.show(entries, () => inboxTable(entries, print, context.terminal.clock.now()));
      if (entries.length === 0 && !print.json)
        print.note(
          'The inbox is empty. Unknown devices come here from listeners with "profiles" and "unknown: inbox" in the configuration.',
        );
    });
}

function showCommand(context: Context): CliCommand {
  return new CliCommand('show')
    .argument('<id>', 'id of an entry, as "inbox ls" shows it')
    .description('Show an unknown device and its first frames')
    .example('fairlead inbox show 01J8', 'show an entry')
    .action(async (id: string, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const entry = await apiOf(context.terminal).inbox.get({ params: { id } });
      print.show(entry, () => page(entry, print, context.terminal.clock.now()));
    });
}

interface EnrollOptions extends ParameterOptions {
  readonly name: string;
  readonly label?: string;
  readonly type?: 'standard' | 'gateway';
  readonly secretFile?: string;
  readonly profile?: string;
  readonly id?: string;
}

function enrollCommand(context: Context): CliCommand {
  const command = new CliCommand('enroll')
    .argument('<id>', 'id of an entry, as "inbox ls" shows it')
    .description('Register an unknown device. If it is connected, what it has sent is decoded at once')
    .requiredOption('--name <name>', 'name of the new device; it cannot be changed later')
    .option('--label <text>', 'free text that describes the device')
    .addOption(new Option('--type <type>', 'type of the device').choices(['standard', 'gateway']))
    .option(
      '--profile <profile>',
      'its profile, if none recognised it; "inbox show" says which ones may be right',
    )
    .option('--id <identity>', 'its identity, if no profile recognised it')
    .option('--secret-file <file>', 'file with the secret of the device; "-" reads stdin')
    .example('fairlead inbox enroll 01J8 --name truck-7', 'register a device');
  for (const option of parameterOptions()) command.addOption(option);
  return command.action(async (id: string, options: EnrollOptions, self: CliCommand) => {
    const { name, label, type, secretFile, profile, id: identity } = options;
    const { terminal } = context;
    const print = context.printer(self);
    const secret =
      secretFile === undefined ? undefined : (await readInput(secretFile, terminal)).replace(/\r?\n$/, '');
    const parameters = (await parametersOf(options, terminal)) as Record<string, never> | undefined;
    const body = { name, label, type, secret, parameters, profile, identity };
    const enrolled = await apiOf(context.terminal).inbox.enroll({ params: { id }, body });
    const state = enrolled.connected ? 'It is connected.' : 'It is not connected now.';
    print.show(enrolled, () => [`Registered ${name} (${enrolled.profile} ${enrolled.identity}). ${state}`]);
    if (profile !== undefined && !print.json)
      print.note(`Its listener must have ${profile} among its "profiles" in the configuration.`);
  });
}

function dropCommand(context: Context): CliCommand {
  return new CliCommand('drop')
    .argument('<id...>', 'id of an entry, as "inbox ls" shows it')
    .description('Remove entries and close the links of the devices, which may connect again')
    .example('fairlead inbox drop 01J8', 'remove an entry')
    .action(async (ids: string[], _options: unknown, self: CliCommand) => {
      const api = apiOf(context.terminal);
      await forEachName({
        names: ids,
        print: context.printer(self),
        work: async (id) => {
          await api.inbox.drop({ params: { id } });
          return { id, removed: true };
        },
        line: (id) => `Removed ${id}.`,
      });
    });
}

function inboxTable(entries: readonly InboxEntryView[], print: Printer, now: number): string[] {
  if (entries.length === 0) return [];
  return print.table<InboxEntryView>(
    [
      { head: 'ID', cell: ({ id }) => id },
      { head: 'PROFILE', cell: ({ profile, parent }) => profile || (parent === undefined ? 'unknown' : '') },
      { head: 'IDENTITY', cell: ({ identity }) => identity },
      { head: 'BEHIND', cell: ({ parent }) => parent },
      { head: 'CONNECTED', cell: ({ connected }) => (connected ? 'yes' : 'no') },
      { head: 'SEEN', cell: ({ lastSeen }) => relative(lastSeen, now) },
      { head: 'TIMES', cell: ({ count }) => String(count), right: true },
      { head: 'REMOTE', cell: ({ remote }) => remote },
      { head: 'LISTENER', cell: ({ listener }) => listener },
    ],
    entries,
  );
}

function page(entry: InboxEntryView, print: Printer, now: number): string[] {
  const { id, profile, identity, parent, listener, remote, count, bytes, connected, frames } = entry;
  const { guess } = entry;
  const named = guess === undefined ? '' : ` --profile ${guess[0]?.profile ?? 'PROFILE'} --id IDENTITY`;
  return [
    ...print.facts([
      ['id', id],
      ['profile', profile || undefined],
      ['identity', identity],
      ['behind', parent],
      ['connected', connected ? 'yes' : 'no'],
      ['listener', listener],
      ['remote', remote],
      ['first seen', relative(entry.firstSeen, now)],
      ['last seen', relative(entry.lastSeen, now)],
      ['times', String(count)],
      ['received', size(bytes)],
    ]),
    ...(frames.length === 0 ? [] : ['', 'First frames:', ...frames]),
    ...(guess === undefined || guess.length === 0
      ? []
      : ['', 'Its bytes fit:', ...guess.map((one) => `${one.profile}: ${one.because.join('; ')}`)]),
    '',
    `Register it: fairlead inbox enroll ${id} --name NAME${named}`,
  ];
}
