import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { allows, type Operation, operations, ROLES, roleScope, SCOPES, type Scope } from '@fairlead/api';
import { type Harness, startApi } from './harness.ts';

const all: readonly Operation[] = Object.values(operations).flatMap((resource) =>
  Object.values(resource as Readonly<Record<string, Operation>>),
);

/** An operation as a request: every parameter is "x". */
function target({ path }: Operation): string {
  return path.replace(/:\w+/g, 'x');
}

const isScope = (need: Operation['scope']): need is Scope => (SCOPES as readonly string[]).includes(need);

/** Asks for routes and says which of them refused the scope. */
async function refused(
  api: Harness,
  asked: readonly Operation[],
  scope: Scope,
  headers: Record<string, string>,
): Promise<string[]> {
  const ids: string[] = [];
  for (const operation of asked) {
    const { id, method, body, scope: need } = operation;
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const stop = new AbortController();
    const answer = await fetch(api.url + target(operation), {
      method,
      headers: { ...headers, ...type },
      signal: stop.signal,
      ...(body !== undefined && { body: '{}' }),
    });
    assert.notEqual(answer.status, 401, id);
    if (answer.status === 403) {
      const { code, detail, details } = (await answer.json()) as {
        code: string;
        detail: string;
        details: object;
      };
      assert.deepEqual([code, (details as { scope: string }).scope], ['SCOPE_MISSING', need], id);
      assert.ok(detail.includes(`"${need}"`) && detail.includes(scope), detail);
      ids.push(id);
    }
    stop.abort();
  }
  return ids;
}

describe('every route', () => {
  for (const scope of SCOPES)
    test(`is refused to the scope ${scope} where it is not enough, and only there`, async () => {
      await using api = await startApi();
      const { token } = (await api.call('POST', '/api/v1/tokens', { name: 't', scopes: [scope] })).json;
      const expected = all.filter(({ scope: need }) => isScope(need) && !allows([scope], need));
      assert.deepEqual(
        await refused(api, all, scope, { authorization: `Bearer ${token}` }),
        expected.map(({ id }) => id),
      );
      assert.equal(expected.length === 0, scope === 'admin');
    });

  for (const role of ROLES)
    test(`is refused to a user who is ${role} where the role is not enough, and only there`, async () => {
      await using api = await startApi();
      await api.call('POST', '/api/v1/users', { name: 'ann', role });
      const { code } = (await api.call('POST', '/api/v1/sign-in-codes', { user: 'ann' })).json;
      const signedIn = await api.call('POST', '/api/v1/sessions', { code });
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
      const scope = roleScope[role];
      // It would end the session.
      const asked = all.filter(({ id }) => id !== 'signOut');
      const expected = asked.filter(({ scope: need }) => isScope(need) && !allows([scope], need));
      assert.deepEqual(
        await refused(api, asked, scope, { cookie, 'fairlead-request': '1' }),
        expected.map(({ id }) => id),
      );
    });

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
    assert.deepEqual(open, ['signIn', 'getHealth', 'getReadiness']);
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

describe('keys that need more', () => {
  test('secrets are for the scope admin', async () => {
    await using api = await startApi();
    await api.call('POST', '/api/v1/connections', { name: 'c', address: 'h', port: 1, password: 'x' });
    const { token } = (await api.call('POST', '/api/v1/tokens', { name: 'r', scopes: ['read'] })).json;
    const asked = async (path: string) => {
      const { status, json } = await api.call('GET', path, undefined, { authorization: `Bearer ${token}` });
      return [status, json.code];
    };
    for (const query of ['', '?secrets=false', '?secrets=0'])
      for (const path of ['/api/v1/connections', '/api/v1/runs'])
        assert.deepEqual(await asked(`${path}${query}`), [200, undefined], path + query);
    for (const query of ['?secrets', '?secrets=1', '?secrets=true'])
      for (const path of ['/api/v1/connections', '/api/v1/jobs/x', '/api/v1/runs', '/api/v1/runs/1'])
        assert.deepEqual(await asked(`${path}${query}`), [403, 'SCOPE_MISSING'], path + query);
  });

  test('a connection that is not saved is tested for the scope admin only', async () => {
    await using api = await startApi();
    const { token } = (await api.call('POST', '/api/v1/tokens', { name: 'o', scopes: ['operate'] })).json;
    const as = { authorization: `Bearer ${token}` };
    const path = '/api/v1/connections/x/test';
    const given = await api.call('POST', path, { connection: { address: '127.0.0.1', port: 1 } }, as);
    assert.deepEqual([given.status, given.json.code], [403, 'SCOPE_MISSING']);
    assert.equal((await api.call('POST', path, {}, as)).status, 404);
  });

  test('what has no route is unknown to everybody who has a token', async () => {
    await using api = await startApi();
    const { token } = (await api.call('POST', '/api/v1/tokens', { name: 'm', scopes: ['metrics'] })).json;
    const authorization = `Bearer ${token}`;
    for (const path of ['/nowhere', '/api/v1/nothing'])
      assert.equal((await api.call('GET', path, undefined, { authorization })).json.code, 'ROUTE_UNKNOWN');
    assert.equal((await api.call('GET', '/api/docs/json', undefined, { authorization })).status, 200);
  });
});
