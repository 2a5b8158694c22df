import { type DriverStatus, indiErrors, type Property } from '@fairlead/indi';
import { durationOption } from '@fairlead/tcp';
import { z } from 'zod';
import { serverErrors } from '../../catalogue.ts';
import { shownValue } from '../../drivers/bridge.ts';
import type { Drivers } from '../../drivers/drivers.ts';
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
