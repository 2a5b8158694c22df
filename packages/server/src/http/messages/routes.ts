import { operations } from '@fairlead/api';
import { type Api, type ApiContext, ranged } from '../context.ts';
import { existing } from '../devices/routes.ts';
import { filteredPage } from '../filtered.ts';
import { routeOf } from '../route.ts';
import { messageView } from './views.ts';

export function messageRoutes(api: Api, context: ApiContext): void {
  api.route({
    ...routeOf(operations.messages.list),
    handler: ({ params, query }) => {
      existing(context, params.name);
      const now = context.clock.now();
      const { limit, filter, before, ...rest } = ranged(query, now);
      return filteredPage('messages', { limit, filter }, now, (last, count) =>
        context.store.messages
          .list({ ...rest, device: params.name, before: last?.id ?? before, limit: count })
          .map(messageView),
      );
    },
  });
}
