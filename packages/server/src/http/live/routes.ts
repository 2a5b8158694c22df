import { LAST_EVENT_ID, operations } from '@fairlead/api';
import type { Api, ApiContext } from '../context.ts';
import { routeOf } from '../route.ts';
import { begin, serveEvents } from '../stream/routes.ts';

export function liveRoutes(api: Api, { hub, clock }: ApiContext): void {
  api.route({
    ...routeOf(operations.stream.live),
    exposeHeadRoute: false,
    handler: ({ query: { topic }, headers }, reply) => {
      const open = hub.prepare(topic, headers[LAST_EVENT_ID]);
      serveEvents(begin(reply), clock, open);
    },
  });

  api.route({
    ...routeOf(operations.live.setTopics),
    handler: ({ params: { id }, body: { topics } }) => ({ topics: [...hub.setTopics(id, topics)] }),
  });

  api.route({
    ...routeOf(operations.live.records),
    handler: ({ params: { id }, query: { topic, from, to } }) => {
      const { texts, ...taken } = hub.records(id, topic, from, to);
      return { ...taken, records: texts.map((text) => JSON.parse(text) as unknown) };
    },
  });
}
