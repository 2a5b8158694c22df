/** The drivers of the service: `fairlead driver ls`, `start`, `add` and so on. */
import type { DriverClientsView, DriverView } from '@fairlead/api';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { printable } from '../output/text.ts';

export function serviceCommands(context: Context): CliCommand[] {
  return [
    listCommand(context),
    ...controlCommands(context),
    addCommand(context),
    removeCommand(context),
    clientsCommand(context),
  ];
}

function listCommand(context: Context): CliCommand {
  return new CliCommand('ls')
    .description('List the drivers and chained servers of the service')
    .example('fairlead driver ls', 'which run, and with what devices')
    .action(async (_options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const drivers = await context.api().drivers.list();
      if (drivers.length === 0 && !print.json)
        print.note(
          'No drivers. Name them in fairlead.yaml under drivers.run, or begin one: fairlead driver new NAME',
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
    .argument(
      '<name>',
      'what it is called from now on, or the address of a server to chain to: @HOST or DEVICE@HOST',
    )
    .argument('[command...]', 'program and arguments; -- stands before arguments that begin with -')
    .description(
      'Start a driver, or join another INDI server, until it is removed or the service ends. The configuration names the programs that may be started in drivers.programs, and under drivers.run what is to be there after the next start',
    )
    .option('--device <name>', 'name of its device, for drivers that take one (INDIDEV)')
    .option('--config <file>', 'file of its configuration, on the machine of the service (INDICONFIG)')
    .option('--connect', 'connect its devices when it has started')
    .example('fairlead driver add mount indi_lx200basic', 'a driver that is there until the service ends')
    .example('fairlead driver add --connect dome -- node /srv/dome.ts --port 4030', 'with arguments')
    .example('fairlead driver add @observatory.local', 'all devices of another server')
    .action(async (name: string, command: string[], options: AddOptions, self: CliCommand) => {
      const isChain = command.length === 0 && name.includes('@');
      if (command.length === 0 && !isChain)
        throw cliErrors.error('USAGE_INVALID', { reason: 'A driver needs its program after the name.' });
      const { device, config, connect } = options;
      const body = isChain ? { chain: name } : { name, command, device, config, connect };
      const driver = await context.api().drivers.add({ body });
      context
        .printer(self)
        .show(driver, () => [
          `"${name}" is ${driver.state}. It is there until the service ends; fairlead.yaml names what is to stay.`,
        ]);
    });
}

function removeCommand(context: Context): CliCommand {
  return new CliCommand('rm')
    .argument('<name>', 'its name, or the address of a chained server')
    .description(
      'End a driver of the service, or leave a chained server. One that the configuration names is back when the service starts again',
    )
    .example('fairlead driver rm mount', 'its devices go from all clients')
    .action(async (name: string, _options: unknown, self: CliCommand) => {
      await context.api().drivers.remove({ params: { name } });
      context.printer(self).show({ name, removed: true }, () => [`"${name}" has been removed.`]);
    });
}

function clientsCommand(context: Context): CliCommand {
  return new CliCommand('clients')
    .description('List the clients of the INDI port, and why others have ended')
    .example('fairlead driver clients', 'who is there, and who was cut off')
    .action(async (_options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const clients = await context.api().drivers.clients();
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
      .argument('<name>', 'its name under drivers.run, or the address of a chained server')
      .description(description)
      .example(`fairlead driver ${action} mount`, example)
      .action(async (name: string, _options: unknown, self: CliCommand) => {
        const driver = await context.api().drivers[action]({ params: { name } });
        context.printer(self).show(driver, () => [`"${name}" is ${driver.state}.`]);
      });
  return [
    control('start', 'Start a driver that was stopped, or that waits to be tried again', 'at once'),
    control(
      'stop',
      'End a driver of the service, or leave a chained server',
      'until it, or the service, is started',
    ),
    control('restart', 'End a driver and start it again', 'after its file has changed'),
  ];
}
