import { type InboxEntryView, operations } from '@fairlead/api';
import type { InboxEntry } from '@fairlead/gateway';
import { storeErrors } from '@fairlead/store';
import type { z } from 'zod';
import { type Api, type ApiContext, iso } from '../context.ts';
import { filtered } from '../filtered.ts';
import { routeOf } from '../route.ts';
import { guessesOf } from './guess.ts';

/** The entries that a query selects. Throws FILTER_SYNTAX. */
export function inboxOf(
  { gateway, clock }: Pick<ApiContext, 'gateway' | 'clock'>,
  { filter }: z.output<typeof operations.inbox.list.query>,
): InboxEntryView[] {
  return [...filtered('inbox', filter, clock.now(), gateway.inbox().map(entryView))];
}

export function inboxRoutes(api: Api, { store, gateway, profileScripts, clock }: ApiContext): void {
  const existing = (id: string): InboxEntry => {
    const entry = gateway.inboxEntry(id);
    if (entry === undefined) throw storeErrors.error('INBOX_UNKNOWN', { id });
    return entry;
  };

  api.route({
    ...routeOf(operations.inbox.list),
    handler: ({ query }) => inboxOf({ gateway, clock }, query),
  });

  api.route({
    ...routeOf(operations.inbox.get),
    handler: async ({ params: { id } }) => {
      const entry = existing(id);
      if (isRecognised(entry)) return entryView(entry);
      return { ...entryView(entry), guess: await guessesOf(entry, store.profiles, profileScripts) };
    },
  });

  api.route({
    ...routeOf(operations.inbox.enroll),
    handler: ({ params: { id }, body: { profile: given, identity: named, ...body } }, reply) => {
      const entry = existing(id);
      const { parent } = entry;
      const recognised = isRecognised(entry);
      if (recognised && (given !== undefined || named !== undefined))
        throw storeErrors.error('INBOX_PROFILE_KNOWN', {
          id,
          profile: entry.profile,
          identity: entry.identity,
        });
      const profile = recognised ? entry.profile : given;
      const identity = recognised ? entry.identity : named;
      if (profile === undefined || identity === undefined)
        throw storeErrors.error('INBOX_PROFILE_NEEDED', { id });
      const known = parent === undefined ? { profile, identity } : { parent, address: identity };
      const { device } = store.devices.add({ ...body, ...known });
      if (!recognised) gateway.dropFromInbox(id);
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

/** Whether a profile recognised the device, or its gateway named it. */
function isRecognised({ profile, parent }: InboxEntry): boolean {
  return profile !== '' || parent !== undefined;
}

function entryView({ firstSeen, lastSeen, frames, ...entry }: InboxEntry): InboxEntryView {
  return { ...entry, frames: [...frames], firstSeen: iso(firstSeen), lastSeen: iso(lastSeen) };
}
