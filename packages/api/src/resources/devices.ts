/** Devices: who may dial in. */
import { durationOption } from '@fairlead/core';
import { z } from 'zod';
import {
  deviceName,
  deviceParams,
  filterText,
  flag,
  named,
  nothing,
  pageSize,
  parameters,
  protocol,
  revision,
  time,
} from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';
import { desiredSchema } from './desired.ts';
import { linkFields, linkView } from './device-link.ts';

const tag = 'devices';
const path = `${API_BASE}/devices` as const;

const hex = z.string().regex(/^([0-9A-Fa-f]{2})+$/, 'expected bytes in hexadecimal, two digits each');
const bufferSize = z.int().positive().describe('Bytes; largest piece read or written at once.');

/** Fields of a profile. A new one goes here: requests, answers and the comparison of an import follow. */
const textFields = {
  framing: z
    .union([z.string(), z.looseObject({ rules: z.array(z.unknown()) })])
    .describe('raw, line, fixed:N, length:N, or rules as JSON.'),
  uplink: z.string().describe('Source of the script that turns frames into readings.'),
  downlink: z.string().describe('Source of a script for downlinks, if it is not in the first.'),
  heartbeatEcho: z.boolean().describe('Whether heartbeats are sent back.'),
};
/** Fields of a profile in hexadecimal; they are stored in lower case. */
const hexFields = {
  authReply: hex.describe('Sent after authentication, in hexadecimal.'),
  ack: hex.describe('Sent after each message that was accepted, in hexadecimal.'),
};
const profileFields = { ...textFields, ...hexFields };

const keysOf = <F extends object>(fields: F) => Object.keys(fields) as (keyof F)[];
/** The keys of the fields of a profile, those in hexadecimal apart. */
export const profileKeys = { text: keysOf(textFields), hex: keysOf(hexFields) };

/** The fields of a profile that only the details of a device show: the list has the framing, as text. */
const { framing: _framing, ...detailFields } = z.object(profileFields).partial().shape;

const identity = z
  .string()
  .describe('What the device says it is, such as its IMEI: 1 to 128 printable ASCII characters, no blank.');
const endpoint = z
  .string()
  .describe(
    'Where Fairlead connects to the device: tcp://HOST:PORT or tls://HOST:PORT. Settings of TLS may follow: ?ca=PATH&cert=PATH&key=PATH&serverName=NAME.',
  );
const secret = z
  .string()
  .describe('What the device proves itself with. It is stored encrypted and never shown.');
const unknownSubDevices = z
  .enum(['refuse', 'inbox', 'create'])
  .describe('Of a gateway device: what becomes of sub-devices that are not registered. Default: refuse.');
const downlinkTerm = (about: string) =>
  durationOption.optional().describe(`${about} A duration, or milliseconds.`);
const downlinkTerms = z
  .strictObject({
    keep: downlinkTerm('Messages are kept for so long while the device is not connected.'),
    window: downlinkTerm('The device listens only for so long after it was heard.'),
    gap: downlinkTerm('Least time between two kept messages.'),
  })
  .describe('How messages reach the device, over what its profile says.');
const downlinkTermChanges = z
  .strictObject({
    keep: durationOption.nullable().optional(),
    window: durationOption.nullable().optional(),
    gap: durationOption.nullable().optional(),
  })
  .describe('Those that are not named stay; null takes one back to what the profile says.');
/** What a device of a named profile has besides. */
const profileDevice = { identity, endpoint, secret, parameters, unknownSubDevices };

export const definitionSchema = named(
  'NewDevice',
  z.strictObject({
    name: z.string().describe('1 to 64 of letters, digits, "_", ":" and "-". It never changes.'),
    label: z
      .string()
      .optional()
      .describe('Free text, without control characters and those that change the direction of writing.'),
    protocol: protocol
      .optional()
      .describe(
        'Default: official; with a named profile custom, or profile if the device has an identity or an endpoint.',
      ),
    type: z.enum(['standard', 'gateway', 'sub']).optional().describe('Default: standard.'),
    parent: z.string().optional().describe('Name of the gateway device: makes this a sub-device.'),
    address: z.string().optional().describe('Address of the sub-device behind its gateway.'),
    token: z.string().optional().describe('An existing token. By default the service makes one.'),
    profile: z.string().optional().describe('Name of a profile, instead of framing, scripts and replies.'),
    ...z.strictObject(profileDevice).partial().shape,
    downlinks: downlinkTerms.optional(),
    ...z.strictObject(linkFields).partial().shape,
    inboundBuffer: bufferSize.optional(),
    outboundBuffer: bufferSize.optional(),
    ...z.strictObject(profileFields).partial().shape,
  }),
);
export type NewDevice = z.input<typeof definitionSchema>;

