import { operations, parseMoment } from '@fairlead/api';
import type { HistoryRange, StoreHistory } from '@fairlead/store';
import { serverErrors } from '../../catalogue.ts';
import { type Api, type ApiContext, iso } from '../context.ts';
import { existing } from '../devices/routes.ts';
import { routeOf } from '../route.ts';

type RangeQuery = Pick<HistoryRange, 'field' | 'limit' | 'after'> & {
  readonly from: string;
  readonly to: string;
};

export function historyRoutes(api: Api, context: ApiContext): void {
  const range = ({ from, to, field, limit, after }: RangeQuery): HistoryRange => {
    const now = context.clock.now();
    // The schema of the query has checked both.
    const at = (text: string) => parseMoment(text, now) as number;
    // What is newest has the present millisecond.
    return { from: at(from), to: to === 'now' ? now + 1 : at(to), field, limit, after };
  };

  api.route({
    ...routeOf(operations.history.samples),
    handler: ({ params, query }) => {
      const { id } = existing(context, params.name);
      const { items, next } = kept(context).messages(id, range(query));
      return { items: items.map(({ time, values }) => ({ time: iso(time), values })), next };
    },
  });

  api.route({
    ...routeOf(operations.history.buckets),
    handler: ({ params, query }) => {
      const { id } = existing(context, params.name);
      const { items, next } = kept(context).buckets(id, query.every, range(query));
      return { items: items.map(({ time, ...bucket }) => ({ ...bucket, time: iso(time) })), next };
    },
  });
}

function kept({ store }: ApiContext): StoreHistory {
  if (store.history === undefined) throw serverErrors.error('HISTORY_OFF');
  return store.history;
}
