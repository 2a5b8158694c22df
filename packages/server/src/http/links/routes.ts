import { type LinkView, operations } from '@fairlead/api';
import type { z } from 'zod';
import { serverErrors } from '../../catalogue.ts';
import { type Api, type ApiContext, ranged } from '../context.ts';
import { filtered } from '../filtered.ts';
import { routeOf } from '../route.ts';
import { linkView } from './views.ts';

/** The links that a query selects. Throws FILTER_SYNTAX. */
export function linksOf(
  { gateway, clock }: Pick<ApiContext, 'gateway' | 'clock'>,
  query: z.output<typeof operations.links.list.query>,
): LinkView[] {
  const now = clock.now();
  const { device, state, limit, filter, since = 0, until = Number.POSITIVE_INFINITY } = ranged(query, now);
  const found = gateway
    .links()
    .filter(
      (link) =>
        (device ?? link.device) === link.device &&
        (state ?? link.state) === link.state &&
        link.openedAt < until &&
        (link.closedAt ?? Number.POSITIVE_INFINITY) >= since,
    );
  if (filter === undefined) return found.slice(0, limit).map(linkView);
  return filtered('links', filter, now, found.map(linkView)).slice(0, limit);
}

/** The link, or LINK_UNKNOWN. */
export function linkOf({ gateway }: Pick<ApiContext, 'gateway'>, id: string): LinkView {
  const link = gateway.link(id);
  if (link === undefined) throw serverErrors.error('LINK_UNKNOWN', { id });
  return linkView(link);
}

export function linkRoutes(api: Api, context: ApiContext): void {
  const { gateway } = context;
  api.route({
    ...routeOf(operations.links.list),
    handler: ({ query }) => linksOf(context, query),
  });

  api.route({
    ...routeOf(operations.links.get),
    handler: ({ params }) => linkOf(context, params.id),
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
