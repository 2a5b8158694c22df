import { isAbsolute } from 'node:path';
import { durationOption } from '@fairlead/core';
import { type DriverStatus, indiErrors, type Property } from '@fairlead/indi';
import { z } from 'zod';
import { serverErrors } from '../../catalogue.ts';
import { chained, command, driverDevice } from '../../config/drivers.ts';
import { listenerName } from '../../config/key.ts';
import { shownValue } from '../../drivers/bridge.ts';
import type { DriverClients, Drivers } from '../../drivers/drivers.ts';
import { type Api, type ApiContext, isoMaybe } from '../context.ts';
import { problems } from '../problem.ts';

const tags = ['drivers'];

const driverSchema = z.object({
  name: z.string(),
  kind: z.enum(['driver', 'chain']).describe('A driver that runs here, or a server that we are a client of.'),
  state: z.enum(['starting', 'running', 'waiting', 'stopped']),
  pid: z.int().optional(),
  restarts: z.int().describe('Starts after the first.'),
  devices: z.array(z.string()),
  cause: z.object({ code: z.string(), message: z.string() }).optional().describe('Why it ended last.'),
  warning: z
    .object({ code: z.string(), message: z.string() })
    .optional()
    .describe('What is odd about it while it runs.'),
});

const propertySchema = z.object({
  device: z.string(),
  name: z.string(),
  type: z.enum(['Text', 'Number', 'Switch', 'Light', 'BLOB']),
  label: z.string(),
  group: z.string(),
  state: z.enum(['Idle', 'Ok', 'Busy', 'Alert']),
  perm: z.enum(['ro', 'wo', 'rw']),
  rule: z.enum(['OneOfMany', 'AtMostOne', 'AnyOfMany']).optional(),
  time: z.string().optional().describe('What the driver says of when it changed.'),
  elements: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      value: z
        .unknown()
        .describe('Text, number, true or false, state of a light; of a BLOB size and format.'),
      format: z.string().optional(),
      min: z.number().optional(),
      max: z.number().optional(),
      step: z.number().optional(),
    }),
  ),
});

const addBody = z.union([
  z.strictObject({
    name: listenerName.describe('By which it is stopped, started and removed.'),
    command: command.describe(
      'Program and arguments. `drivers.programs` of the configuration names the programs.',
    ),
    device: driverDevice.optional().describe('Name of its device, for drivers that take one.'),
    config: z
      .string()
      .refine(isAbsolute, 'expected a full path')
      .optional()
      .describe('File of its configuration instead of ~/.indi/DEVICE_config.xml.'),
    connect: z.boolean().optional().describe('Whether its devices are connected when it has started.'),
  }),
  z.strictObject({
    chain: chained.describe('Another INDI server: DEVICE@HOST:PORT, or @HOST for all its devices.'),
  }),
]);

const clientsSchema = z.object({
  connected: z
    .array(
      z.object({
        remote: z.string(),
        queued: z.int().describe('Bytes that wait for it.'),
        dropped: z.int().describe('BLOBs of streams that it did not get, as it was too slow.'),
        bytesIn: z.int(),
        bytesOut: z.int(),
      }),
    )
    .describe('Clients that have said something.'),
  ended: z
    .array(z.object({ remote: z.string(), time: z.string(), code: z.string(), message: z.string() }))
    .describe('Those that ended last, and why; the latest first.'),
  counts: z.record(z.string(), z.int()).describe('How many have ended, by code.'),
});

const deviceParams = z.object({ device: z.string() });
const propertyParams = deviceParams.extend({ property: z.string() });
const setBody = z.strictObject({
  values: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .describe('Values by element; numbers may be sexagesimal text, switches On and Off.'),
  wait: durationOption
    .optional()
    .describe('Time for the driver to answer; without it nothing is waited for.'),
});

