/** The drivers of the service: `fairlead driver ls`, `start`, `add` and so on. */
import type { DriverClientsView, DriverView } from '@fairlead/api';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { ListCommand } from '../list-command.ts';
import { printable } from '../output/text.ts';
import { type ForceOption, forceOption } from '../revision.ts';
import { forEachName } from '../several.ts';
import { propertiesCommand, setCommand } from './driver-properties.ts';

export function serviceCommands(context: Context): CliCommand[] {
  return [
    listCommand(context),
    ...controlCommands(context),
    addCommand(context),
    removeCommand(context),
    clientsCommand(context),
    propertiesCommand(context),
    setCommand(context),
  ];
}

function listCommand(context: Context): CliCommand {
  return new ListCommand('ls', context)
    .description('List the drivers and chained servers of the service')
    .example('fairlead driver ls', 'list all drivers with their state and devices')
    .action(async (_options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const drivers = await apiOf(context.terminal).drivers.list();
      if (drivers.length === 0 && !print.json)
        print.note(
          'No drivers. Add them to fairlead.yaml under drivers.run, or create one: fairlead driver new NAME',
        );
      print.show(drivers, () =>
        drivers.length === 0
          ? []
          : print.table<DriverView>(
              [
                { head: 'NAME', cell: ({ name }) => name },
                { head: 'KIND', cell: ({ kind }) => kind },
                { head: 'STATE', cell: ({ state }) => state },
                { head: 'RESTARTS', cell: ({ restarts }) => String(restarts), right: true },
                { head: 'DEVICES', cell: ({ devices }) => devices.join(', ') || '-' },
                { head: 'CODE', cell: (driver) => troubleOf(driver)?.code },
              ],
              drivers,
            ),
      );
      if (print.json) return;
      for (const driver of drivers) {
        const trouble = troubleOf(driver);
        if (trouble !== undefined)
          print.note(printable(`${driver.name}: ${trouble.code}: ${trouble.message}`));
      }
    });
}

/** What is wrong with it now. Why it ended before it was started again is history. */
function troubleOf({ state, cause, warning }: DriverView): DriverView['cause'] {
  return warning ?? (state === 'running' ? undefined : cause);
}

interface AddOptions {
  readonly device?: string;
  readonly config?: string;
  readonly connect?: boolean;
}

function addCommand(context: Context): CliCommand {
  return new CliCommand('add')
    .argument('<name>', 'name for the driver, or the address of a server to chain: @HOST or DEVICE@HOST')
    .argument('[command...]', 'program and arguments; put -- before arguments that start with -')
    .description(
      'Start a driver, or chain another INDI server, until it is removed or the service stops. In the configuration, drivers.programs lists the allowed programs, and drivers.run lists the drivers that start with the service',
    )
    .option('--device <name>', 'name of the device, for drivers that accept one (INDIDEV)')
    .option('--config <file>', 'configuration file of the driver, on the machine of the service (INDICONFIG)')
    .option('--connect', 'connect the devices after the driver has started')
    .example('fairlead driver add mount indi_lx200basic', 'start a driver until the service stops')
    .example(
      'fairlead driver add --connect dome -- node /srv/dome.ts --port 4030',
      'start a driver with arguments',
    )
    .example('fairlead driver add @observatory.local', 'add all devices of another server')
    .action(async (name: string, command: string[], options: AddOptions, self: CliCommand) => {
      const isChain = command.length === 0 && name.includes('@');
      if (command.length === 0 && !isChain)
        throw cliErrors.error('USAGE_INVALID', {
          reason: 'The program of the driver is missing after its name.',
        });
      const { device, config, connect } = options;
      const body = isChain ? { chain: name } : { name, command, device, config, connect };
      const driver = await apiOf(context.terminal).drivers.add({ body });
      context
        .printer(self)
        .show(driver, () => [
          `"${name}" is ${driver.state}. It is removed when the service stops. To keep it, add it to fairlead.yaml.`,
        ]);
    });
}

function removeCommand(context: Context): CliCommand {
  return new CliCommand('rm')
    .argument('<name...>', 'name of the driver, or address of the chained server')
    .option(...forceOption)
    .description(
      'Stop and remove a driver, or remove a chained server. If the configuration contains it, it returns when the service starts again',
    )
    .example('fairlead driver rm mount', 'remove the driver; its devices disappear from all clients')
    .action(async (names: string[], options: ForceOption, self: CliCommand) => {
      const api = apiOf(context.terminal);
      const saved = new Map(
        options.force ? [] : (await api.drivers.list()).map((one) => [one.name, one.revision]),
      );
      await forEachName({
        names,
        print: context.printer(self),
        work: async (name) => {
          // The service says which names it knows.
          await api.drivers.remove({ params: { name }, revision: saved.get(name) ?? '*' });
          return { name, removed: true };
        },
        line: (name) => `"${name}" has been removed.`,
      });
    });
}

function clientsCommand(context: Context): CliCommand {
  return new CliCommand('clients')
    .description('List the clients of the INDI port, and why earlier clients were disconnected')
    .example('fairlead driver clients', 'list connected and recently disconnected clients')
    .action(async (_options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const clients = await apiOf(context.terminal).drivers.clients();
      print.show(clients, () => [
        ...print.table<DriverClientsView['connected'][number]>(
          [
            { head: 'CLIENT', cell: ({ remote }) => remote },
            { head: 'WAITING', cell: ({ queued }) => String(queued), right: true },
            { head: 'DROPPED', cell: ({ dropped }) => String(dropped), right: true },
            { head: 'BYTES IN', cell: ({ bytesIn }) => String(bytesIn), right: true },
            { head: 'BYTES OUT', cell: ({ bytesOut }) => String(bytesOut), right: true },
          ],
          clients.connected,
        ),
        ...(clients.ended.length === 0 ? [] : ['']),
        ...clients.ended.map(({ time, remote, code, message }) =>
          printable(`${time} ${remote} ${code}: ${message}`),
        ),
      ]);
    });
}

function controlCommands(context: Context): CliCommand[] {
  const control = (action: 'start' | 'stop' | 'restart', description: string, example: string): CliCommand =>
    new CliCommand(action)
      .argument('<name>', 'name under drivers.run, or address of the chained server')
      .description(description)
      .example(`fairlead driver ${action} mount`, example)
      .action(async (name: string, _options: unknown, self: CliCommand) => {
        const driver = await apiOf(context.terminal).drivers[action]({ params: { name } });
        context.printer(self).show(driver, () => [`"${name}" is ${driver.state}.`]);
      });
  return [
    control('start', 'Start a driver that was stopped or that waits for a retry', 'start it at once'),
    control(
      'stop',
      'Stop a driver, or disconnect a chained server',
      'stop it until it or the service is started',
    ),
    control('restart', 'Stop a driver and start it again', 'restart it after its file has changed'),
  ];
}
