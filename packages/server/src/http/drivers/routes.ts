import { operations } from '@fairlead/api';
import { coreErrors } from '@fairlead/core';
import { indiErrors } from '@fairlead/indi';
import { serverErrors } from '../../catalogue.ts';
import { chained } from '../../config/drivers.ts';
import type { Drivers } from '../../drivers/drivers.ts';
import type { Api, ApiContext } from '../context.ts';
import { hasToChange } from '../revision.ts';
import { routeOf } from '../route.ts';
import { clientsView, driverView, propertyView } from './views.ts';

export function driverRoutes(api: Api, { drivers }: ApiContext): void {
  api.route({
    ...routeOf(operations.drivers.list),
    handler: () => (drivers?.list() ?? []).map(driverView),
  });

  api.route({
    ...routeOf(operations.drivers.add),
    handler: async ({ body }, reply) => {
      if ('chain' in body) checkChain(body.chain);
      return reply.code(201).send(driverView(running(drivers).add(body)));
    },
  });

  api.route({
    ...routeOf(operations.drivers.remove),
    handler: async ({ params: { name }, headers }, reply) => {
      if (drivers === undefined) throw indiErrors.error('DRIVER_UNKNOWN', { name, known: 'none' });
      const saved = drivers.list().find((driver) => driver.name === name);
      // One that is not there is refused by its own code.
      if (saved !== undefined)
        hasToChange(headers['if-match'], { ...saved, kind: 'driver' }, () => {
          const theirs = { ...driverView(saved) };
          return { fields: Object.keys(theirs), theirs, yours: {} };
        });
      await drivers.remove(name);
      reply.code(204).send();
    },
  });

  api.route({
    ...routeOf(operations.drivers.clients),
    handler: () => clientsView(drivers?.clients()),
  });

  for (const action of ['start', 'stop', 'restart'] as const)
    api.route({
      ...routeOf(operations.drivers[action]),
      handler: async ({ params: { name } }) => {
        if (drivers === undefined) throw indiErrors.error('DRIVER_UNKNOWN', { name, known: 'none' });
        return driverView(await drivers.control(name, action));
      },
    });

  api.route({
    ...routeOf(operations.drivers.properties),
    handler: ({ params: { device } }) => {
      const properties = drivers?.properties(device) ?? [];
      if (properties.length === 0) throw serverErrors.error('DRIVER_DEVICE_UNKNOWN', { device });
      return properties.map(propertyView);
    },
  });

  api.route({
    ...routeOf(operations.drivers.property),
    handler: ({ params: { device, property } }) =>
      propertyView(existing(drivers, device).property(device, property)),
  });

  for (const change of ['setProperty', 'postProperty'] as const)
    api.route({
      ...routeOf(operations.drivers[change]),
      handler: async ({ params: { device, property }, body: { values, wait } }) =>
        propertyView(await existing(drivers, device).set(device, property, values, wait)),
    });
}

function running(drivers: Drivers | undefined): Drivers {
  if (drivers === undefined) throw serverErrors.error('DRIVERS_OFF');
  return drivers;
}

function existing(drivers: Drivers | undefined, device: string): Drivers {
  if (drivers === undefined) throw serverErrors.error('DRIVER_DEVICE_UNKNOWN', { device });
  return drivers;
}

/** Throws OPTION_INVALID. */
function checkChain(text: string): void {
  const { success, error } = chained.safeParse(text);
  if (success) return;
  const reason = `${error.issues[0]?.message}.`;
  throw coreErrors.error('OPTION_INVALID', { key: 'chain', where: ' of the body', reason });
}
