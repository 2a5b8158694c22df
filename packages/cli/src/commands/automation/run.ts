import type { ApiClient, OutputLine, RunDetail, RunView } from '@fairlead/api';
import { Option } from 'commander';
import { countArgument } from '../../arguments.ts';
import { cliErrors } from '../../catalogue.ts';
import { CliCommand } from '../../command.ts';
import type { Context } from '../../context.ts';
import { apiOf } from '../../http/api.ts';
import { ListCommand } from '../../list-command.ts';
import type { Printer } from '../../output/printer.ts';
import { printable } from '../../output/text.ts';
import { relative } from '../device-text.ts';

/** For commands that show message texts. */
export const secretsOption = ['--secrets', 'show names, keys and texts; by default they are masked'] as const;
const MASKED = 'Names, keys and texts are masked; --secrets shows them.';

const runId = countArgument(1, Number.MAX_SAFE_INTEGER);

export function runCommand(context: Context): CliCommand {
  const group = new CliCommand('run');
  for (const command of [listCommand(context), showCommand(context), stopCommand(context)])
    group.addCommand(command);
  return group;
}

interface ListOptions {
  readonly kind?: RunView['kind'];
  readonly name?: string;
  readonly filter?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
}

function listCommand(context: Context): CliCommand {
  return new ListCommand('ls', context)
    .addOption(new Option('--kind <kind>', 'only runs of this kind').choices(['task', 'trigger', 'job']))
    .option('--name <name>', 'only runs of the definition with this name; needs --kind')
    .option(
      '--filter <text>',
      'only entries that match: state:dead -profile:gt06; see the guide of the HTTP API',
    )
    .option('--since <time>', 'only runs that started since: 24h, 2026-03-01T09:30:00Z')
    .option('--until <time>', 'only runs that started before')
    .option('-n, --limit <count>', 'largest number of runs', countArgument(1, 1_000), 50)
    .description('List runs, newest first')
    .example('fairlead run ls', 'what ran')
    .example('fairlead run ls --kind job --name nightly', 'of one job')
    .example('fairlead run ls --since 24h', 'of a day')
    .action(async (options: ListOptions, self: CliCommand) => {
      const print = context.printer(self);
      const runs = await apiOf(context.terminal).runs.list({ query: options });
      const now = context.terminal.clock.now();
      print.show(runs, () => (runs.length === 0 ? [] : table(runs, print, now)));
      if (runs.length === 0 && !print.json) print.note('No runs yet.');
    });
}

function showCommand(context: Context): CliCommand {
  return new CliCommand('show')
    .argument('<id>', 'id of the run, as "run ls" shows it', runId)
    .option(...secretsOption)
    .description('Show a run: its traffic and its result')
    .example('fairlead run show 17', 'show the run 17')
    .example('fairlead run show 17 --secrets', 'also show the message texts')
    .action(async (id: number, { secrets }: { secrets?: boolean }, self: CliCommand) => {
      const print = context.printer(self);
      const run = await apiOf(context.terminal).runs.get({ params: { id }, query: { secrets } });
      print.show(run, () => runPage(run, print, context.terminal.clock.now()));
      noteMasked(print, secrets, hasTexts(run));
    });
}

function stopCommand(context: Context): CliCommand {
  return new CliCommand('stop')
    .argument('<id>', 'id of the run, as "run ls" shows it', runId)
    .description('Stop a running task or job')
    .example('fairlead run stop 17', 'stop the run 17; its record names the reason')
    .action(async (id: number, _options: unknown, self: CliCommand) => {
      await apiOf(context.terminal).runs.stop({ params: { id } });
      context.printer(self).show({ id, stopped: true }, () => [`Stopped run ${id}.`]);
    });
}

const stateOf = ({ result, waiting }: RunView): string => result ?? (waiting ? 'waiting' : 'running');

function table(runs: readonly RunView[], print: Printer, now: number): string[] {
  return print.table<RunView>(
    [
      { head: 'ID', cell: (run) => String(run.id), right: true },
      { head: 'KIND', cell: (run) => run.kind },
      { head: 'NAME', cell: (run) => run.name },
      { head: 'STARTED', cell: (run) => relative(run.startedAt, now) },
      { head: 'RESULT', cell: stateOf },
      { head: 'CODE', cell: (run) => run.code },
      { head: 'CAUSE', cell: (run) => run.cause },
    ],
    runs,
  );
}

