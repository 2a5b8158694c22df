import type { StreamEvent } from '@fairlead/api';
import { coreErrors } from '@fairlead/core';
import { Option } from 'commander';
import { countArgument, durationArgument } from '../arguments.ts';
import { cliErrors } from '../catalogue.ts';
import { CliCommand, formatOf } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { messageLine } from '../output/message.ts';
import type { Terminal } from '../terminal.ts';

interface SubOptions {
  readonly count?: number;
  readonly wait?: number;
}

export function subCommand(context: Context): CliCommand {
  return new CliCommand('sub')
    .argument('[device]', 'name of a device; default: all devices')
    .addOption(
      new Option('-C, --count <count>', 'end after this many messages').argParser(
        countArgument(1, 1_000_000_000),
      ),
    )
    .addOption(
      new Option(
        '-W, --wait <seconds>',
        'end after this time; exit status 5 if -C was not reached',
      ).argParser(durationArgument),
    )
    .example('fairlead sub', 'print all messages as JSON lines')
    .example('fairlead sub meter-1 -C 1 -W 10', 'wait up to 10 s for the next message of meter-1')
    .example('fairlead sub --format text', 'print in a readable format')
    .action((device: string | undefined, options: SubOptions, self: CliCommand) =>
      subscribe(context, device, options, formatOf(self) ?? 'json'),
    );
}

async function subscribe(
  { terminal }: Context,
  device: string | undefined,
  { count: wanted = Number.POSITIVE_INFINITY, wait }: SubOptions,
  format: 'json' | 'text',
): Promise<void> {
  const { clock, random, interrupted } = terminal;
  const service = apiOf(terminal);
  // The stream of a device that does not exist is silent for ever; a misspelt name is better told at once.
  if (device !== undefined) await service.devices.get({ params: { name: device } });
  const end = new AbortController();
  const timer = wait === undefined ? undefined : clock.after(wait, () => end.abort());
  const messages = service.followText({
    device,
    random,
    signal: AbortSignal.any([interrupted, end.signal]),
    ...notes(terminal, device),
  });
  const print = printerOf(terminal, format);
  let count = 0;
  try {
    for await (const data of messages) {
      print(data);
      if (++count >= wanted) return;
    }
  } finally {
    clock.clear(timer);
  }
  // An interrupted wait for messages is a failure.
  if (interrupted.aborted && wanted !== Number.POSITIVE_INFINITY) throw coreErrors.error('ABORTED');
  if (end.signal.aborted && count < wanted && wanted !== Number.POSITIVE_INFINITY) {
    throw cliErrors.error('WAIT_ENDED', { count, wanted, limit: wait as number });
  }
}

function printerOf(terminal: Terminal, format: 'json' | 'text'): (data: string) => void {
  if (format === 'json') return (data) => terminal.out(`${data}\n`);
  return (data) => terminal.out(`${messageLine(JSON.parse(data) as StreamEvent, terminal)}\n`);
}

function notes(terminal: Terminal, device: string | undefined) {
  const whom = device ?? 'all devices';
  return {
    connected: () => terminal.err(`Listening to ${whom}.\n`),
    lost: (why: string) => terminal.err(`Lost the connection to the service: ${why} Reconnecting.\n`),
    missed: (count: number) =>
      terminal.err(`Missed ${count} messages: this program did not read fast enough.\n`),
    reset: () =>
      terminal.err('Messages may be missing: the service no longer has all that came meanwhile.\n'),
  };
}
