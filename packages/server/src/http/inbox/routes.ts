import { type InboxEntryView, operations } from '@fairlead/api';
import type { InboxEntry } from '@fairlead/gateway';
import { storeErrors } from '@fairlead/store';
import { type Api, type ApiContext, iso } from '../context.ts';
import { routeOf } from '../route.ts';

export function inboxRoutes(api: Api, { store, gateway }: ApiContext): void {
  const existing = (id: string): InboxEntry => {
    const entry = gateway.inboxEntry(id);
    if (entry === undefined) throw storeErrors.error('INBOX_UNKNOWN', { id });
    return entry;
  };

  api.route({
    ...routeOf(operations.inbox.list),
    handler: () => gateway.inbox().map(entryView),
  });

  api.route({
    ...routeOf(operations.inbox.get),
    handler: ({ params: { id } }) => entryView(existing(id)),
  });

  api.route({
    ...routeOf(operations.inbox.enroll),
    handler: ({ params: { id }, body }, reply) => {
      const { profile, identity, parent } = existing(id);
      const known = parent === undefined ? { profile, identity } : { parent, address: identity };
      const { device } = store.devices.add({ ...body, ...known });
      if (parent !== undefined) gateway.subDevicesChanged(parent);
      const connected = gateway.registered(device.name);
      reply.code(201);
      return { name: device.name, profile, identity, connected };
    },
  });

  api.route({
    ...routeOf(operations.inbox.drop),
    handler: ({ params: { id } }, reply) => {
      if (!gateway.dropFromInbox(id)) throw storeErrors.error('INBOX_UNKNOWN', { id });
      reply.code(204).send();
    },
  });
}

function entryView({ firstSeen, lastSeen, frames, ...entry }: InboxEntry): InboxEntryView {
  return { ...entry, frames: [...frames], firstSeen: iso(firstSeen), lastSeen: iso(lastSeen) };
}
