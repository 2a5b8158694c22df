/** Saved definitions: connections, tasks, triggers and jobs have the same five operations. */
import { z } from 'zod';
import { named, nothing, raisedBySecrets, revision, secretsQuery, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';

const tag = 'automation';

export const definitionName = z.string().describe('1 to 64 letters, digits, spaces, "_", ".", ":" or "-".');
export const namedParams = z.strictObject({ name: definitionName });

/** Automation itself checks the fields; its errors name the place. */
const fieldsSchema = z.looseObject({}).describe('The fields, see docs/automation.md.');
const addedDefinition = named(
  'NewDefinition',
  z.looseObject({ name: definitionName }).describe('The name and the fields.'),
);
const definitionView = named(
  'Definition',
  z.looseObject({ name: definitionName, changedAt: time, revision }),
);
export type DefinitionView = z.output<typeof definitionView>;

/**
 * @param kind as it is written in sentences
 * @param Kind as it is written within an operation's id
 */
export function definitionOperations<K extends string, I extends string>(kind: K, Kind: I) {
  const path = `${API_BASE}/${kind}s` as const;
  const one = `${path}/:name` as const;
  return {
    list: operation({
      id: `list${Kind}s`,
      method: 'GET',
      path,
      tag,
      scope: 'read',
      raised: raisedBySecrets,
      summary: `List ${kind}s`,
      query: secretsQuery,
      response: { 200: z.array(definitionView) },
      problems: [400, 503],
    }),
    add: operation({
      id: `add${Kind}`,
      method: 'POST',
      path,
      tag,
      scope: 'admin',
      summary: `Add a ${kind}`,
      body: addedDefinition,
      response: { 201: definitionView },
      problems: [400, 404, 409],
    }),
    get: operation({
      id: `get${Kind}`,
      method: 'GET',
      path: one,
      tag,
      scope: 'read',
      raised: raisedBySecrets,
      summary: `Show a ${kind}`,
      params: namedParams,
      query: secretsQuery,
      response: { 200: definitionView },
      problems: [400, 404, 503],
    }),
    put: operation({
      id: `put${Kind}`,
      method: 'PUT',
      path: one,
      tag,
      scope: 'admin',
      summary: `Add or replace a ${kind}`,
      params: namedParams,
      revised: 'replace',
      body: fieldsSchema,
      response: { 200: definitionView },
      problems: [400, 404],
    }),
    remove: operation({
      id: `remove${Kind}`,
      method: 'DELETE',
      path: one,
      tag,
      scope: 'admin',
      summary: `Remove a ${kind}`,
      params: namedParams,
      revised: 'always',
      response: { 204: nothing('Removed.') },
      problems: [404, 409],
    }),
  };
}
