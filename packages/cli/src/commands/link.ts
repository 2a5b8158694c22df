import type { LinkView } from '@fairlead/api';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { cliLimits } from '../limits.ts';
import { ListCommand } from '../list-command.ts';
import type { Printer } from '../output/printer.ts';
import { size } from '../output/text.ts';
import { forEachName } from '../several.ts';
import { relative } from './device-text.ts';

export function linkCommand(context: Context): CliCommand {
  const group = new CliCommand('link');
  for (const command of [listCommand(context), inspectCommand(context), killCommand(context)]) {
    group.addCommand(command);
  }
  return group;
}

function listCommand(context: Context): CliCommand {
  return new ListCommand('ls', context)
    .description('List open links, then recently closed links with the code of their end')
    .option('--since <time>', 'only links that were open since: 1h, 2026-03-01T09:30:00Z')
    .option('--until <time>', 'only links that were opened before')
    .option(
      '--filter <text>',
      'only entries that match: state:dead -profile:gt06; see the guide of the HTTP API',
    )
    .example('fairlead link ls', 'list open and recently closed links')
    .example("fairlead link ls --filter 'code:IDLE_TIMEOUT -listener:dial*'", 'links that were idle')
    .example('fairlead link ls --since 1h', 'links that were open in the last hour')
    .action(async (range: { since?: string; until?: string; filter?: string }, self: CliCommand) => {
      const print = context.printer(self);
      const links = await apiOf(context.terminal).links.list({
        query: { ...range, limit: cliLimits.values.links },
      });
      print.show(links, () => linkTable(links, print, context.terminal.clock.now()));
      if (links.length === 0 && !print.json) {
        print.note('No links yet. To simulate a device: fairlead sim official');
      }
    });
}

function inspectCommand(context: Context): CliCommand {
  return new CliCommand('inspect')
    .argument('<id>')
    .description('Show a link: its traffic, refused messages, and why it closed')
    .example('fairlead link inspect 1f', 'show the link 1f')
    .action(async (id: string, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const link = await apiOf(context.terminal).links.get({ params: { id } });
      print.show(link, () => linkPage(link, print, context.terminal.clock.now()));
    });
}

function killCommand(context: Context): CliCommand {
  return new CliCommand('kill')
    .argument('<id...>')
    .description('Close links; the devices may connect again')
    .example('fairlead link kill 1f', 'close the link 1f')
    .example(
      "fairlead link ls -q --filter 'state:open listener:custom' | xargs fairlead link kill",
      'close several',
    )
    .action(async (ids: string[], _options: unknown, self: CliCommand) => {
      const api = apiOf(context.terminal);
      await forEachName({
        names: ids,
        print: context.printer(self),
        work: async (id) => {
          await api.links.close({ params: { id } });
          return { id, closed: true };
        },
        line: (id) => `Closed link ${id}.`,
      });
    });
}

function linkTable(links: readonly LinkView[], print: Printer, now: number): string[] {
  if (links.length === 0) return [];
  return print.table<LinkView>(
    [
      { head: 'ID', cell: (link) => link.id },
      { head: 'DEVICE', cell: (link) => link.device ?? '-' },
      { head: 'STATE', cell: (link) => link.state },
      { head: 'LISTENER', cell: (link) => link.listener },
      { head: 'REMOTE', cell: (link) => link.remote },
      { head: 'OPENED', cell: (link) => relative(link.openedAt, now) },
      { head: 'RECEIVED', cell: (link) => size(link.bytesIn), right: true },
      { head: 'SENT', cell: (link) => size(link.bytesOut), right: true },
      { head: 'CODE', cell: (link) => link.code },
    ],
    links,
  );
}

function linkPage(link: LinkView, print: Printer, now: number): string[] {
  const refused = Object.entries(link.refusals ?? {}).map(([code, count]) => `${code} ${count}`);
  return print.facts([
    ['id', link.id],
    ['device', link.device ?? '- (not authenticated)'],
    ['state', link.state],
    ['listener', link.listener],
    ['remote', link.remote],
    ['opened', relative(link.openedAt, now)],
    ['closed', relative(link.closedAt, now)],
    ['code', link.code],
    ['reason', link.reason],
    ['received', `${size(link.bytesIn)} in ${link.framesIn} frames`],
    ['sent', `${size(link.bytesOut)} in ${link.framesOut} frames`],
    ['last received', relative(link.lastReceivedAt, now)],
    ['refused', refused.length === 0 ? undefined : refused.join(', ')],
    ['last refusal', link.lastRefusal],
    ...(link.refusedFrames ?? []).map((frame): [string, string] => [
      'refused message',
      `${frame.code} ${relative(frame.time, now)}, ${size(frame.size)}: ${frame.hex}${frame.hex.length < 2 * frame.size ? '...' : ''}`,
    ]),
    ['offending bytes', link.offending],
  ]);
}