export function driverRoutes(api: Api, { drivers }: ApiContext): void {
  api.route({
    method: 'GET',
    url: '/drivers',
    schema: { tags, summary: 'List drivers and chained servers', response: { 200: z.array(driverSchema) } },
    handler: () => (drivers?.list() ?? []).map(driverView),
  });

  api.route({
    method: 'POST',
    url: '/drivers',
    schema: {
      tags,
      summary: 'Start a driver, or join another INDI server, until it is removed or the service ends',
      description:
        'It is not kept: what is to run after the next start of the service stands in its configuration.',
      body: addBody,
      response: { 201: driverSchema, ...problems(400, 409, 503) },
    },
    handler: async ({ body }, reply) => reply.code(201).send(driverView(running(drivers).add(body))),
  });

  api.route({
    method: 'DELETE',
    url: '/drivers/:name',
    schema: {
      tags,
      summary: 'End a driver, or leave another INDI server',
      description: 'One that the configuration names is there again after the next start of the service.',
      params: z.object({ name: z.string() }),
      response: { 204: z.undefined().describe('Removed.'), ...problems(404) },
    },
    handler: async ({ params: { name } }, reply) => {
      if (drivers === undefined) throw indiErrors.error('DRIVER_UNKNOWN', { name, known: 'none' });
      await drivers.remove(name);
      reply.code(204).send();
    },
  });

  api.route({
    method: 'GET',
    url: '/drivers/clients',
    schema: {
      tags,
      summary: 'List the clients of the INDI port, and why others have ended',
      response: { 200: clientsSchema },
    },
    handler: () => clientsView(drivers?.clients()),
  });

  const actions = {
    start: 'Start a driver, or connect to a chained server, that was stopped or waits to be tried again',
    stop: 'End a driver, or leave a chained server, until it or the service is started',
    restart: 'End a driver and start it again',
  } as const;
  for (const [action, summary] of Object.entries(actions) as [keyof typeof actions, string][])
    api.route({
      method: 'POST',
      url: `/drivers/:name/${action}`,
      schema: {
        tags,
        summary,
        params: z.object({ name: z.string() }),
        response: { 200: driverSchema, ...problems(404, 503) },
      },
      handler: async ({ params: { name } }) => {
        if (drivers === undefined) throw indiErrors.error('DRIVER_UNKNOWN', { name, known: 'none' });
        return driverView(await drivers.control(name, action));
      },
    });

  api.route({
    method: 'GET',
    url: '/drivers/:device/properties',
    schema: {
      tags,
      summary: 'List the properties of a device',
      params: deviceParams,
      response: { 200: z.array(propertySchema), ...problems(404) },
    },
    handler: ({ params: { device } }) => {
      const properties = drivers?.properties(device) ?? [];
      if (properties.length === 0) throw serverErrors.error('DRIVER_DEVICE_UNKNOWN', { device });
      return properties.map(propertyView);
    },
  });

  api.route({
    method: 'GET',
    url: '/drivers/:device/properties/:property',
    schema: {
      tags,
      summary: 'Show a property',
      params: propertyParams,
      response: { 200: propertySchema, ...problems(404) },
    },
    handler: ({ params: { device, property } }) =>
      propertyView(existing(drivers, device).property(device, property)),
  });

  for (const method of ['PUT', 'POST'] as const)
    api.route({
      method,
      url: '/drivers/:device/properties/:property',
      schema: {
        tags,
        summary: 'Ask the driver to change a property',
        params: propertyParams,
        body: setBody,
        response: { 200: propertySchema, ...problems(400, 404, 422, 504) },
      },
      handler: async ({ params: { device, property }, body: { values, wait } }) =>
        propertyView(await existing(drivers, device).set(device, property, values, wait)),
    });
}

function driverView(driver: DriverStatus): z.output<typeof driverSchema> {
  return { ...driver, devices: [...driver.devices] };
}

function clientsView(clients: DriverClients | undefined): z.output<typeof clientsSchema> {
  const { connected = [], ended } = clients ?? {};
  return {
    connected: [...connected],
    ended: (ended?.recent ?? []).map(({ time, ...rest }) => ({
      ...rest,
      time: new Date(time).toISOString(),
    })),
    counts: { ...ended?.counts },
  };
}

function running(drivers: Drivers | undefined): Drivers {
  if (drivers === undefined) throw serverErrors.error('DRIVERS_OFF');
  return drivers;
}

function existing(drivers: Drivers | undefined, device: string): Drivers {
  if (drivers === undefined) throw serverErrors.error('DRIVER_DEVICE_UNKNOWN', { device });
  return drivers;
}

function propertyView(property: Property): z.output<typeof propertySchema> {
  const { device, name, type, label, group, state, perm, rule, timestamp, elements } = property;
  return {
    ...{ device, name, type, label, group, state, perm, rule },
    time: isoMaybe(timestamp),
    elements: [...elements.values()].map(({ name, label, value, format, min, max, step }) => ({
      ...{ name, label, value: shownValue(value), format, min, max, step },
    })),
  };
}
