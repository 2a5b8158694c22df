import type { Receipt } from '@fairlead/api';
import { InvalidArgumentError, Option } from 'commander';
import { durationArgument } from '../arguments.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { readJson } from '../input.ts';

type Until = 'written' | 'acknowledged';

/** What `--wait` says: for what, and how many milliseconds at most. */
interface Wait {
  readonly until?: Until;
  readonly wait?: number;
}

interface SendOptions {
  readonly command?: boolean;
  readonly wait?: Wait;
  readonly within?: number;
  readonly keep?: number | true;
  readonly key?: string;
  readonly atLeastOnce?: boolean;
}

export function sendCommand(context: Context): CliCommand {
  return new CliCommand('send')
    .argument('<name>')
    .argument('<json>', 'JSON to send; "-" reads stdin')
    .description('Send attributes to set, or a command, to a device')
    .option('--command', 'send a command instead of attributes')
    .addOption(
      new Option(
        '--wait <what>',
        'wait until the bytes are "written" to its socket, or until the device has "acknowledged" them; a duration such as 5s: until written, at most this long',
      ).argParser(waitArgument),
    )
    .addOption(
      new Option(
        '--within <duration>',
        'with --wait written or acknowledged: wait at most this long (30s)',
      ).argParser(durationArgument),
    )
    .addOption(
      new Option(
        '--keep [duration]',
        'keep it until the device is connected and listens, for so long (24h); without it, a device that is offline is refused',
      ).argParser(durationArgument),
    )
    .option('--key <text>', 'idempotency key: a second message with this key is not sent')
    .option('--at-least-once', 'send it again until the device has answered; it may come twice')
    .example(`fairlead device send meter-1 '{"interval": 30}'`, 'set an attribute')
    .example(
      `fairlead device send meter-1 '{"method": "reboot", "params": {}}' --command --wait 5s`,
      'send a command and wait until it is written',
    )
    .example(
      `fairlead device send truck-7 '{"method": "locate"}' --command --wait acknowledged`,
      'send a command and wait for the answer of the device',
    )
    .example(
      `fairlead device send pump-3 '{"interval": 30}' --keep 2h`,
      'send it when the device connects, if it does so within two hours',
    )
    .action(async (name: string, text: string, options: SendOptions, self: CliCommand) => {
      const { until, wait = options.within } = options.wait ?? {};
      if (options.within !== undefined && until === undefined)
        self.error('error: --within needs --wait written or --wait acknowledged');
      const print = context.printer(self);
      const values = await readJson(text, context.terminal);
      const kind = options.command ? 'command' : 'attributes';
      const { keep, key } = options;
      const delivery = options.atLeastOnce ? ('at-least-once' as const) : undefined;
      const receipt = await apiOf(context.terminal).downlinks.send({
        params: { name },
        body: { kind, values, wait, until, keep, key, delivery },
        extraTime: wait ?? (until === undefined ? 0 : 30_000),
      });
      print.show(receipt, () => [receiptText(receipt)]);
    });
}

function waitArgument(text: string): Wait {
  if (text === 'written' || text === 'acknowledged') return { until: text };
  try {
    return { wait: durationArgument(text) };
  } catch {
    throw new InvalidArgumentError('Write written, acknowledged, or a duration such as 5s.');
  }
}

function receiptText({ device, status, bytes, id }: Receipt): string {
  const amount = bytes === undefined ? '' : bytes === 1 ? ': 1 byte' : `: ${bytes} bytes`;
  const entry = id === undefined ? '' : ` (${id})`;
  const done = { written: 'Written to', acknowledged: 'Acknowledged by', queued: 'Queued for' }[status];
  return `${done} ${device}${amount}${entry}.`;
}
