/** Properties of devices with a driver, over the API of the service. `fairlead indi` talks to any INDI server instead. */
import type { PropertyView } from '@fairlead/api';
import { durationArgument } from '../arguments.ts';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { ListCommand } from '../list-command.ts';
import { fields } from '../output/text.ts';

export function propertiesCommand(context: Context): CliCommand {
  return new ListCommand('properties', context)
    .argument('<device>', 'name of a device, as "driver ls" shows it')
    .description('List the properties of a device with a driver')
    .example('fairlead driver properties Dome', 'what it shows and what can be set')
    .action(async (device: string, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const properties = await apiOf(context.terminal).drivers.properties({ params: { device } });
      print.show(properties, () =>
        print.table<PropertyView>(
          [
            { head: 'PROPERTY', cell: ({ name }) => name },
            { head: 'STATE', cell: ({ state }) => state },
            { head: 'ACCESS', cell: ({ perm }) => perm },
            { head: 'VALUES', cell: valuesText },
            { head: 'GROUP', cell: ({ group }) => group },
          ],
          properties,
        ),
      );
    });
}

export function setCommand(context: Context): CliCommand {
  return new CliCommand('set')
    .argument('<device>', 'name of a device, as "driver ls" shows it')
    .argument('<property>')
    .argument('<values...>', 'ELEMENT=VALUE; a switch is On or Off')
    .option('--wait <duration>', 'wait for the answer of the driver', durationArgument)
    .description('Ask a driver to change a property')
    .example(
      'fairlead driver set Dome SHUTTER OPEN=On --wait 30s',
      'open the shutter, and wait until it is open',
    )
    .action(
      async (
        device: string,
        property: string,
        words: string[],
        { wait }: { wait?: number },
        self: CliCommand,
      ) => {
        const shown = await apiOf(context.terminal).drivers.setProperty({
          params: { device, property },
          body: { values: valuesOf(words), wait },
          extraTime: wait ?? 0,
        });
        context.printer(self).show(shown, () => [`${shown.name} is ${shown.state}: ${valuesText(shown)}`]);
      },
    );
}

const valuesText = ({ elements }: PropertyView): string =>
  fields(Object.fromEntries(elements.map(({ name, value }) => [name, value])));

function valuesOf(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
      if (name === undefined || value === undefined)
        throw cliErrors.error('USAGE_INVALID', { reason: `"${word}" is not of the form ELEMENT=VALUE.` });
      return [name, value];
    }),
  );
}
