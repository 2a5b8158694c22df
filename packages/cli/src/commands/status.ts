import type { ServiceStatus } from '@fairlead/api';
import type { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { ListCommand } from '../list-command.ts';
import type { Printer } from '../output/printer.ts';
import { count, printable, size } from '../output/text.ts';
import { relative } from './device-text.ts';

export function statusCommand(context: Context): CliCommand {
  return new ListCommand('status', context)
    .description('Show how the service is: its parts, devices and listeners, and what needs attention')
    .example('fairlead status', 'see at once whether all is well')
    .example('fairlead status --watch 5', 'keep it on a screen')
    .action(async (_options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const { terminal } = context;
      const api = apiOf(terminal);
      const status = await api.service.status();
      print.show(status, () => page(status, api.url, print, terminal.clock.now()));
    });
}

function page(status: ServiceStatus, url: URL, print: Printer, now: number): string[] {
  const { version, startedAt, ready, bus, counts, listeners } = status;
  const troubles = Object.entries(ready.checks).filter(([, { ok }]) => !ok);
  const { paint } = print;
  const state = ready.ready ? paint.green('ready') : paint.red('not ready');
  const waiting =
    bus.queuedMessages === 0
      ? ''
      : `, ${count(bus.queuedMessages, 'message')} (${size(bus.queuedBytes)}) wait`;
  return [
    `${state}  Fairlead ${version} at ${url.origin}, started ${relative(startedAt, now)}`,
    ...troubles.map(([check, { detail }]) => `${paint.red('!')} ${check}: ${printable(detail)}`),
    '',
    ...print.facts([
      ['devices', `${counts.devices}, ${counts.online} online`],
      ['bus', `${bus.kind}, ${bus.state}, ${bus.published} published, ${bus.received} received${waiting}`],
      ['streams', String(counts.streams)],
    ]),
    '',
    ...print.table<ServiceStatus['listeners'][number]>(
      [
        { head: 'LISTENER', cell: ({ name }) => name },
        { head: 'PROTOCOL', cell: ({ protocol }) => protocol },
        { head: 'ADDRESS', cell: ({ address }) => address },
        { head: 'LINKS', cell: ({ sessions }) => String(sessions), right: true },
      ],
      listeners,
    ),
  ];
}
