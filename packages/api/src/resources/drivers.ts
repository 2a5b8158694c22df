/** Drivers of devices that the service connects to, and their properties. */
import { durationOption } from '@fairlead/core';
import { z } from 'zod';
import { named, nothing, revision } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';

const tag = 'drivers';
const path = `${API_BASE}/drivers` as const;

/** Of a driver; the configuration has the same rule. */
export const driverName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'a name has lower-case letters, digits and hyphens, 32 at most');

const COMMAND = 'expected a list of words: program and arguments, such as [indi_lx200basic]';
/** Program and arguments; the configuration has the same rule. */
export const driverCommand = z
  .array(z.union([z.string(), z.number().transform(String)], { error: () => COMMAND }), {
    error: () => COMMAND,
  })
  .refine(([program]) => program !== undefined && program !== '', COMMAND)
  .transform((words) => words as [string, ...string[]]);

/** Name of the device of a driver; the programs of INDI cut longer names. */
export const driverDevice = z
  .string()
  .regex(/^[^\p{Cc}]{1,63}$/u, 'expected 1 to 63 characters, no control characters');

const cause = z.object({ code: z.string(), message: z.string() });

const driverSchema = named(
  'Driver',
  z.object({
    name: z.string(),
    kind: z
      .enum(['driver', 'chain'])
      .describe('A driver that runs here, or another server to which the service is a client.'),
    state: z.enum(['starting', 'running', 'waiting', 'stopped']),
    pid: z.int().optional(),
    restarts: z.int().describe('Starts after the first.'),
    devices: z.array(z.string()),
    cause: cause.optional().describe('Why it ended last.'),
    warning: cause.optional().describe('A problem while it runs.'),
    revision,
  }),
);
export type DriverView = z.output<typeof driverSchema>;

const propertySchema = named(
  'Property',
  z.object({
    device: z.string(),
    name: z.string(),
    type: z.enum(['Text', 'Number', 'Switch', 'Light', 'BLOB']),
    label: z.string(),
    group: z.string(),
    state: z.enum(['Idle', 'Ok', 'Busy', 'Alert']),
    perm: z.enum(['ro', 'wo', 'rw']),
    rule: z.enum(['OneOfMany', 'AtMostOne', 'AnyOfMany']).optional(),
    time: z.string().optional().describe('When it changed, according to the driver.'),
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
  }),
);
export type PropertyView = z.output<typeof propertySchema>;

const isFullPath = (path: string): boolean => /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path);

const newDriver = named(
  'NewDriver',
  z.union([
    z.strictObject({
      name: driverName.describe('The name by which it is stopped, started and removed.'),
      command: driverCommand.describe(
        'Program and arguments. `drivers.programs` of the configuration names the programs.',
      ),
      device: driverDevice.optional().describe('Name of its device, for drivers that take one.'),
      config: z
        .string()
        .refine(isFullPath, 'expected a full path')
        .optional()
        .describe('File of its configuration instead of ~/.indi/DEVICE_config.xml.'),
      connect: z.boolean().optional().describe('Whether its devices are connected after it has started.'),
    }),
    z.strictObject({
      chain: z.string().describe('Another INDI server: DEVICE@HOST:PORT, or @HOST for all its devices.'),
    }),
  ]),
);

const clientsSchema = named(
  'DriverClients',
  z.object({
    connected: z
      .array(
        z.object({
          remote: z.string(),
          queued: z.int().describe('Bytes that wait for it.'),
          dropped: z.int().describe('BLOBs of streams that were dropped because it was too slow.'),
          bytesIn: z.int(),
          bytesOut: z.int(),
        }),
      )
      .describe('Clients that have sent something.'),
    ended: z
      .array(z.object({ remote: z.string(), time: z.string(), code: z.string(), message: z.string() }))
      .describe('Those that ended last, and why; the latest first.'),
    counts: z.record(z.string(), z.int()).describe('How many have ended, by code.'),
  }),
);
export type DriverClientsView = z.output<typeof clientsSchema>;

const propertyParams = z.object({ device: z.string(), property: z.string() });
const driverParams = z.object({ name: z.string() });
const setBody = named(
  'PropertyChange',
  z.strictObject({
    values: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .describe('Values by element; numbers may be sexagesimal text, switches On and Off.'),
    wait: durationOption
      .optional()
      .describe('Time for the driver to answer; without it the request does not wait.'),
  }),
);

const control = <I extends string, A extends string>(id: I, action: A, summary: string) =>
  operation({
    id,
    method: 'POST',
    path: `${path}/:name/${action}`,
    tag,
    scope: 'operate',
    summary,
    params: driverParams,
    response: { 200: driverSchema },
    problems: [404, 503],
  });

const setProperty = <I extends string, M extends 'PUT' | 'POST'>(id: I, method: M) =>
  operation({
    id,
    method,
    path: `${path}/:device/properties/:property`,
    tag,
    scope: 'operate',
    recorded: ['values'],
    summary: 'Ask the driver to change a property',
    params: propertyParams,
    body: setBody,
    response: { 200: propertySchema },
    problems: [400, 404, 422, 504],
  });

export const drivers = {
  list: operation({
    id: 'listDrivers',
    method: 'GET',
    path,
    tag,
    scope: 'read',
    summary: 'List drivers and chained servers',
    response: { 200: z.array(driverSchema) },
  }),
  add: operation({
    id: 'addDriver',
    method: 'POST',
    path,
    tag,
    scope: 'admin',
    recorded: ['name', 'command', 'chain'],
    summary: 'Start a driver, or connect to another INDI server, until it is removed or the service ends',
    description: 'It is not saved: drivers that start with the service are named in its configuration.',
    body: newDriver,
    response: { 201: driverSchema },
    problems: [400, 409, 503],
  }),
  remove: operation({
    id: 'removeDriver',
    method: 'DELETE',
    path: `${path}/:name`,
    tag,
    scope: 'admin',
    summary: 'End a driver, or disconnect from another INDI server',
    description: 'A driver that the configuration names returns at the next start of the service.',
    params: driverParams,
    revised: 'always',
    response: { 204: nothing('Removed.') },
    problems: [404],
  }),
  clients: operation({
    id: 'listDriverClients',
    method: 'GET',
    path: `${path}/clients`,
    tag,
    scope: 'read',
    summary: 'List the clients of the INDI port, and why others have ended',
    response: { 200: clientsSchema },
  }),
  start: control(
    'startDriver',
    'start',
    'Start a driver, or connect to a chained server, that was stopped or waits for its next attempt',
  ),
  stop: control(
    'stopDriver',
    'stop',
    'End a driver, or disconnect from a chained server, until it or the service is started',
  ),
  restart: control('restartDriver', 'restart', 'End a driver and start it again'),
  properties: operation({
    id: 'listProperties',
    method: 'GET',
    path: `${path}/:device/properties`,
    tag,
    scope: 'read',
    summary: 'List the properties of a device',
    params: z.object({ device: z.string() }),
    response: { 200: z.array(propertySchema) },
    problems: [404],
  }),
  property: operation({
    id: 'getProperty',
    method: 'GET',
    path: `${path}/:device/properties/:property`,
    tag,
    scope: 'read',
    summary: 'Show a property',
    params: propertyParams,
    response: { 200: propertySchema },
    problems: [404],
  }),
  setProperty: setProperty('setProperty', 'PUT'),
  postProperty: setProperty('postProperty', 'POST'),
};
