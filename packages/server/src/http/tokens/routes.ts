import { operations } from '@fairlead/api';
import type { ApiToken } from '@fairlead/store';
import { tokenCredential } from '../../access/authenticator.ts';
import type { OpenRequests } from '../../access/open-requests.ts';
import { type Api, type ApiContext, iso, isoMaybe } from '../context.ts';
import { routeOf } from '../route.ts';

const DAY = 86_400_000;

export function tokenRoutes(api: Api, { store, clock }: ApiContext, open: OpenRequests): void {
  const { apiTokens } = store;

  api.route({
    ...routeOf(operations.tokens.list),
    handler: () => apiTokens.list().map((token) => tokenView(token, clock.now())),
  });

  api.route({
    ...routeOf(operations.tokens.add),
    handler: ({ body: { name, scopes, days }, principal }, reply) => {
      const { token, secret } = apiTokens.add({
        name,
        scopes: [...new Set(scopes)],
        createdBy: principal?.name ?? '',
        lifetime: days === undefined ? undefined : days * DAY,
      });
      reply.code(201);
      return { ...tokenView(token, clock.now()), token: secret };
    },
  });

  api.route({
    ...routeOf(operations.tokens.remove),
    handler: ({ params: { name } }, reply) => {
      apiTokens.remove(name);
      open.revoke(tokenCredential(name), reply.raw);
      reply.code(204).send();
    },
  });
}

function tokenView({ name, scopes, createdBy, createdAt, expiresAt, lastUsedAt }: ApiToken, now: number) {
  return {
    name,
    scopes: scopes as never,
    createdBy,
    createdAt: iso(createdAt),
    expiresAt: isoMaybe(expiresAt),
    expired: expiresAt !== undefined && expiresAt <= now,
    lastUsedAt: isoMaybe(lastUsedAt),
  };
}
