import { type DeviceView, operations } from '@fairlead/api';
import { type Device, storeErrors } from '@fairlead/store';
import type { z } from 'zod';
import type { Api, ApiContext } from '../context.ts';
import { filteredPage } from '../filtered.ts';
import { checkNamesRevision, hasToChange } from '../revision.ts';
import { routeOf } from '../route.ts';
import { checkedDefinition } from './checked-definition.ts';
import { versionsOf, versionToRemove } from './versions.ts';
import { deviceDetail, deviceView } from './views.ts';
import { deviceWhy } from './why.ts';

/** The device, or DEVICE_UNKNOWN. */
export function existing({ store }: Pick<ApiContext, 'store'>, name: string) {
  const device = store.devices.get(name);
  if (device === undefined) throw storeErrors.error('DEVICE_UNKNOWN', { name });
  return device;
}

/** The devices that a query selects. Rejects with FILTER_SYNTAX. */
export function devicesOf(
  context: Pick<ApiContext, 'store' | 'gateway' | 'clock'>,
  { names, filter, limit, ...query }: z.output<typeof operations.devices.list.query>,
): Promise<DeviceView[]> {
  const { store, clock } = context;
  const chosen = names === undefined ? undefined : [...new Set(names.split(','))].sort();
  const { prefix = '', profile } = query;
  const isWanted = (device: Device) =>
    device.name.startsWith(prefix) && (profile === undefined || device.profile.name === profile);
  return filteredPage('devices', { filter, limit }, clock.now(), (last, count) => {
    const after = last?.name ?? query.after;
    const found =
      chosen === undefined
        ? store.devices.list({ ...query, after, limit: count })
        : chosen
            .filter((name) => after === undefined || name > after)
            .flatMap((name) => store.devices.get(name) ?? [])
            .filter(isWanted)
            .slice(0, count);
    return found.map((device) => deviceView(device, context));
  });
}

interface DeviceName {
  readonly name: string;
  readonly parent?: string | undefined;
}

export function deviceRoutes(api: Api, context: ApiContext): void {
  const { store, gateway, scripts } = context;

  /** Applies a change to the open link of a device. The gateway of a sub-device reads its sub-devices again. */
  const changed = async ({ name, parent }: DeviceName) => {
    if (parent === undefined) await gateway.deviceChanged(name);
    else gateway.subDevicesChanged(parent);
  };
  const removed = ({ name, parent }: DeviceName) => {
    if (parent === undefined) gateway.forget(name);
    else gateway.subDevicesChanged(parent);
  };

  api.route({
    ...routeOf(operations.devices.list),
    handler: ({ query }) => devicesOf(context, query),
  });

  api.route({
    ...routeOf(operations.devices.add),
    handler: async ({ body }, reply) => {
      const { device, token } = store.devices.add(await checkedDefinition(body, scripts));
      const { name, parent, address, identity, endpoint } = device;
      if (parent !== undefined) gateway.subDevicesChanged(parent);
      // It may wait in the inbox.
      gateway.registered(name);
      reply.code(201);
      return { name, token, parent, address, identity, endpoint };
    },
  });

  api.route({
    ...routeOf(operations.devices.get),
    handler: ({ params }) => deviceDetail(existing(context, params.name), context),
  });

  api.route({
    ...routeOf(operations.devices.why),
    handler: ({ params }) => deviceWhy(existing(context, params.name), context),
  });

  api.route({
    ...routeOf(operations.devices.change),
    handler: async ({ params, body, headers }) => {
      checkNamesRevision(headers['if-match'], { kind: 'device', name: existing(context, params.name).name });
      const patch = await checkedDefinition(body, scripts);
      // Nothing comes between this look and the change.
      const saved = existing(context, params.name);
      if (!hasToChange(headers['if-match'], revised(saved), () => versionsOf(saved, body)))
        return deviceDetail(saved, context);
      const device = store.devices.edit(params.name, patch);
      if (concernsLink(body)) await changed(device);
      return deviceDetail(device, context);
    },
  });

  api.route({
    ...routeOf(operations.devices.changeMany),
    handler: async ({ body: { where, changes, dryRun } }) => {
      const patch = await checkedDefinition(changes, scripts);
      const { matched, refused } = store.devices.editWhere(where, patch, { dryRun });
      const done = !dryRun && refused.length === 0;
      if (done && concernsLink(changes)) for (const name of matched) changed(existing(context, name));
      return {
        dryRun,
        matched: matched.length,
        changed: done ? matched.length : 0,
        devices: [...matched],
        refused: refused.map(({ name, error: { code, message } }) => ({ name, code, message })),
      };
    },
  });

  api.route({
    ...routeOf(operations.devices.remove),
    handler: ({ params, query, headers }, reply) => {
      const saved = existing(context, params.name);
      hasToChange(headers['if-match'], revised(saved), () => versionToRemove(saved));
      for (const device of store.devices.remove(params.name, query)) removed(device);
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

const revised = ({ name, revision }: Device) => ({ kind: 'device', name, revision });

const concernsLink = (changes: object): boolean => Object.keys(changes).some((key) => key !== 'label');
