import {
  addedSchema,
  definitionSchema,
  deviceDetailSchema,
  deviceParams,
  deviceSchema,
  devicesQuery,
  patchSchema,
  removeQuery,
} from '@fairlead/api';
import { storeErrors } from '@fairlead/store';
import { z } from 'zod';
import type { Api, ApiContext } from '../context.ts';
import { problems } from '../problem.ts';
import { tried } from './checked-definition.ts';
import { deviceDetail, deviceView } from './views.ts';

const tags = ['devices'];

/** The device, or DEVICE_UNKNOWN. */
export function existing({ store }: ApiContext, name: string) {
  const device = store.devices.get(name);
  if (device === undefined) throw storeErrors.error('DEVICE_UNKNOWN', { name });
  return device;
}

export function deviceRoutes(api: Api, context: ApiContext): void {
  const { store, gateway, scripts } = context;

  /** Its link ends, so that the device comes back under the new terms; a sub-device's gateway only looks again. */
  const changed = (device: { name: string; parent?: string | undefined }) => {
    if (device.parent === undefined) gateway.forget(device.name);
    else gateway.subDevicesChanged(device.parent);
  };

  api.route({
    method: 'GET',
    url: '/devices',
    schema: {
      tags,
      summary: 'List devices, by name',
      querystring: devicesQuery,
      response: { 200: z.array(deviceSchema), ...problems(400) },
    },
    handler: ({ query }) => store.devices.list(query).map((device) => deviceView(device, context)),
  });

  api.route({
    method: 'POST',
    url: '/devices',
    schema: {
      tags,
      summary: 'Add a device',
      description: 'The answer has its token, which is shown this once. Framing and scripts are tried first.',
      body: definitionSchema,
      response: { 201: addedSchema, ...problems(400, 409, 422) },
    },
    handler: async ({ body }, reply) => {
      const { device, token } = store.devices.add(await tried(body, scripts));
      if (device.parent !== undefined) gateway.subDevicesChanged(device.parent);
      reply.code(201);
      return { name: device.name, token, parent: device.parent, address: device.address };
    },
  });

  api.route({
    method: 'GET',
    url: '/devices/:name',
    schema: {
      tags,
      summary: 'Show a device with its latest values',
      params: deviceParams,
      response: { 200: deviceDetailSchema, ...problems(404) },
    },
    handler: ({ params }) => deviceDetail(existing(context, params.name), context),
  });

  api.route({
    method: 'PATCH',
    url: '/devices/:name',
    schema: {
      tags,
      summary: 'Change a device',
      description:
        'Where more than the label changes, its link is closed, so that it comes back under the new terms.',
      params: deviceParams,
      body: patchSchema,
      response: { 200: deviceDetailSchema, ...problems(400, 404, 422) },
    },
    handler: async ({ params, body }) => {
      existing(context, params.name);
      const device = store.devices.edit(params.name, await tried(body, scripts));
      if (Object.keys(body).some((key) => key !== 'label')) changed(device);
      return deviceDetail(device, context);
    },
  });

  api.route({
    method: 'DELETE',
    url: '/devices/:name',
    schema: {
      tags,
      summary: 'Remove a device and all that is remembered of it',
      params: deviceParams,
      querystring: removeQuery,
      response: { 204: z.undefined().describe('Removed.'), ...problems(404, 409) },
    },
    handler: ({ params, query }, reply) => {
      for (const device of store.devices.remove(params.name, query)) changed(device);
      reply.code(204).send();
    },
  });

  api.route({
    method: 'POST',
    url: '/devices/:name/token',
    schema: {
      tags,
      summary: 'Give a device a new token',
      description: 'The old one is refused from now on, and the link that came in with it is closed.',
      params: deviceParams,
      response: { 200: addedSchema, ...problems(404, 409) },
    },
    handler: ({ params }) => {
      const token = store.devices.rotateToken(params.name);
      gateway.forget(params.name);
      return { name: params.name, token };
    },
  });
}
