import type { CaptureView } from '@fairlead/api';
import { isFairleadError, bytes as sizeInBytes } from '@fairlead/core';
import { InvalidArgumentError, Option } from 'commander';
import { durationArgument } from '../arguments.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { unwritable } from '../input.ts';
import { ListCommand } from '../list-command.ts';
import type { Printer } from '../output/printer.ts';
import { Progress } from '../output/progress.ts';
import { size } from '../output/text.ts';
import { forEachName } from '../several.ts';
import type { Terminal } from '../terminal.ts';
import { relative } from './device-text.ts';

export function captureCommand(context: Context): CliCommand {
  const group = new CliCommand('capture');
  const commands = [
    startCommand(context),
    listCommand(context),
    showCommand(context),
    stopCommand(context),
    exportCommand(context),
    removeCommand(context),
  ];
  for (const command of commands) group.addCommand(command);
  return group;
}

interface StartOptions {
  readonly for: number;
  readonly size: number;
  readonly payload: 'masked' | 'all' | 'none';
}

function startCommand(context: Context): CliCommand {
  return new CliCommand('start')
    .argument('<target>', 'name of a device, id of an open link, or id of an entry of the inbox')
    .description(
      'Write all that happens on the links of a device to a file of the service, also when the device connects again and after a restart',
    )
    .addOption(
      new Option('--for <duration>', 'end after this time, at most 7d')
        .argParser(durationArgument)
        .default(3_600_000, '1h'),
    )
    .addOption(
      new Option('--size <size>', 'end when the file has this size, at most 1GiB')
        .argParser(sizeArgument)
        .default(16 * 2 ** 20, '16MiB'),
    )
    .addOption(
      new Option(
        '--payload <what>',
        'masked: tokens of Fairlead are asterisks; all: every byte as it was; none: only sizes. What comes over TLS is written as plain text',
      )
        .choices(['masked', 'all', 'none'])
        .default('masked'),
    )
    .example('fairlead capture start pump-3 --for 24h', 'capture a day of a device')
    .example('fairlead capture start 1f --payload none', 'capture the sizes and times of a link')
    .action(async (target: string, { for: time, size, payload }: StartOptions, self: CliCommand) => {
      const print = context.printer(self);
      const capture = await apiOf(context.terminal).captures.start({ body: { target, time, size, payload } });
      print.show(capture, () => facts(capture, print, context.terminal.clock.now()));
      if (!print.json) print.note(`To read it: fairlead capture export ${capture.id}`);
    });
}

function sizeArgument(text: string): number {
  try {
    return sizeInBytes(text);
  } catch (error) {
    if (!isFairleadError(error)) throw error;
    throw new InvalidArgumentError('Write a size such as 512KiB or 16MiB.');
  }
}

function listCommand(context: Context): CliCommand {
  return new ListCommand('ls', context)
    .description('List captures, the newest first')
    .example('fairlead capture ls', 'list the captures of the service')
    .action(async (_options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const now = context.terminal.clock.now();
      const captures = await apiOf(context.terminal).captures.list();
      print.show(captures, () => (captures.length === 0 ? [] : table(captures, print, now)));
      if (captures.length === 0 && !print.json)
        print.note('There are none. "fairlead capture start DEVICE" starts one.');
    });
}

function showCommand(context: Context): CliCommand {
  return new CliCommand('show')
    .argument('<id>')
    .description('Show a capture')
    .example('fairlead capture show 5c0f12ab', 'how far a capture is')
    .action(async (id: string, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const capture = await apiOf(context.terminal).captures.get({ params: { id } });
      print.show(capture, () => facts(capture, print, context.terminal.clock.now()));
    });
}

function stopCommand(context: Context): CliCommand {
  return new CliCommand('stop')
    .argument('<id>')
    .description('End a capture; its file stays')
    .example('fairlead capture stop 5c0f12ab', 'end a capture')
    .action(async (id: string, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const capture = await apiOf(context.terminal).captures.stop({ params: { id } });
      print.show(capture, () => [`Ended ${id}: ${size(capture.bytes)}.`]);
    });
}

function removeCommand(context: Context): CliCommand {
  return new CliCommand('rm')
    .argument('<id...>')
    .description('End captures and remove their files')
    .example('fairlead capture rm 5c0f12ab', 'remove a capture')
    .action(async (ids: string[], _options: unknown, self: CliCommand) => {
      const api = apiOf(context.terminal);
      await forEachName({
        names: ids,
        print: context.printer(self),
        work: async (id) => {
          await api.captures.remove({ params: { id } });
          return { id, removed: true };
        },
        line: (id) => `Removed ${id}.`,
      });
    });
}

interface ExportOptions {
  readonly as: 'jsonl' | 'pcapng';
  readonly output?: string;
}

function exportCommand(context: Context): CliCommand {
  return new CliCommand('export')
    .argument('<id>')
    .description('Write a capture, also one that still runs, as lines of JSON or for Wireshark')
    .addOption(
      new Option('--as <format>', 'jsonl: a line of JSON for each event; pcapng: for Wireshark')
        .choices(['jsonl', 'pcapng'])
        .default('jsonl'),
    )
    .option('-o, --output <file>', 'the file to write; by default stdout')
    .example('fairlead capture export 5c0f12ab > pump.jsonl', 'write the lines to a file')
    .example('fairlead capture export 5c0f12ab --as pcapng -o pump.pcapng', 'open it in Wireshark afterwards')
    .action(async (id: string, { as, output }: ExportOptions) => {
      const { terminal } = context;
      const pieces = apiOf(terminal).exportCapture(id, as);
      if (output !== undefined) return writeTo(output, shownProgress(pieces, output, terminal));
      for await (const piece of pieces) {
        if (terminal.interrupted.aborted) return;
        await terminal.write(piece);
      }
    });
}

async function* shownProgress(
  pieces: AsyncIterable<Uint8Array>,
  what: string,
  terminal: Terminal,
): AsyncGenerator<Uint8Array> {
  using progress = new Progress(terminal, what);
  for await (const piece of pieces) {
    progress.add(piece.length);
    yield piece;
  }
}

async function writeTo(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const { open } = await import('node:fs/promises');
  let file: Awaited<ReturnType<typeof open>> | undefined;
  for await (const piece of pieces) {
    try {
      file ??= await open(path, 'w', 0o600);
      await file.appendFile(piece);
    } catch (error) {
      await file?.close();
      throw unwritable(path, error);
    }
  }
  await file?.close();
}

function table(captures: readonly CaptureView[], print: Printer, now: number): string[] {
  return print.table<CaptureView>(
    [
      { head: 'ID', cell: ({ id }) => id },
      { head: 'TARGET', cell: ({ target }) => target },
      { head: 'STATE', cell: stateOf },
      { head: 'STARTED', cell: ({ startedAt }) => relative(startedAt, now) },
      { head: 'SIZE', cell: ({ bytes }) => size(bytes), right: true },
      { head: 'PAYLOAD', cell: ({ payload }) => payload },
    ],
    captures,
  );
}

const stateOf = ({ running, reason }: CaptureView): string => (running ? 'running' : `ended (${reason})`);

function facts(capture: CaptureView, print: Printer, now: number): string[] {
  return print.facts([
    ['id', capture.id],
    ['target', `${capture.of} ${capture.target}`],
    ['state', stateOf(capture)],
    ['started', relative(capture.startedAt, now)],
    ['ends', `at ${capture.until}, or at ${size(capture.size)}`],
    ['payload', capture.payload],
  ]);
}
