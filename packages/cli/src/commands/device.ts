import type { ApiClient, DeviceChanges, DeviceFilterInput, DeviceView } from '@fairlead/api';
import { InvalidArgumentError, Option } from 'commander';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { cliLimits } from '../limits.ts';
import { ListCommand } from '../list-command.ts';
import type { Printer } from '../output/printer.ts';
import { printable } from '../output/text.ts';
import { type ForceOption, forceOption, revisionFor } from '../revision.ts';
import { forEachName } from '../several.ts';
import { type Definition, definitionOf, definitionOptions } from './definition.ts';
import { desireCommand } from './desire.ts';
import { devicePage, deviceTable } from './device-text.ts';
import { historyCommand } from './history.ts';
import { importCommand } from './import.ts';
import { messagesCommand } from './messages.ts';
import { sendCommand } from './send.ts';

export function deviceCommand(context: Context): CliCommand {
  const group = new CliCommand('device');
  const commands = [
    addCommand(context),
    importCommand(context),
    listCommand(context),
    inspectCommand(context),
    whyCommand(context),
    messagesCommand(context),
    historyCommand(context),
    editCommand(context),
    removeCommand(context),
    rotateCommand(context),
    sendCommand(context),
    desireCommand(context),
  ];
  for (const command of commands) group.addCommand(command);
  return group;
}

function addCommand(context: Context): CliCommand {
  const command = new CliCommand('add')
    .argument('<name>', 'name: letters, digits, "_", ":" and "-"; it cannot be changed later')
    .description(
      'Register a device. If it is known by a token, print its AccessToken, which is shown only once',
    )
    .addOption(
      new Option('--protocol <protocol>', 'protocol of the device')
        .choices(['official', 'custom', 'profile'])
        .default('official'),
    )
    .addOption(
      new Option('--type <type>', 'type of the device; a gateway has sub-devices')
        .choices(['standard', 'gateway'])
        .default('standard'),
    )
    .option('--token-file <file>', 'file with a token that the device already has; "-" reads stdin')
    .option('--parent <gateway>', 'register a sub-device of this gateway device; a sub-device has no token')
    .option(
      '--address <address>',
      'where Fairlead connects to the device: tcp://HOST:PORT or tls://HOST:PORT?ca=PATH; with --parent, the address of the sub-device',
    )
    .example('fairlead device add meter-1', 'register a device with the official protocol')
    .example(
      'fairlead device add truck-7 --profile gt06 --id 863586038760942',
      'register a tracker by its IMEI',
    )
    .example(
      'fairlead device add meter-3 --profile modbus_tcp --address tcp://10.0.0.7:502 --parameter unitId=3',
      'register a device that Fairlead connects to',
    )
    .example(
      'fairlead device add tracker-1 --protocol custom --framing gt06.json --uplink gt06.js',
      'register a device with its own framing and script',
    )
    .example(
      'fairlead device add hall-1 --parent gateway-1 --address 3c20c6206',
      'register a device behind a gateway',
    )
    .example(
      'fairlead device add old-1 --token-file - < token.txt',
      'register a device that already has a token',
    );
  for (const option of definitionOptions()) command.addOption(option);
  return command.action(async (name: string, options: AddOptions, self: CliCommand) => {
    const print = context.printer(self);
    const definition = await definitionOf(options, self, context.terminal);
    const added = await apiOf(context.terminal).devices.add({ body: { name, ...definition } });
    print.show(added, () => print.facts(Object.entries(added)));
    if (added.token !== undefined && !print.json) {
      print.note('The token is shown only once. The device sends it first when it connects.');
    }
  });
}

interface AddOptions extends Definition {
  readonly protocol?: string;
  readonly type?: string;
}

function listCommand(context: Context): CliCommand {
  return new ListCommand('ls', context)
    .description('List devices and whether they are online')
    .option('--prefix <text>', 'only names with this prefix')
    .option('--profile <name>', 'only devices with this profile')
    .option(
      '--filter <text>',
      'only entries that match: state:dead -profile:gt06; see the guide of the HTTP API',
    )
    .example("fairlead device ls --filter 'state:dead since:>1h'", 'devices that have been dead for an hour')
    .example('fairlead device ls', 'list all devices')
    .example('fairlead device ls --profile gt06', 'list the devices of one profile')
    .example(
      'fairlead device ls --format json | jq -r \'.[] | select(.status == "offline").name\'',
      'list the names of offline devices',
    )
    .action(async (options: ListOptions, self: CliCommand) => {
      const print = context.printer(self);
      const devices = await allDevices(apiOf(context.terminal), options);
      print.show(devices, () => deviceTable(devices, print, context.terminal.clock.now()));
      if (devices.length === 0 && !print.json) {
        const isFiltered = Object.keys(options).length > 0;
        const none = isFiltered ? 'No device matches.' : 'No devices yet.';
        print.note(`${none} Add one: fairlead device add NAME`);
      }
    });
}

interface ListOptions {
  readonly prefix?: string;
  readonly profile?: string;
  readonly filter?: string;
}

/** All pages of the list, each beginning after the last name of the one before. */
async function allDevices(api: ApiClient, filter: ListOptions): Promise<DeviceView[]> {
  const devices: DeviceView[] = [];
  const limit = cliLimits.values.page;
  for (;;) {
    const page = await api.devices.list({ query: { ...filter, limit, after: devices.at(-1)?.name } });
    devices.push(...page);
    if (page.length < limit) return devices;
  }
}

function inspectCommand(context: Context): CliCommand {
  return new CliCommand('inspect')
    .argument('<name>')
    .description('Show a device, its state and its latest values')
    .example('fairlead device inspect meter-1', 'show meter-1')
    .action(async (name: string, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const device = await apiOf(context.terminal).devices.get({ params: { name } });
      print.show(device, () => devicePage(device, print, context.terminal.clock.now()));
    });
}

