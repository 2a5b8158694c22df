import { once } from 'node:events';
import { type KeptDownlinkView, operations } from '@fairlead/api';
import { coreErrors } from '@fairlead/core';
import type { z } from 'zod';
import { serverLimits } from '../../limits.ts';
import { type Api, type ApiContext, ranged } from '../context.ts';
import { existing } from '../devices/routes.ts';
import { filteredPage } from '../filtered.ts';
import { routeOf } from '../route.ts';
import { downlinkView } from './views.ts';

/** The downlinks that a query selects. Rejects with FILTER_SYNTAX. */
export function downlinksOf(
  { gateway, clock }: Pick<ApiContext, 'gateway' | 'clock'>,
  query: z.output<typeof operations.downlinks.list.query>,
): Promise<KeptDownlinkView[]> {
  const now = clock.now();
  const { limit, filter, before, ...rest } = ranged(query, now);
  return filteredPage('downlinks', { limit, filter }, now, async (last, count) => {
    const found = await gateway.ledger.list({ ...rest, before: last?.id ?? before, limit: count });
    return found.map(downlinkView);
  });
}

export function downlinkRoutes(api: Api, context: ApiContext): void {
  api.route({
    ...routeOf(operations.downlinks.send),
    handler: async ({ params, body, raw, span }, reply) => {
      existing(context, params.name);
      const { kind, values, until, key, delivery } = body;
      const max = serverLimits.values.downlinkWait;
      if (values === undefined)
        throw coreErrors.error('OPTION_INVALID', {
          key: 'values',
          where: ' of the body',
          reason: 'it is needed.',
        });
      const wait = body.wait ?? (until && serverLimits.values.downlinkWaitDefault);
      if (wait !== undefined && wait > max)
        throw coreErrors.error('OPTION_INVALID', {
          key: 'wait',
          where: ' of the body',
          reason: `at most ${max} ms; got ${wait}.`,
        });
      // If the client disconnects, the answer is no longer needed.
      const gone = new AbortController();
      const settled = new AbortController();
      once(raw.socket, 'close', { signal: settled.signal }).then(
        () => gone.abort(),
        () => {},
      );
      try {
        const { signal } = gone;
        const keep = body.keep === false ? undefined : body.keep;
        const options = { wait, until, keep, key, delivery, signal, traceparent: span?.traceparent };
        const receipt = await context.gateway.send(params.name, { kind, values }, options);
        reply.code(receipt.status === 'queued' ? 202 : 200);
        return receipt;
      } finally {
        settled.abort();
      }
    },
  });

  const { ledger } = context.gateway;
  api.route({
    ...routeOf(operations.downlinks.list),
    handler: ({ query }) => downlinksOf(context, query),
  });

  api.route({
    ...routeOf(operations.downlinks.get),
    handler: async ({ params: { id } }) => downlinkView(await ledger.get(id)),
  });

  api.route({
    ...routeOf(operations.downlinks.cancel),
    handler: async ({ params: { id } }) => downlinkView(await ledger.cancel(id)),
  });
}
