/** Routes of the server from the operations of `@fairlead/api`. */
import { STATUS_CODES } from 'node:http';
import { type Need, type Operation, PROBLEM_TYPE, problemSchema, SCOPES, type Scope } from '@fairlead/api';
import type { FastifyContextConfig } from 'fastify';
import { z } from 'zod';

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
  readonly config: FastifyContextConfig;
}

/** A missing header is refused later, by a code that says what to do. */
const ifMatch = z.looseObject({
  'if-match': z
    .string()
    .optional()
    .describe(
      'The ETag of what was read. Needed unless the request adds something: without it, the answer is 428; if somebody else changed it meanwhile, 412 with both versions. `*` changes whatever is there.',
    ),
});

/** Everything of a route but its handler. */
export function routeOf<O extends Operation>(operation: O): Route<O> {
  const { id, method, path, tag, summary, params, query, body } = operation;
  const headers = operation.headers ?? (operation.revised && ifMatch);
  const { scope, raised, recorded, consumes, stream, response, revised, problems = [] } = operation;
  const description = described(operation);
  const schema = {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...(consumes !== undefined && { consumes: [consumes] }),
    security: securityOf(scope),
    ...(params && { params }),
    ...(query && { querystring: query }),
    ...(headers && { headers }),
    ...(body && { body }),
    response: {
      ...response,
      ...(stream && {
        200: { description: stream.description, content: { [stream.type]: { schema: stream.item } } },
      }),
      ...refusals([...refusalsOf(scope), ...problems, ...(revised === undefined ? [] : [412, 428])]),
    },
  };
  const config = { scope, operation: id, ...(raised && { raised }), ...(recorded && { recorded }) };
  return { method, url: path, schema: schema as unknown as RouteSchema<O>, config };
}

/** The scope stands in the text too: most viewers do not show the one of a bearer token. */
function described({ scope, raised = {}, description }: Operation): string | undefined {
  if (!isScope(scope)) return description;
  const more = Object.entries(raised).map(([key, above]) => `, with "${key}" \`${above}\``);
  return [...(description === undefined ? [] : [description]), `Scope: \`${scope}\`${more.join('')}.`].join(
    '\n\n',
  );
}

/** In OpenAPI 3.1 a bearer token and a cookie may name the roles that they need. */
function securityOf(scope: Need): object[] {
  if (scope === 'open' || scope === 'visitor') return [];
  const scopes = isScope(scope) ? [scope] : [];
  return [{ token: scopes }, { session: scopes }];
}

function refusalsOf(scope: Need): readonly number[] {
  if (scope === 'open' || scope === 'visitor') return [];
  return isScope(scope) ? [401, 403] : [401];
}

const isScope = (need: Need): need is Scope => (SCOPES as readonly string[]).includes(need);

/** Their bodies are made by the error handler alone. */
function refusals(statuses: readonly number[]): Record<number, object> {
  const response = (status: number) => ({
    description: STATUS_CODES[status],
    content: { [PROBLEM_TYPE]: { schema: problemSchema } },
  });
  return Object.fromEntries(statuses.map((status) => [status, response(status)]));
}
