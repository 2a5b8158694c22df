import { operations } from '@fairlead/api';
import type { Api, ApiContext } from '../context.ts';
import { routeOf } from '../route.ts';
import { auditEntryView } from './views.ts';

export function auditRoutes(api: Api, { store }: ApiContext): void {
  api.route({
    ...routeOf(operations.audit.list),
    handler: ({ query: { since, ...query } }) =>
      store.audit
        .list({ ...query, since: since === undefined ? undefined : Date.parse(since) })
        .map(auditEntryView),
  });
}
