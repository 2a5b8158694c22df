import { operations } from '@fairlead/api';
import type { Api, ApiContext } from '../context.ts';
import { existing } from '../devices/routes.ts';
import { routeOf } from '../route.ts';
import { desiredView } from './views.ts';

export function desiredRoutes(api: Api, context: ApiContext): void {
  const { desired } = context.gateway;

  api.route({
    ...routeOf(operations.desired.get),
    handler: ({ params: { name } }) => {
      existing(context, name);
      return desiredView(desired.get(name));
    },
  });

  api.route({
    ...routeOf(operations.desired.replace),
    handler: async ({ params: { name }, query, body }) => {
      existing(context, name);
      return desiredView(await desired.change(name, 'replace', body, query.version));
    },
  });

  api.route({
    ...routeOf(operations.desired.merge),
    handler: async ({ params: { name }, query, body }) => {
      existing(context, name);
      return desiredView(await desired.change(name, 'merge', body, query.version));
    },
  });

  api.route({
    ...routeOf(operations.desired.clear),
    handler: async ({ params: { name }, query }, reply) => {
      existing(context, name);
      await desired.change(name, 'replace', {}, query.version);
      reply.code(204).send();
    },
  });
}
