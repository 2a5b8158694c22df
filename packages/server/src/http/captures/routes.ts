import { Readable } from 'node:stream';
import { NDJSON_TYPE, operations } from '@fairlead/api';
import { pcapng } from '../../captures/pcapng.ts';
import { serverErrors } from '../../catalogue.ts';
import { serverLimits } from '../../limits.ts';
import type { Api, ApiContext } from '../context.ts';
import { progressing } from '../progressing.ts';
import { routeOf } from '../route.ts';
import { Replays } from './replays.ts';

export function captureRoutes(api: Api, context: ApiContext): void {
  const { captures } = context;
  const replays = new Replays(context);
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

  api.route({
    ...routeOf(operations.stream.replay),
    handler: async ({ params, body, principal }, reply) => {
      const replayed = await replays.open(params.id, body, principal);
      const lines: Readable = Readable.from(
        progressing(asLines(replayed), {
          clock: context.clock,
          idle: serverLimits.values.replayIdle,
          stream: () => lines,
          late: () => serverErrors.error('REQUEST_ABORTED'),
        }),
        { objectMode: false },
      );
      return reply.type(NDJSON_TYPE).send(lines);
    },
  });
}

async function* asLines(lines: AsyncIterable<object>): AsyncGenerator<Buffer> {
  for await (const line of lines) yield Buffer.from(`${JSON.stringify(line)}\n`);
}
