import { operations } from '@fairlead/api';
import { storeErrors } from '@fairlead/store';
import type { Api, ApiContext } from '../context.ts';
import { routeOf } from '../route.ts';
import { checkedDefinition } from './checked-definition.ts';
import { deviceDetail, deviceView } from './views.ts';

/** The device, or DEVICE_UNKNOWN. */
export function existing({ store }: ApiContext, name: string) {
  const device = store.devices.get(name);
  if (device === undefined) throw storeErrors.error('DEVICE_UNKNOWN', { name });
  return device;
}

export function deviceRoutes(api: Api, context: ApiContext): void {
  const { store, gateway, scripts } = context;

  /** Closes the link of a changed device, so that it reconnects with the changes; the gateway of a sub-device reloads it. */
  const changed = (device: { name: string; parent?: string | undefined }) => {
    if (device.parent === undefined) gateway.forget(device.name);
    else gateway.subDevicesChanged(device.parent);
  };

  api.route({
    ...routeOf(operations.devices.list),
    handler: ({ query }) => store.devices.list(query).map((device) => deviceView(device, context)),
  });

  api.route({
    ...routeOf(operations.devices.add),
    handler: async ({ body }, reply) => {
      const { device, token } = store.devices.add(await checkedDefinition(body, scripts));
      if (device.parent !== undefined) gateway.subDevicesChanged(device.parent);
      reply.code(201);
      return { name: device.name, token, parent: device.parent, address: device.address };
    },
  });

  api.route({
    ...routeOf(operations.devices.get),
    handler: ({ params }) => deviceDetail(existing(context, params.name), context),
  });

  api.route({
    ...routeOf(operations.devices.change),
    handler: async ({ params, body }) => {
      existing(context, params.name);
      const device = store.devices.edit(params.name, await checkedDefinition(body, scripts));
      if (Object.keys(body).some((key) => key !== 'label')) changed(device);
      return deviceDetail(device, context);
    },
  });

  api.route({
    ...routeOf(operations.devices.remove),
    handler: ({ params, query }, reply) => {
      for (const device of store.devices.remove(params.name, query)) changed(device);
      reply.code(204).send();
    },
  });

  api.route({
    ...routeOf(operations.devices.rotateToken),
    handler: ({ params }) => {
      const token = store.devices.rotateToken(params.name);
      gateway.forget(params.name);
      return { name: params.name, token };
    },
  });
}
