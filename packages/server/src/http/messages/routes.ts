import { operations } from '@fairlead/api';
import { type Api, type ApiContext, ranged } from '../context.ts';
import { existing } from '../devices/routes.ts';
import { routeOf } from '../route.ts';
import { messageView } from './views.ts';

export function messageRoutes(api: Api, context: ApiContext): void {
  api.route({
    ...routeOf(operations.messages.list),
    handler: ({ params, query }) => {
      existing(context, params.name);
      return context.store.messages
        .list({ ...ranged(query, context.clock.now()), device: params.name })
        .map(messageView);
    },
  });
}
