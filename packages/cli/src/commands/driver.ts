import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DriverStatus } from '@fairlead/server';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { scaffold } from '../driver/scaffold.ts';

export function driverCommand(context: Context): CliCommand {
  const group = new CliCommand('driver').description('INDI drivers of devices that we dial');
  for (const command of [
    listCommand(context),
    ...controlCommands(context),
    runCommand(context),
    newCommand(context),
  ])
    group.addCommand(command);
  return group;
}

function listCommand(context: Context): CliCommand {
  return new CliCommand('ls')
    .description('List the drivers and chained servers of the service')
    .example('fairlead driver ls', 'which run, and with what devices')
    .action(async (_options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const drivers = await context.api().get<DriverStatus[]>('drivers');
      if (drivers.length === 0 && !print.json)
        print.note(
          'No drivers. Name them in fairlead.yaml under drivers.run, or begin one: fairlead driver new NAME',
        );
      print.show(drivers, () =>
        drivers.length === 0
          ? []
          : print.table<DriverStatus>(
              [
                { head: 'NAME', cell: ({ name }) => name },
                { head: 'KIND', cell: ({ kind }) => kind },
                { head: 'STATE', cell: ({ state }) => state },
                { head: 'RESTARTS', cell: ({ restarts }) => String(restarts), right: true },
                { head: 'DEVICES', cell: ({ devices }) => devices.join(', ') || '-' },
                { head: 'CODE', cell: ({ cause, warning }) => warning?.code ?? cause?.code },
              ],
              drivers,
            ),
      );
    });
}

function controlCommands(context: Context): CliCommand[] {
  const control = (action: string, description: string, example: string): CliCommand =>
    new CliCommand(action)
      .argument('<name>', 'its name under drivers.run, or the address of a chained server')
      .description(description)
      .example(`fairlead driver ${action} mount`, example)
      .action(async (name: string, _options: unknown, self: CliCommand) => {
        const path = `drivers/${encodeURIComponent(name)}/${action}`;
        const driver = await context.api().post<DriverStatus>(path, {});
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

function runCommand({ terminal }: Context): CliCommand {
  return new CliCommand('run')
    .argument('<file>', 'a module whose default export is a device, or the class of one')
    .description('Run a driver on stdin and stdout, as an INDI server expects it')
    .example('fairlead driver run weather.ts', 'try it: type <getProperties version="1.7"/>')
    .action(async (file: string) => {
      const { runDriver } = await import('@fairlead/server');
      let module: { default?: unknown };
      try {
        module = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
      } catch (error) {
        throw cliErrors.error(
          'DRIVER_FILE_INVALID',
          { file, reason: String((error as Error).message ?? error) },
          error,
        );
      }
      const { default: exported } = module;
      const device = typeof exported === 'function' ? new (exported as new () => unknown)() : exported;
      if (typeof device !== 'object' || device === null)
        throw cliErrors.error('DRIVER_FILE_INVALID', {
          file,
          reason: 'it has no default export that is a device',
        });
      await runDriver(device as Parameters<typeof runDriver>[0], { signal: terminal.interrupted });
    });
}

function newCommand(context: Context): CliCommand {
  return new CliCommand('new')
    .argument('<name>', 'name of the project and of its folder, such as weather-station')
    .description('Begin a driver: a project with a driver, a simulated device and a test')
    .example('fairlead driver new weather-station', 'makes the folder weather-station')
    .action(async (name: string, _options: unknown, self: CliCommand) => {
      const files = await scaffold(name);
      context
        .printer(self)
        .show({ name, files }, () => [
          ...files.map((file) => `${name}/${file}`),
          '',
          `cd ${name} && npm install && npm test`,
        ]);
    });
}