function runPage(run: RunDetail, print: Printer, now: number): string[] {
  const { detail } = run;
  const head = print.facts([
    ['run', String(run.id)],
    [run.kind, run.name],
    ['cause', run.cause],
    ['started', relative(run.startedAt, now)],
    ['result', stateOf(run)],
    ['duration', detail?.duration === undefined ? undefined : `${detail.duration} ms`],
    ['code', run.code],
    ['reason', run.error === undefined ? undefined : printable(run.error)],
  ]);
  const inputs = Object.entries(detail?.inputs ?? {}).map(
    ([name, text]) => `  ${printable(name)}: ${indented(text)}`,
  );
  const steps = (detail?.steps ?? []).map(
    ({ name, result, duration, run: of, error, output }) =>
      `  ${name}: ${result} (${duration} ms${of === undefined ? '' : `, run ${of}`})${error === undefined ? '' : ` ${printable(error)}`}${output === '' ? '' : `\n    ${indented(output)}`}`,
  );
  const dropped = detail?.outputDropped ? [`  (${detail.outputDropped} earlier lines were removed)`] : [];
  const lines = (detail?.output ?? []).map((line) => `  ${lineText(line)}`);
  const messages = (detail?.messages ?? []).map(({ key, text }) => `  ${printable(`${key}: ${text}`)}`);
  if (detail?.messagesDropped)
    messages.unshift(`  (${detail.messagesDropped} more were too long to be kept)`);
  return [
    ...head,
    ...(inputs.length === 0 ? [] : ['', 'Inputs', ...inputs]),
    ...(steps.length === 0 ? [] : ['', 'Steps', ...steps]),
    ...(lines.length === 0 ? [] : ['', 'Output', ...dropped, ...lines]),
    ...(messages.length === 0 ? [] : ['', 'Messages', ...messages]),
  ];
}

const indented = (output: string): string => output.trimEnd().split(/\r?\n/).map(printable).join('\n    ');

const hasTexts = ({ detail, error }: RunDetail): boolean =>
  (error?.includes('••••') ?? false) ||
  (detail?.output?.some(({ type }) => type !== 'info') ?? false) ||
  Object.keys(detail?.inputs ?? {}).length > 0 ||
  (detail?.steps?.some(({ output }) => output !== '') ?? false);

/** Prints a note if the output contains masked values. */
export function noteMasked(print: Printer, secrets: boolean | undefined, texts: boolean): void {
  if (texts && !secrets && !print.json) print.note(MASKED);
}

/** One line of output: time, direction, peer, rule, text and bytes. Text from a peer is escaped for the terminal. */
export function lineText(line: OutputLine): string {
  const time = line.time.slice(11, 23);
  const mark = { sent: '>', received: '<', info: '-' }[line.type];
  const key = line.key === undefined ? '' : ` [${line.key}]`;
  const by = line.rule === undefined ? '' : ` by "${line.rule}"`;
  if (line.type === 'info') return printable(`${time} ${mark} ${line.peer}  ${line.text}${by}`);
  const hex = line.hex === undefined ? '' : `  (${hexText(line.hex)})`;
  return printable(`${time} ${mark} ${line.peer}  ${line.rule ?? ''}${key}  ${line.text}`) + hex;
}

const HEX_SHOWN = 64;
/** Bytes in hex; only the first bytes of a long message. */
export function hexText(hex: string): string {
  const shown = hex.slice(0, HEX_SHOWN).replace(/(..)(?=.)/g, '$1 ');
  return hex.length > HEX_SHOWN ? `${shown} … ${hex.length / 2} bytes` : shown;
}

/** Stops a run whose person has left; what cannot be stopped any more has ended. */
async function stopped(api: ApiClient, id: number, print: Printer): Promise<void> {
  try {
    await api.runs.stop({ params: { id } });
    print.note(`Stopped run ${id}: fairlead run show ${id}`);
  } catch (error) {
    print.note(`Run ${id} was not stopped: ${(error as Error).message}`);
  }
}

/** Waits for the end of a run and shows it. An interruption stops the run. Throws RUN_FAILED. */
export async function follow(
  context: Context,
  id: number,
  print: Printer,
  secrets: boolean | undefined,
): Promise<void> {
  const api = apiOf(context.terminal);
  let run: RunDetail;
  try {
    do run = await api.runs.get({ params: { id }, query: { wait: '10s', secrets }, extraTime: 10_000 });
    while (run.endedAt === undefined);
  } catch (error) {
    if (context.terminal.interrupted.aborted) await stopped(api.withoutSignal(), id, print);
    throw error;
  }
  print.show(run, () => runPage(run, print, context.terminal.clock.now()));
  noteMasked(print, secrets, hasTexts(run));
  if (run.result !== 'success')
    throw cliErrors.error('RUN_FAILED', {
      reason: run.error ?? `The run ended: ${run.result}.`,
      code: run.code,
    });
}
