/** The state that operators want a device to have. */
import { z } from 'zod';
import { deviceName, deviceParams, named, nothing, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';

const tag = 'downlinks';
const path = `${API_BASE}/devices/:name/desired` as const;

const json = z.record(z.string(), z.unknown());
const query = z.strictObject({
  version: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .describe('Only if the present state has this version; otherwise 409 with DESIRED_CHANGED.'),
});

export const desiredSchema = named(
  'DesiredState',
  z.object({
    device: deviceName,
    version: z.int().describe('Counts the changes. 0: there never was a desired state.'),
    state: z
      .enum(['none', 'reported', 'pending', 'given-up'])
      .describe(
        'none: nothing is desired. reported: the device has reported all of it. pending: it is sent, now or when the device connects. given-up: it was sent as often as the limits say; it is sent again when the device connects, or after a change.',
      ),
    desired: json,
    reported: json.describe('What the device reports of it: the latest value of each key.'),
    differs: json.describe('The part of "desired" that the device does not report.'),
    since: time.optional().describe('When it was last changed.'),
    lastSent: time.optional().describe('When a message was last made for it.'),
    downlink: z.string().optional().describe('Id of that message in the ledger.'),
  }),
);
export type DesiredView = z.output<typeof desiredSchema>;

export const desired = {
  get: operation({
    id: 'getDesired',
    method: 'GET',
    path,
    tag,
    scope: 'read',
    summary: 'Show the desired state of a device',
    params: deviceParams,
    response: { 200: desiredSchema },
    problems: [404],
  }),
  replace: operation({
    id: 'replaceDesired',
    method: 'PUT',
    path,
    tag,
    scope: 'operate',
    summary: 'Replace the desired state of a device',
    description: 'It is kept, and sent as attributes to set until the device reports it.',
    params: deviceParams,
    query,
    body: json,
    response: { 200: desiredSchema },
    problems: [400, 404, 409, 503],
  }),
  merge: operation({
    id: 'mergeDesired',
    method: 'PATCH',
    path,
    tag,
    scope: 'operate',
    summary: 'Merge a change into the desired state of a device',
    description: 'A JSON merge patch (RFC 7396): objects are merged by field, null removes a field.',
    params: deviceParams,
    query,
    body: json,
    response: { 200: desiredSchema },
    problems: [400, 404, 409, 503],
  }),
  clear: operation({
    id: 'clearDesired',
    method: 'DELETE',
    path,
    tag,
    scope: 'operate',
    summary: 'Clear the desired state of a device',
    description: 'Nothing more is sent for it. The device keeps what it has.',
    params: deviceParams,
    query,
    response: { 204: nothing('Cleared.') },
    problems: [404, 409, 503],
  }),
};
