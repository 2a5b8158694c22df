import type { AuditEntryView } from '@fairlead/api';
import { InvalidArgumentError } from 'commander';
import { countArgument, durationArgument } from '../arguments.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { ListCommand } from '../list-command.ts';
import type { Printer } from '../output/printer.ts';

export function auditCommand(context: Context): CliCommand {
  const group = new CliCommand('audit');
  group.addCommand(listCommand(context));
  return group;
}

interface ListOptions {
  readonly who?: string;
  readonly action?: string;
  readonly target?: string;
  readonly since?: Since;
  readonly limit: number;
}

/** A time, or how long ago. */
type Since = { readonly time: string } | { readonly ago: number };

function listCommand(context: Context): CliCommand {
  return new ListCommand('ls', context)
    .description('List who changed what, the newest first')
    .option('--who <name>', 'only what this user or token did')
    .option('--action <action>', 'only this operation, such as changeDevice')
    .option('--target <name>', 'only what was done to this device, user or other thing')
    .option('--since <time>', 'only since this time: 2h, 7d, or 2026-03-01T09:30:00Z', sinceArgument)
    .option('-n, --limit <count>', 'largest number of entries', countArgument(1, 1_000), 100)
    .example('fairlead audit ls --since 24h', 'what was changed since yesterday')
    .example('fairlead audit ls --target meter-1', 'who changed meter-1')
    .action(async ({ since, ...query }: ListOptions, self: CliCommand) => {
      const { terminal } = context;
      const print = context.printer(self);
      const from = since && ('time' in since ? since.time : timeBefore(terminal.clock.now(), since.ago));
      const entries = await apiOf(terminal).audit.list({ query: { ...query, since: from } });
      print.show(entries, () => auditTable(entries, print));
      if (entries.length === 0 && !print.json) print.note('No entries.');
    });
}

const timeBefore = (now: number, ms: number): string => new Date(Math.max(0, now - ms)).toISOString();

function sinceArgument(text: string): Since {
  if (/^\d{4}-/.test(text)) {
    const time = Date.parse(text);
    if (Number.isNaN(time)) throw new InvalidArgumentError('Write a time such as 2026-03-01T09:30:00Z.');
    return { time: new Date(time).toISOString() };
  }
  return { ago: durationArgument(text) };
}

function auditTable(entries: readonly AuditEntryView[], print: Printer): string[] {
  if (entries.length === 0) return [];
  return print.table<AuditEntryView>(
    [
      { head: 'TIME', cell: ({ time }) => time.replace(/\.\d+Z$/, 'Z') },
      { head: 'WHO', cell: ({ kind, who }) => (who === '' ? kind : who) },
      { head: 'VIA', cell: ({ via }) => via },
      { head: 'FROM', cell: ({ remote }) => remote },
      { head: 'ACTION', cell: ({ action }) => action },
      { head: 'TARGET', cell: ({ target }) => target },
      { head: 'RESULT', cell: ({ status, code }) => code ?? String(status) },
      { head: 'CHANGES', cell: ({ changes = {} }) => changesLine(changes) },
    ],
    entries,
  );
}

/** `label: "Cellar" -> "Attic", profile: "gt06"`. */
function changesLine(changes: NonNullable<AuditEntryView['changes']>): string {
  return Object.entries(changes)
    .map(([field, { before, after }]) => {
      const values = [before, after]
        .filter((value) => value !== undefined)
        .map((value) => JSON.stringify(value));
      const gone = after === undefined ? ' removed' : '';
      return `${field}: ${values.join(' -> ')}${gone}`;
    })
    .join(', ');
}
