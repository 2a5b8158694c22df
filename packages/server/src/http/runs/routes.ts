import { operations } from '@fairlead/api';
import { serverErrors } from '../../catalogue.ts';
import { serverLimits } from '../../limits.ts';
import { type Api, type ApiContext, ranged } from '../context.ts';
import { routeOf } from '../route.ts';
import { type Run, runDetail, runView } from './views.ts';

export function runRoutes(api: Api, { automation, clock }: ApiContext): void {
  const existing = (id: number, run: Run | undefined): Run => {
    if (run === undefined) throw serverErrors.error('RUN_UNKNOWN', { id });
    return run;
  };

  api.route({
    ...routeOf(operations.runs.list),
    handler: ({ query: { secrets, ...query } }) =>
      automation.runs(ranged(query, clock.now()), secrets).map(runView),
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
