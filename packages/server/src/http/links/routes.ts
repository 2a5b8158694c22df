import { linkParams, linkSchema, linksQuery, listenerSchema } from '@fairlead/api';
import { z } from 'zod';
import { serverErrors } from '../../catalogue.ts';
import type { Api, ApiContext } from '../context.ts';
import { linkView } from '../devices/views.ts';
import { problems } from '../problem.ts';

const tags = ['links'];

export function linkRoutes(api: Api, { gateway }: ApiContext): void {
  api.route({
    method: 'GET',
    url: '/links',
    schema: {
      tags,
      summary: 'List links: open ones, then closed ones, newest first',
      querystring: linksQuery,
      response: { 200: z.array(linkSchema), ...problems(400) },
    },
    handler: ({ query: { device, state, limit } }) =>
      gateway
        .links()
        .filter((link) => (device ?? link.device) === link.device && (state ?? link.state) === link.state)
        .slice(0, limit)
        .map(linkView),
  });

  api.route({
    method: 'GET',
    url: '/links/:id',
    schema: {
      tags,
      summary: 'Show a link',
      params: linkParams,
      response: { 200: linkSchema, ...problems(404) },
    },
    handler: ({ params: { id } }) => {
      const link = gateway.link(id);
      if (link === undefined) throw serverErrors.error('LINK_UNKNOWN', { id });
      return linkView(link);
    },
  });

  api.route({
    method: 'DELETE',
    url: '/links/:id',
    schema: {
      tags,
      summary: 'Close a link',
      params: linkParams,
      response: { 204: z.undefined().describe('Closed.'), ...problems(404, 409) },
    },
    handler: ({ params: { id } }, reply) => {
      if (!gateway.kill(id))
        throw gateway.link(id) === undefined
          ? serverErrors.error('LINK_UNKNOWN', { id })
          : serverErrors.error('LINK_NOT_OPEN', { id });
      reply.code(204).send();
    },
  });

  api.route({
    method: 'GET',
    url: '/listeners',
    schema: {
      tags,
      summary: 'Where devices dial in',
      response: { 200: z.array(listenerSchema) },
    },
    handler: () => gateway.listeners().map((listener) => ({ ...listener })),
  });
}