const nullable = <S extends z.ZodType>(schema: S) => schema.nullable().optional();
const nullableFields = <F extends Readonly<Record<string, z.ZodType>>>(fields: F) =>
  Object.fromEntries(Object.entries(fields).map(([key, schema]) => [key, nullable(schema)])) as {
    [K in keyof F]: z.ZodOptional<z.ZodNullable<F[K]>>;
  };

const parameterChanges = parameters.describe(
  'Parameters to change; those that are not named stay, one that is null is taken back to the default of the profile.',
);

const patchSchema = named(
  'DeviceChanges',
  z
    .strictObject({
      label: nullable(z.string()),
      profile: nullable(z.string()),
      ...nullableFields({ ...profileDevice, parameters: parameterChanges }),
      ...nullableFields(profileFields),
      downlinks: nullable(downlinkTermChanges),
      ...nullableFields(linkFields),
      inboundBuffer: nullable(bufferSize),
      outboundBuffer: nullable(bufferSize),
    })
    .describe('The fields to change; null takes a field back to its default.'),
);
export type DeviceChanges = z.input<typeof patchSchema>;

const filterSchema = named(
  'DeviceFilter',
  z
    .strictObject({
      profile: z.string().optional().describe('Name of the profile.'),
      prefix: z.string().optional().describe('The beginning of the name.'),
      label: z.string().optional(),
      type: z.enum(['standard', 'gateway', 'sub']).optional(),
      protocol: protocol.optional(),
      parent: z.string().optional().describe('Name of the gateway device.'),
    })
    .describe('Which devices: all that is given must hold, and at least one key must be given.'),
);
export type DeviceFilterInput = z.input<typeof filterSchema>;

const bulkSchema = named(
  'DevicesChange',
  z.strictObject({
    where: filterSchema,
    changes: patchSchema,
    dryRun: z.boolean().default(false).describe('True: nothing is changed; the answer says what would be.'),
  }),
);

const bulkResultSchema = named(
  'DevicesChanged',
  z.object({
    dryRun: z.boolean(),
    matched: z.int().describe('Devices that the filter matches.'),
    changed: z.int().describe('Devices that were changed: all of them, or none.'),
    devices: z.array(deviceName).describe('Their names.'),
    refused: z
      .array(z.object({ name: deviceName, code: z.string(), message: z.string() }))
      .describe('Devices that cannot be changed. If there is one, nothing is changed.'),
  }),
);
export type DevicesChanged = z.output<typeof bulkResultSchema>;

const addedSchema = named(
  'AddedDevice',
  z.object({
    name: deviceName,
    token: z
      .string()
      .optional()
      .describe(
        'The AccessToken: shown here and never again. A sub-device and a device with an identity or an endpoint have none.',
      ),
    identity: z.string().optional(),
    endpoint: z.string().optional(),
    parent: z.string().optional(),
    address: z.string().optional(),
  }),
);
export type AddedDevice = z.output<typeof addedSchema>;

const lifeState = z
  .enum(['live', 'suspect', 'dead'])
  .describe(
    'suspect: online, but it should have answered. dead: offline because it did not answer. Absent where its link was closed in good order.',
  );

const deviceSchema = named(
  'Device',
  z.object({
    name: deviceName,
    label: z.string().optional(),
    type: z.enum(['standard', 'gateway', 'sub']),
    protocol,
    parent: z.string().optional(),
    address: z.string().optional(),
    profile: z.string().optional().describe('Name of the profile, if it has one.'),
    identity: z.string().optional().describe('What the device says it is.'),
    endpoint: z.string().optional().describe('Where Fairlead connects to the device.'),
    framing: z.string().optional().describe('Absent with a named profile, which shows its own.'),
    status: z.enum(['online', 'offline']),
    state: lifeState.optional(),
    since: time.optional().describe('Since when it is online or offline; absent if it was never online.'),
    flaps: z
      .string()
      .optional()
      .describe(
        'While its links replace each other again and again, DEVICE_FLAPS in words: two devices may use one token.',
      ),
    createdAt: time,
    revision,
  }),
);
export type DeviceView = z.output<typeof deviceSchema>;

const latestValue = named('LatestValue', z.object({ value: z.unknown(), time }));

