import type { DriverStatus } from '@fairlead/server';
import { isFairleadError } from '@fairlead/tcp';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { checkout } from '../driver/checkout.ts';
import { loadDriver, reasonOf } from '../driver/load.ts';
import { scaffold } from '../driver/scaffold.ts';
import { printable } from '../output/text.ts';

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
      if (print.json) return;
      for (const { name, state, cause, warning } of drivers) {
        const why = warning ?? (state === 'waiting' ? cause : undefined);
        if (why !== undefined) print.note(printable(`${name}: ${why.code}: ${why.message}`));
      }
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
      const { consoleOnStderr, runDriver } = await import('@fairlead/server');
      consoleOnStderr();
      const devices = await loadDriver(file);
      if (terminal.interactive) terminal.err(FOR_PEOPLE);
      try {
        await runDriver(devices, { signal: terminal.interrupted });
      } catch (error) {
        if (isFairleadError(error)) throw error;
        throw cliErrors.error('DRIVER_FAILED', { file, reason: reasonOf(error, file) }, error);
      }
    });
}

/** A driver says nothing before it is asked. */
const FOR_PEOPLE =
  'The driver runs, and speaks INDI with whoever starts it. Type <getProperties version="1.7"/> to see what it says; Ctrl-D ends it.\n';

function newCommand(context: Context): CliCommand {
  return new CliCommand('new')
    .argument('<name>', 'name of the project and of its folder, such as weather-station')
    .description('Begin a driver: a project with a driver, a simulated device and a test')
    .example('fairlead driver new weather-station', 'makes the folder weather-station')
    .action(async (name: string, _options: unknown, self: CliCommand) => {
      if (checkout() !== null) context.printer(self).note('Packing what it needs from this checkout.');
      const files = await scaffold(name);
      context
        .printer(self)
        .show({ name, files }, () => [
          ...files.map((file) => `${name}/${file}`),
          '',
          `cd ${name} && npm install && npm test`,
          'README.md says how to go on.',
        ]);
    });
}
