import { type HistoryBucketView, type HistorySampleView, parseMoment } from '@fairlead/api';
import { InvalidArgumentError, Option } from 'commander';
import { countArgument, durationArgument } from '../arguments.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { cliLimits } from '../limits.ts';
import { fields, printable } from '../output/text.ts';

const MOST = 100_000;

interface HistoryOptions {
  readonly from: string;
  readonly to: string;
  readonly every?: number;
  readonly limit: number;
}

export function historyCommand(context: Context): CliCommand {
  return new CliCommand('history')
    .argument('<name>')
    .argument('[field]', 'only this field')
    .description('List the values of a device over time, or their minimum, maximum and mean over intervals')
    .addOption(
      momentOption('--from <time>', 'start of the range: 2026-11-30T19:00:00Z, or -1h').default('-1h'),
    )
    .addOption(momentOption('--to <time>', 'end of the range: a time, -5m, or now').default('now'))
    .addOption(
      new Option(
        '--every <duration>',
        'show intervals of this length: whole minutes below an hour, or whole hours up to 7d',
      ).argParser(durationArgument),
    )
    .addOption(
      new Option('-n, --limit <number>', 'show at most this many')
        .argParser(countArgument(1, MOST))
        .default(1_000),
    )
    .example('fairlead device history pump-3', 'list what came within the last hour')
    .example(
      'fairlead device history pump-3 temperature --from -7d --every 1h',
      'show the temperature of a week by hours',
    )
    .action(
      async (
        name: string,
        field: string | undefined,
        { every, ...options }: HistoryOptions,
        self: CliCommand,
      ) => {
        const print = context.printer(self);
        const { history } = apiOf(context.terminal);
        const { limit, ...range } = options;
        const query = { ...range, field };
        if (every === undefined) {
          const [items, more] = await pages(limit, (page) =>
            history.samples({ params: { name }, query: { ...query, ...page } }),
          );
          print.show(items, () => print.table<HistorySampleView>(SAMPLES, items));
          if (!print.json) noteOn(items, more, print.note.bind(print));
          return;
        }
        const [items, more] = await pages(limit, (page) =>
          history.buckets({ params: { name }, query: { ...query, every, ...page } }),
        );
        print.show(items, () => print.table<HistoryBucketView>(BUCKETS, items));
        if (!print.json) noteOn(items, more, print.note.bind(print));
      },
    );
}

function momentOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string) => {
    if (parseMoment(text, 0) === undefined)
      throw new InvalidArgumentError('Write a time such as 2026-11-30T19:00:00Z, an age such as 1h, or now.');
    return text;
  });
}

const SAMPLES = [
  { head: 'TIME', cell: ({ time }: HistorySampleView) => time },
  { head: 'VALUES', cell: ({ values }: HistorySampleView) => fields(values) },
];

const number = (value: number | undefined) => (value === undefined ? '-' : fields(value));
const BUCKETS = [
  { head: 'TIME', cell: ({ time }: HistoryBucketView) => time },
  { head: 'FIELD', cell: ({ field }: HistoryBucketView) => printable(field) },
  { head: 'MIN', cell: ({ min }: HistoryBucketView) => number(min), right: true },
  { head: 'MEAN', cell: ({ mean }: HistoryBucketView) => number(mean), right: true },
  { head: 'MAX', cell: ({ max }: HistoryBucketView) => number(max), right: true },
  { head: 'COUNT', cell: ({ count }: HistoryBucketView) => String(count), right: true },
  {
    head: 'LAST',
    cell: ({ last }: HistoryBucketView) => (last === undefined ? '-' : fields(last)),
  },
];

interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | undefined;
}

/** The first entries, and whether there are more. */
async function pages<T>(
  limit: number,
  get: (page: { limit: number; after: string | undefined }) => Promise<Page<T>>,
): Promise<[T[], boolean]> {
  const all: T[] = [];
  let after: string | undefined;
  do {
    const page = await get({ limit: Math.min(limit - all.length, cliLimits.values.page), after });
    all.push(...page.items);
    after = page.next;
  } while (after !== undefined && all.length < limit);
  return [all, after !== undefined];
}

function noteOn(items: readonly unknown[], more: boolean, note: (text: string) => void): void {
  if (items.length === 0) note('There is nothing in this range. --from -24h begins a day ago.');
  else if (more) note(`These are the first ${items.length}. A later --from or a larger --limit shows more.`);
}
