import { allows, LAST_EVENT_ID, operations, parseTopic, topicScope } from '@fairlead/api';
import type { Principal } from '../../access/principal.ts';
import { missing } from '../access/guard.ts';
import type { Api, ApiContext } from '../context.ts';
import { routeOf } from '../route.ts';
import { begin, serveEvents } from '../stream/routes.ts';

export function liveRoutes(api: Api, { hub, clock }: ApiContext): void {
  api.route({
    ...routeOf(operations.stream.live),
    exposeHeadRoute: false,
    handler: ({ query: { topic }, headers, principal }, reply) => {
      checkTopics(topic, principal);
      const open = hub.prepare(topic, headers[LAST_EVENT_ID]);
      serveEvents(begin(reply), clock, open);
    },
  });

  api.route({
    ...routeOf(operations.live.setTopics),
    handler: ({ params: { id }, body: { topics }, principal }) => {
      checkTopics(topics, principal);
      return { topics: [...hub.setTopics(id, topics)] };
    },
  });

  api.route({
    ...routeOf(operations.live.records),
    handler: ({ params: { id }, query: { topic, from, to }, principal }) => {
      checkTopics([topic], principal);
      const { texts, ...taken } = hub.records(id, topic, from, to);
      return { ...taken, records: texts.map((text) => JSON.parse(text) as unknown) };
    },
  });
}

/** Some topics show what needs another scope than the stream. Throws LIVE_TOPIC_INVALID, or as a request without the scope does. */
function checkTopics(texts: readonly string[], principal: Principal | undefined): void {
  for (const text of texts) {
    const scope = topicScope(parseTopic(text));
    if (principal !== undefined && !allows(principal.scopes, scope)) throw missing(scope, principal);
  }
}
