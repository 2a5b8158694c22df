import type { DesiredView } from '@fairlead/api';
import { Option } from 'commander';
import { countArgument } from '../arguments.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { readJson } from '../input.ts';
import type { Printer } from '../output/printer.ts';
import { fields } from '../output/text.ts';
import { relative } from './device-text.ts';

/** The service refuses what is no object. */
type JsonObject = Record<string, unknown>;

interface DesireOptions {
  readonly replace?: boolean;
  readonly clear?: boolean;
  readonly ifVersion?: number;
}

export function desireCommand(context: Context): CliCommand {
  return new CliCommand('desire')
    .argument('<name>')
    .argument(
      '[json]',
      'JSON object to merge into the desired state; "-" reads stdin; without it, show the state',
    )
    .description(
      'Say which values a device is to report: they are kept, and sent until the device reports them. null removes a key',
    )
    .addOption(new Option('--replace', 'replace the whole desired state').conflicts('clear'))
    .option('--clear', 'clear the desired state; the device keeps what it has')
    .addOption(
      new Option('--if-version <number>', 'change it only if it has this version').argParser(
        countArgument(0, Number.MAX_SAFE_INTEGER),
      ),
    )
    .example(`fairlead device desire pump-3 '{"interval": 30, "led": {"red": 1}}'`, 'want these values')
    .example(`fairlead device desire pump-3 '{"led": null}'`, 'want no value of "led" any more')
    .example('fairlead device desire pump-3', 'show what is desired, what is reported, and what differs')
    .example('fairlead device desire pump-3 --clear', 'want nothing any more')
    .action(async (name: string, text: string | undefined, options: DesireOptions, self: CliCommand) => {
      const { replace = false, clear = false, ifVersion: version } = options;
      if (clear && text !== undefined) self.error('error: --clear takes no JSON');
      if (!clear && text === undefined && (replace || version !== undefined))
        self.error('error: --replace and --if-version need JSON');
      const print = context.printer(self);
      const { desired } = apiOf(context.terminal);
      const to = { params: { name }, query: { version } };
      if (clear) {
        await desired.clear(to);
        print.show({ device: name, state: 'none' }, () => [`Nothing is desired of ${name} any more.`]);
        return;
      }
      const change = replace ? desired.replace : desired.merge;
      const state =
        text === undefined
          ? await desired.get({ params: { name } })
          : await change({ ...to, body: (await readJson(text, context.terminal)) as JsonObject });
      print.show(state, () => desiredFacts(state, print, context.terminal.clock.now()));
    });
}

function desiredFacts(desired: DesiredView, print: Printer, now: number): string[] {
  return print.facts([
    ['device', desired.device],
    ['state', desired.state],
    ['version', String(desired.version)],
    ['desired', shown(desired.desired)],
    ['reported', shown(desired.reported)],
    ['differs', shown(desired.differs)],
    ['changed', relative(desired.since, now)],
    ['last sent', relative(desired.lastSent, now)],
    ['downlink', desired.downlink],
  ]);
}

const shown = (values: object): string | undefined =>
  Object.keys(values).length === 0 ? undefined : fields(values);
