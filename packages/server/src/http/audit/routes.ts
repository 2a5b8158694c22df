import { type AuditEntryView, operations } from '@fairlead/api';
import { type Api, type ApiContext, iso } from '../context.ts';
import { routeOf } from '../route.ts';

export function auditRoutes(api: Api, { store }: ApiContext): void {
  api.route({
    ...routeOf(operations.audit.list),
    handler: ({ query: { since, ...query } }) =>
      store.audit.list({ ...query, since: since === undefined ? undefined : Date.parse(since) }).map(
        ({ time, changes, ...entry }) =>
          ({
            ...entry,
            time: iso(time),
            changes: changes === undefined ? undefined : JSON.parse(changes),
          }) as AuditEntryView,
      ),
  });
}
