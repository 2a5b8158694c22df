/** The values of the state topics: each is the answer to its request, whose params and query are checked already. */
import type { StateTopic, StateValues, stateTopics, Topic } from '@fairlead/api';
import type { z } from 'zod';
import { serverErrors } from '../../catalogue.ts';
import { jobStates } from '../automation/routes.ts';
import type { ApiContext } from '../context.ts';
import { devicesOf, existing } from '../devices/routes.ts';
import { deviceDetail } from '../devices/views.ts';
import { deviceWhy } from '../devices/why.ts';
import { downlinksOf } from '../downlinks/routes.ts';
import { driverView, propertyView } from '../drivers/views.ts';
import { inboxOf } from '../inbox/routes.ts';
import { linkOf, linksOf } from '../links/routes.ts';
import { runsOf } from '../runs/routes.ts';
import { runDetail } from '../runs/views.ts';
import { statusOf } from '../service/routes.ts';

type Part<O, K extends string> = O extends { readonly [P in K]: infer S extends z.ZodType }
  ? z.output<S>
  : unknown;
type Reads = {
  readonly [T in StateTopic]: (
    context: Omit<ApiContext, 'hub'>,
    query: Part<(typeof stateTopics)[T], 'query'>,
    params: Part<(typeof stateTopics)[T], 'params'>,
  ) => StateValues[T] | Promise<StateValues[T]>;
};

const reads: Reads = {
  overview: (context) => statusOf(context),
  devices: devicesOf,
  device: (context, _query, { name }) => deviceDetail(existing(context, name), context),
  why: (context, _query, { name }) => deviceWhy(existing(context, name), context),
  links: linksOf,
  link: (context, _query, { id }) => linkOf(context, id),
  inbox: inboxOf,
  downlinks: downlinksOf,
  runs: runsOf,
  run: ({ automation }, { secrets }, { id }) => {
    const run = automation.run(id, secrets);
    if (run === undefined) throw serverErrors.error('RUN_UNKNOWN', { id });
    return runDetail(run);
  },
  triggers: ({ automation }) => automation.triggers().map((status) => ({ ...status })),
  jobs: ({ automation }) => jobStates(automation),
  drivers: ({ drivers }) => (drivers?.list() ?? []).map(driverView),
  driver: ({ drivers }, _query, { device }) => {
    const properties = drivers?.properties(device) ?? [];
    if (properties.length === 0) throw serverErrors.error('DRIVER_DEVICE_UNKNOWN', { device });
    return properties.map(propertyView);
  },
};

/** Throws or rejects as the request does. */
export function stateOf(
  { name, query, params }: Topic & { readonly name: StateTopic },
  context: Omit<ApiContext, 'hub'>,
): unknown {
  return reads[name](context, query as never, params as never);
}
