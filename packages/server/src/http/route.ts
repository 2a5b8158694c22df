/** Routes of the server from the operations of `@fairlead/api`. */
import { STATUS_CODES } from 'node:http';
import { type Operation, PROBLEM_TYPE, problemSchema } from '@fairlead/api';

type Part<O, K extends string> = O extends { readonly [P in K]: infer S } ? S : undefined;

/** The schemas of an operation where fastify looks for them; typed, so that a handler has the types of its operation. */
interface RouteSchema<O extends Operation> {
  readonly params: Part<O, 'params'>;
  readonly querystring: Part<O, 'query'>;
  readonly headers: Part<O, 'headers'>;
  readonly body: Part<O, 'body'>;
  readonly response: O extends { readonly response: infer R } ? R : Record<never, never>;
}

interface Route<O extends Operation> {
  readonly method: O['method'];
  readonly url: string;
  readonly schema: RouteSchema<O>;
  readonly config: { readonly open?: boolean };
}

/** Everything of a route but its handler. */
export function routeOf<O extends Operation>(operation: O): Route<O> {
  const { id, method, path, tag, summary, description, params, query, headers, body, open } = operation;
  const { consumes, stream, response, problems = [] } = operation;
  const schema = {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...(consumes !== undefined && { consumes: [consumes] }),
    ...(open && { security: [] }),
    ...(params && { params }),
    ...(query && { querystring: query }),
    ...(headers && { headers }),
    ...(body && { body }),
    response: {
      ...response,
      ...(stream && {
        200: { description: stream.description, content: { [stream.type]: { schema: stream.item } } },
      }),
      ...(open ? {} : refusals([401, ...problems])),
    },
  };
  return { method, url: path, schema: schema as unknown as RouteSchema<O>, config: open ? { open } : {} };
}

/** Their bodies are made by the error handler alone. */
function refusals(statuses: readonly number[]): Record<number, object> {
  const response = (status: number) => ({
    description: STATUS_CODES[status],
    content: { [PROBLEM_TYPE]: { schema: problemSchema } },
  });
  return Object.fromEntries(statuses.map((status) => [status, response(status)]));
}
