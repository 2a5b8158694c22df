import type { Api } from './context.ts';
import { etagOf } from './revision.ts';

/** Gives each answer that shows one saved thing the ETag of its revision. */
export function tagRevisions(api: Api): void {
  api.addHook('preSerialization', async (_request, reply, payload) => {
    const revision: unknown = Reflect.get(Object(payload), 'revision');
    if (typeof revision === 'number' && reply.statusCode < 300) reply.header('etag', etagOf(revision));
    return payload;
  });
}
