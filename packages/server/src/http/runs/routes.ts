import { operations, type RunView } from '@fairlead/api';
import type { z } from 'zod';
import { serverErrors } from '../../catalogue.ts';
import { serverLimits } from '../../limits.ts';
import { type Api, type ApiContext, ranged } from '../context.ts';
import { filteredPage } from '../filtered.ts';
import { routeOf } from '../route.ts';
import { type Run, runDetail, runView } from './views.ts';

/** The runs that a query selects. Rejects with FILTER_SYNTAX. */
export function runsOf(
  { automation, clock }: Pick<ApiContext, 'automation' | 'clock'>,
  query: z.output<typeof operations.runs.list.query>,
): Promise<RunView[]> {
  const now = clock.now();
  const { limit, filter, before, secrets, ...rest } = ranged(query, now);
  return filteredPage('runs', { limit, filter }, now, (last, count) =>
    automation.runs({ ...rest, before: last?.id ?? before, limit: count }, secrets).map(runView),
  );
}

export function runRoutes(api: Api, { automation, clock }: ApiContext): void {
  const existing = (id: number, run: Run | undefined): Run => {
    if (run === undefined) throw serverErrors.error('RUN_UNKNOWN', { id });
    return run;
  };

  api.route({
    ...routeOf(operations.runs.list),
    handler: ({ query }) => runsOf({ automation, clock }, query),
  });

  api.route({
    ...routeOf(operations.runs.get),
    handler: async ({ params: { id }, query: { wait, secrets } }) => {
      const ms = Math.min(wait ?? 0, serverLimits.values.downlinkWait);
      const run = existing(id, await automation.waitRun(id, ms, secrets));
      return runDetail(run);
    },
  });

  api.route({
    ...routeOf(operations.runs.stop),
    handler: ({ params: { id } }, reply) => {
      existing(id, automation.run(id));
      if (!automation.stopRun(id)) throw serverErrors.error('RUN_ENDED', { id });
      reply.code(204).send();
    },
  });
}