const deviceDetailSchema = named(
  'DeviceDetail',
  deviceSchema.extend({
    link: z.string().optional().describe('Its open link.'),
    values: z.record(z.string(), latestValue).describe('The latest value of each key.'),
    profileVersion: z.string().optional().describe('Version of the named profile that is used.'),
    parameters: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('What the device sets of its parameters.'),
    unknownSubDevices: unknownSubDevices.optional(),
    downlinks: z
      .object({ keep: z.int().optional(), window: z.int().optional(), gap: z.int().optional() })
      .optional()
      .describe('How messages reach the device: milliseconds.'),
    ...linkView,
    desired: desiredSchema.optional().describe('Absent where nothing is desired.'),
    hasSecret: z.boolean().optional().describe('True: a secret is stored.'),
    ...detailFields,
    inboundBuffer: z.int(),
    outboundBuffer: z.int(),
  }),
);
export type DeviceDetail = z.output<typeof deviceDetailSchema>;

const deviceWhySchema = named(
  'DeviceWhy',
  z.object({
    name: deviceName,
    status: z.enum(['online', 'offline']),
    state: lifeState.optional(),
    sentence: z.string().describe('The reason in one English sentence; its times are in UTC.'),
    code: z.string().optional().describe('The code of the reason.'),
    since: time.optional(),
    lastReceivedAt: time.optional().describe('When the device was last heard.'),
  }),
);
export type DeviceWhy = z.output<typeof deviceWhySchema>;

export const devices = {
  list: operation({
    id: 'listDevices',
    method: 'GET',
    path,
    tag,
    scope: 'read',
    summary: 'List devices, by name',
    query: z.strictObject({
      limit: pageSize.describe('Most devices in the answer.'),
      after: z.string().optional().describe('Only names after this one: the last of the page before.'),
      prefix: z.string().optional().describe('Only names with this prefix.'),
      profile: z.string().optional().describe('Only devices with the profile of this name.'),
      filter: filterText,
      names: z
        .string()
        .max(20_000)
        .optional()
        .describe(
          'Only these devices: names with commas between them. Names that do not exist are left out.',
        ),
    }),
    response: { 200: z.array(deviceSchema) },
    problems: [400],
  }),
  add: operation({
    id: 'addDevice',
    method: 'POST',
    path,
    tag,
    scope: 'admin',
    summary: 'Add a device',
    description: 'The answer has its token, which is shown once. Framing and scripts are checked first.',
    body: definitionSchema,
    response: { 201: addedSchema },
    problems: [400, 409, 422],
  }),
  get: operation({
    id: 'getDevice',
    method: 'GET',
    path: `${path}/:name`,
    tag,
    scope: 'read',
    summary: 'Show a device with its latest values',
    params: deviceParams,
    response: { 200: deviceDetailSchema },
    problems: [404],
  }),
  why: operation({
    id: 'explainDevice',
    method: 'GET',
    path: `${path}/:name/why`,
    tag,
    scope: 'read',
    summary: 'Say why a device is offline or suspect',
    params: deviceParams,
    response: { 200: deviceWhySchema },
    problems: [404],
  }),
  change: operation({
    id: 'changeDevice',
    method: 'PATCH',
    path: `${path}/:name`,
    tag,
    scope: 'admin',
    summary: 'Change a device',
    description:
      'The changes apply to its open link from the next message on. The link is closed only where framing or identity changed.',
    params: deviceParams,
    revised: 'always',
    body: patchSchema,
    response: { 200: deviceDetailSchema },
    problems: [400, 404, 422],
  }),
  changeMany: operation({
    id: 'changeDevices',
    method: 'PATCH',
    path,
    tag,
    scope: 'admin',
    recorded: ['where', 'changes', 'dryRun'],
    summary: 'Change all devices that a filter matches',
    description:
      'One transaction: all devices are changed, or none. A dry run says which devices match and which of them cannot be changed. They apply to open links from the next message on; a link is closed only where framing or identity changed.',
    body: bulkSchema,
    response: { 200: bulkResultSchema },
    problems: [400, 404, 422, 503],
  }),
  remove: operation({
    id: 'removeDevice',
    method: 'DELETE',
    path: `${path}/:name`,
    tag,
    scope: 'admin',
    summary: 'Remove a device with its values and messages',
    params: deviceParams,
    revised: 'always',
    query: z.strictObject({
      cascade: flag.describe('Remove the sub-devices of a gateway together with it.'),
    }),
    response: { 204: nothing('Removed.') },
    problems: [404, 409],
  }),
  rotateToken: operation({
    id: 'rotateDeviceToken',
    method: 'POST',
    path: `${path}/:name/token`,
    tag,
    scope: 'admin',
    summary: 'Give a device a new token',
    description: 'The old token is refused from now on, and the link that used it is closed.',
    params: deviceParams,
    response: { 200: addedSchema },
    problems: [404, 409],
  }),
};
