import type { MessageView } from '@fairlead/api';
import { Option } from 'commander';
import { countArgument } from '../arguments.ts';
import type { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { cliLimits } from '../limits.ts';
import { ListCommand } from '../list-command.ts';
import { fields } from '../output/text.ts';

interface MessagesOptions {
  readonly kind?: 'attributes' | 'events' | 'raw';
  readonly filter?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
}

export function messagesCommand(context: Context): CliCommand {
  return new ListCommand('messages', context)
    .argument('<name>')
    .description('List the stored messages of a device, the newest first')
    .addOption(new Option('--kind <kind>', 'only of this kind').choices(['attributes', 'events', 'raw']))
    .option('--filter <text>', 'only messages that match; see the guide of the HTTP API')
    .option('--since <time>', 'only messages measured since: 1h, 2026-03-01T09:30:00Z')
    .option('--until <time>', 'only messages measured before')
    .addOption(
      new Option('-n, --limit <number>', 'show at most this many')
        .argParser(countArgument(1, cliLimits.values.page))
        .default(20),
    )
    .example('fairlead device messages meter-1', 'the latest twenty')
    .example('fairlead device messages truck-7 --kind events --since 24h', 'the events of a day')
    .action(async (name: string, query: MessagesOptions, self: CliCommand) => {
      const print = context.printer(self);
      const messages = await apiOf(context.terminal).messages.list({ params: { name }, query });
      print.show(messages, () =>
        print.table<MessageView>(
          [
            { head: 'ID', cell: ({ id }) => String(id), right: true },
            { head: 'TIME', cell: ({ time }) => time },
            { head: 'KIND', cell: ({ kind }) => kind },
            { head: 'VALUES', cell: ({ values }) => fields(values) },
          ],
          messages,
        ),
      );
      if (messages.length === 0) print.note('No message is stored.');
    });
}
