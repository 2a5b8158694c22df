import { Readable } from 'node:stream';
import { operations } from '@fairlead/api';
import { pcapng } from '../../captures/pcapng.ts';
import type { Api, ApiContext } from '../context.ts';
import { routeOf } from '../route.ts';

export function captureRoutes(api: Api, { captures }: ApiContext): void {
  api.route({ ...routeOf(operations.captures.list), handler: () => captures.list() });

  api.route({
    ...routeOf(operations.captures.start),
    handler: async ({ body }, reply) => {
      reply.code(201);
      return await captures.start(body);
    },
  });

  api.route({ ...routeOf(operations.captures.get), handler: ({ params }) => captures.get(params.id) });

  api.route({ ...routeOf(operations.captures.stop), handler: ({ params }) => captures.stop(params.id) });

  api.route({
    ...routeOf(operations.captures.remove),
    handler: async ({ params }, reply) => {
      await captures.remove(params.id);
      reply.code(204);
      return undefined;
    },
  });

  api.route({
    ...routeOf(operations.stream.capture),
    exposeHeadRoute: false,
    handler: async ({ params, query }, reply) => {
      const lines = await captures.lines(params.id);
      const file = query.format === 'pcapng' ? pcapng(lines) : asLines(lines);
      reply.header('content-disposition', `attachment; filename="${params.id}.${query.format}"`);
      return reply.type('application/octet-stream').send(Readable.from(file, { objectMode: false }));
    },
  });
}

async function* asLines(lines: AsyncIterable<object>): AsyncGenerator<Buffer> {
  for await (const line of lines) yield Buffer.from(`${JSON.stringify(line)}\n`);
}
