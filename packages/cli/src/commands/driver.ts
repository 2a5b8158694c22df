import { isFairleadError } from '@fairlead/core';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { checkout } from '../driver/checkout.ts';
import { loadDriver, reasonOf } from '../driver/load.ts';
import { scaffold } from '../driver/scaffold.ts';
import { serviceCommands } from './driver-service.ts';

export function driverCommand(context: Context): CliCommand {
  const group = new CliCommand('driver');
  for (const command of [...serviceCommands(context), runCommand(context), newCommand(context)])
    group.addCommand(command);
  return group;
}

function runCommand({ terminal }: Context): CliCommand {
  return new CliCommand('run')
    .argument('<file>', 'module whose default export is a device or a device class')
    .description('Run a driver that speaks INDI on stdin and stdout, as an INDI server expects')
    .example('fairlead driver run weather.ts', 'test a driver: type <getProperties version="1.7"/>')
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

/** A driver sends nothing before a request. */
const FOR_PEOPLE =
  'The driver is running and speaks INDI on stdin and stdout. Type <getProperties version="1.7"/> to see its properties. Ctrl-D ends it.\n';

function newCommand(context: Context): CliCommand {
  return new CliCommand('new')
    .argument('<name>', 'name of the project and its folder, such as weather-station')
    .description('Create a driver project with a driver, a simulated device and a test')
    .example('fairlead driver new weather-station', 'create the folder weather-station')
    .action(async (name: string, _options: unknown, self: CliCommand) => {
      if (checkout() !== null)
        context.printer(self).note('Packing the required packages from this checkout.');
      const files = await scaffold(name);
      context
        .printer(self)
        .show({ name, files }, () => [
          ...files.map((file) => `${name}/${file}`),
          '',
          `cd ${name} && npm install && npm test`,
          'README.md describes the next steps.',
        ]);
    });
}
