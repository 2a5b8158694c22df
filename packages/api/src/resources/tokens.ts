/** Tokens of the API, for programs. */
import { z } from 'zod';
import { accessName, named, nothing, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';
import { SCOPES } from '../scopes.ts';

const tag = 'access';
const path = `${API_BASE}/tokens` as const;

const scopes = z
  .array(z.enum(SCOPES))
  .min(1)
  .max(SCOPES.length)
  .describe('What it may do. admin includes operate, operate includes read, and read includes metrics.');

const tokenSchema = named(
  'ApiToken',
  z.object({
    name: accessName,
    scopes,
    createdBy: z.string(),
    createdAt: time,
    expiresAt: time.optional().describe('Absent: it does not expire.'),
    expired: z.boolean(),
    lastUsedAt: time.optional().describe('Absent: it was never used. Recorded once a minute.'),
  }),
);
export type ApiTokenView = z.output<typeof tokenSchema>;

const newTokenSchema = named(
  'NewApiToken',
  z.strictObject({
    name: accessName,
    scopes,
    days: z
      .int()
      .min(1)
      .max(3_650)
      .optional()
      .describe('Days until it expires. Without it, it does not expire.'),
  }),
);

const addedSchema = named(
  'AddedApiToken',
  tokenSchema.extend({ token: z.string().describe('The token itself, which is shown once.') }),
);

export const tokens = {
  list: operation({
    id: 'listTokens',
    method: 'GET',
    path,
    tag,
    scope: 'admin',
    summary: 'List the tokens of the API, by name',
    response: { 200: z.array(tokenSchema) },
  }),
  add: operation({
    id: 'addToken',
    method: 'POST',
    path,
    tag,
    scope: 'admin',
    summary: 'Make a token of the API',
    description: 'The answer has the token, which is shown once. Only its hash is stored.',
    body: newTokenSchema,
    response: { 201: addedSchema },
    problems: [400, 409],
  }),
  remove: operation({
    id: 'removeToken',
    method: 'DELETE',
    path: `${path}/:name`,
    tag,
    scope: 'admin',
    summary: 'Revoke a token of the API',
    description: 'It is refused from now on, and what runs with it, such as a live stream, is closed.',
    params: z.strictObject({ name: accessName }),
    response: { 204: nothing('Revoked.') },
    problems: [404],
  }),
};
