import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Operation, operations } from '@fairlead/api';
import { startApi } from './harness.ts';

const all: readonly Operation[] = Object.values(operations).flatMap((resource) =>
  Object.values(resource as Readonly<Record<string, Operation>>),
);

/** An operation as a request: every parameter is "x". */
function target({ path }: Operation): string {
  return path.replace(/:\w+/g, 'x');
}

describe('every route', () => {
  test('is refused without a token, unless it is open', async () => {
    await using api = await startApi();
    const open: string[] = [];
    for (const operation of all) {
      const answer = await fetch(api.url + target(operation), { method: operation.method });
      if (operation.scope === 'open' || operation.scope === 'visitor') {
        open.push(operation.id);
        assert.notEqual(answer.status, 401, operation.id);
        continue;
      }
      const { code } = (await answer.json()) as { code: string };
      assert.deepEqual([answer.status, code], [401, 'UNAUTHORIZED'], operation.id);
    }
    assert.deepEqual(open, ['getHealth', 'getReadiness']);
  });

  test('says its scope in the OpenAPI document', async () => {
    await using api = await startApi();
    const { json } = await api.call('GET', '/api/docs/json');
    for (const { id, path, method, scope } of all) {
      const route = json.paths[path.replace(/:(\w+)/g, '{$1}')][method.toLowerCase()];
      if (scope === 'open' || scope === 'visitor') assert.deepEqual(route.security, [], id);
      else {
        const scopes = scope === 'any' ? [] : [scope];
        assert.deepEqual(route.security[0], { token: scopes }, id);
        assert.equal(403 in route.responses, scope !== 'any', id);
        if (scope !== 'any') assert.ok(route.description.includes(`Scope: \`${scope}\``), id);
      }
    }
    const { description } = json.paths['/api/v1/runs'].get;
    assert.ok(description.endsWith('Scope: `read`, with "secrets" `admin`.'), description);
  });
});