function whyCommand(context: Context): CliCommand {
  return new CliCommand('why')
    .argument('<name>')
    .description('Say in one sentence why a device is offline or suspect')
    .example('fairlead device why meter-1', 'say why meter-1 is offline')
    .action(async (name: string, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const why = await apiOf(context.terminal).devices.why({ params: { name } });
      print.show(why, () => [printable(why.sentence)]);
    });
}

function editCommand(context: Context): CliCommand {
  const command = new CliCommand('edit')
    .argument('[name]', 'name of the device, unless --where is given')
    .description('Change a device, or all devices that a filter matches')
    .option(...forceOption)
    .addOption(
      new Option(
        '--where <key=value>',
        'change all devices that match: profile, prefix, label, type, protocol or parent; can be repeated',
      ).argParser(whereArgument),
    )
    .option('--dry-run', 'with --where: only show which devices match, and which cannot be changed')
    .option(
      '--address <address>',
      'where Fairlead connects to the device: tcp://HOST:PORT or tls://HOST:PORT?ca=PATH',
    )
    .example(
      'fairlead device edit --where profile=gt06 --profile gt06-new --dry-run',
      'show which devices would get another profile',
    )
    .example(
      'fairlead device edit truck-7 --id 863586038760943',
      'a new tracker takes the place of a broken one',
    )
    .example('fairlead device edit meter-1 --rate 50/1s', 'let it send 50 messages a second')
    .example(
      'fairlead device edit plc-7 --certificate old.pem --certificate new.pem',
      'accept two certificates while the device changes to a new one',
    )
    .example('fairlead device edit tracker-1 --uplink gt06.js', 'replace its uplink script')
    .example('fairlead device edit tracker-1 --no-downlink', 'remove its downlink script');
  for (const option of definitionOptions({ clearable: true })) command.addOption(option);
  return command.action(async (name: string | undefined, options: EditOptions, self: CliCommand) => {
    const { where, dryRun, force, ...definition } = options;
    if ((name === undefined) === (where === undefined))
      self.error('error: give the name of a device, or --where');
    if (dryRun && where === undefined) self.error('error: --dry-run needs --where');
    const print = context.printer(self);
    const changes = await definitionOf(definition, self, context.terminal);
    if (Object.keys(changes).length === 0) self.error('error: nothing to change: give at least one option');
    if (where !== undefined) return editMany(apiOf(context.terminal), { where, changes, dryRun }, print);
    const api = apiOf(context.terminal);
    const params = { name: name as string };
    const revision = await revisionFor({ force }, () => api.devices.get({ params }));
    const device = await api.devices.change({ params, revision, body: changes });
    print.show(device, () => [`Changed ${name}: ${Object.keys(changes).join(', ')}.`]);
  });
}

interface EditOptions extends Definition, ForceOption {
  readonly where?: DeviceFilterInput;
  readonly dryRun?: boolean;
}

function whereArgument(text: string, earlier: DeviceFilterInput = {}): DeviceFilterInput {
  const [, key, value] = /^(profile|prefix|label|type|protocol|parent)=(.+)$/s.exec(text) ?? [];
  if (key === undefined)
    throw new InvalidArgumentError(
      'Write profile=NAME, prefix=TEXT, label=TEXT, type=TYPE, protocol=NAME or parent=NAME.',
    );
  return { ...earlier, [key]: value };
}

async function editMany(
  api: ApiClient,
  body: { where: DeviceFilterInput; changes: DeviceChanges; dryRun: boolean | undefined },
  print: Printer,
): Promise<void> {
  const result = await api.devices.changeMany({ body });
  const { matched, changed, devices, refused } = result;
  print.show(result, () => [
    ...devices,
    ...(changed > 0 ? [`Changed ${changed} devices: ${Object.keys(body.changes).join(', ')}.`] : []),
  ]);
  if (matched === 0 && !print.json) print.note('No device matches.');
  for (const { name, code, message } of refused) print.note(`${name}: ${code}: ${printable(message)}`);
  if (refused.length > 0) throw cliErrors.error('DEVICES_NOT_CHANGED', { refused: refused.length, matched });
}

function removeCommand(context: Context): CliCommand {
  return new CliCommand('rm')
    .argument('<name...>')
    .description('Remove devices and all their stored data')
    .option('--cascade', 'also remove the sub-devices of a gateway device')
    .option(...forceOption)
    .example('fairlead device rm meter-1', 'remove meter-1')
    .example(
      'fairlead device ls -q --prefix test- | xargs fairlead device rm',
      'remove all whose name begins so',
    )
    .action(async (names: string[], options: ForceOption & { cascade?: boolean }, self: CliCommand) => {
      const api = apiOf(context.terminal);
      const { cascade } = options;
      await forEachName({
        names,
        print: context.printer(self),
        work: async (name) => {
          const params = { name };
          const revision = await revisionFor(options, () => api.devices.get({ params }));
          await api.devices.remove({ params, revision, query: { cascade } });
          return { name, removed: true };
        },
        line: (name) => `Removed ${name}.`,
      });
    });
}

function rotateCommand(context: Context): CliCommand {
  return new CliCommand('rotate')
    .alias('rotate-token')
    .argument('<name>')
    .description(
      'Replace the token of a device; the old token becomes invalid and its link is closed at once',
    )
    .example('fairlead device rotate meter-1', 'replace the token of meter-1 and print the new one')
    .action(async (name: string, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const added = await apiOf(context.terminal).devices.rotateToken({ params: { name } });
      print.show(added, () => print.facts(Object.entries(added)));
      if (!print.json) print.note('The token is shown only once. The old token is invalid.');
    });
}
