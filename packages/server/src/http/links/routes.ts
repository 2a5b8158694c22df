import { operations } from '@fairlead/api';
import { serverErrors } from '../../catalogue.ts';
import { type Api, type ApiContext, ranged } from '../context.ts';
import { routeOf } from '../route.ts';
import { linkView } from './views.ts';

export function linkRoutes(api: Api, { gateway, clock }: ApiContext): void {
  api.route({
    ...routeOf(operations.links.list),
    handler: ({ query }) => {
      const {
        device,
        state,
        limit,
        since = 0,
        until = Number.POSITIVE_INFINITY,
      } = ranged(query, clock.now());
      return gateway
        .links()
        .filter(
          (link) =>
            (device ?? link.device) === link.device &&
            (state ?? link.state) === link.state &&
            link.openedAt < until &&
            (link.closedAt ?? Number.POSITIVE_INFINITY) >= since,
        )
        .slice(0, limit)
        .map(linkView);
    },
  });

  api.route({
    ...routeOf(operations.links.get),
    handler: ({ params: { id } }) => {
      const link = gateway.link(id);
      if (link === undefined) throw serverErrors.error('LINK_UNKNOWN', { id });
      return linkView(link);
    },
  });

  api.route({
    ...routeOf(operations.links.close),
    handler: ({ params: { id } }, reply) => {
      if (!gateway.kill(id))
        throw gateway.link(id) === undefined
          ? serverErrors.error('LINK_UNKNOWN', { id })
          : serverErrors.error('LINK_NOT_OPEN', { id });
      reply.code(204).send();
    },
  });

  api.route({
    ...routeOf(operations.listeners.list),
    handler: () => gateway.listeners().map((listener) => ({ ...listener })),
  });
}
