import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ROLES, roleScope } from '@fairlead/api';
import { type Answer, type Harness, startApi } from './harness.ts';

const PASSWORD = 'correct horse battery';

async function addUser(api: Harness, name: string, role: string): Promise<void> {
  const { status } = await api.call('POST', '/api/v1/users', { name, role, password: PASSWORD });
  assert.equal(status, 201);
}

/** A browser: it keeps its cookie, and knows no token. */
class Browser {
  readonly api: Harness;
  cookie = '';

  constructor(api: Harness) {
    this.api = api;
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(this.api.url + path, {
      method,
      headers: {
        ...(this.cookie !== '' && { cookie: this.cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        'fairlead-request': '1',
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const set = response.headers.get('set-cookie');
    if (set !== null) this.cookie = set.split(';', 1)[0] ?? '';
    const text = await response.text();
    const type = response.headers.get('content-type');
    const json = type?.includes('json') ? JSON.parse(text) : undefined;
    return { status: response.status, type, headers: response.headers, text, json };
  }

  async signIn(user: string, password = PASSWORD): Promise<Answer> {
    return this.call('POST', '/api/v1/sessions', { user, password });
  }
}

/** The event stream and a live stream that the session opens. */
function streamsOf(api: Harness, cookie: string): Promise<Response[]> {
  const paths = ['stream', 'live?topic=overview'];
  return Promise.all(paths.map((path) => fetch(`${api.url}/api/v1/${path}`, { headers: { cookie } })));
}

describe('a session', () => {
  test('is a cookie that scripts cannot read and other sites do not send', async () => {
    await using api = await startApi();
    await addUser(api, 'ann', 'operator');
    const browser = new Browser(api);
    const { status, json, headers } = await browser.signIn('Ann');
    const { port } = new URL(api.url);
    const { expiresAt, session, ...who } = json;
    assert.deepEqual(
      [status, who],
      [201, { kind: 'user', name: 'ann', role: 'operator', scopes: ['operate'] }],
    );
    assert.match(
      headers.get('set-cookie') ?? '',
      new RegExp(`^fairlead-${port}=[\\w-]{32}; Path=/; HttpOnly; SameSite=Strict; Max-Age=60\\d{4}$`),
    );
    assert.ok(Date.parse(expiresAt) > Date.now());
    assert.deepEqual((await browser.call('GET', '/api/v1/session')).json, json);
    assert.equal((await browser.call('GET', '/api/v1/devices')).status, 200);

    const [listed] = (await api.call('GET', '/api/v1/sessions')).json;
    assert.deepEqual(
      [listed.id, listed.user, listed.remote, listed.own],
      [session, 'ann', '127.0.0.1', false],
    );
    assert.ok(!JSON.stringify([listed, api.logged]).includes(browser.cookie.split('=')[1] as string));
  });

  for (const role of ROLES)
    test(`of a ${role} may do what the role may`, async () => {
      await using api = await startApi();
      await addUser(api, 'ann', role);
      const browser = new Browser(api);
      await browser.signIn('ann');
      const asked: Record<string, number> = {
        metrics: (await browser.call('GET', '/metrics')).status,
        read: (await browser.call('GET', '/api/v1/devices')).status,
        operate: (await browser.call('DELETE', '/api/v1/inbox/x')).status,
        admin: (await browser.call('GET', '/api/v1/users')).status,
      };
      const expected = {
        viewer: { metrics: 200, read: 200, operate: 403, admin: 403 },
        operator: { metrics: 200, read: 200, operate: 404, admin: 403 },
        administrator: { metrics: 200, read: 200, operate: 404, admin: 200 },
      };
      assert.deepEqual(asked, expected[role]);
      const { json } = await browser.call('POST', '/api/v1/tokens', { name: 't', scopes: ['admin'] });
      if (role !== 'administrator')
        assert.deepEqual([json.code, json.details.has], ['SCOPE_MISSING', roleScope[role]]);
    });

  test('changes nothing without the header that a page of another origin cannot send', async () => {
    await using api = await startApi();
    await addUser(api, 'ann', 'administrator');
    const browser = new Browser(api);
    await browser.signIn('ann');
    const { cookie } = browser;
    for (const method of ['POST', 'PATCH', 'PUT', 'DELETE']) {
      const answer = await fetch(`${api.url}/api/v1/devices/x`, { method, headers: { cookie } });
      const { code } = (await answer.json()) as { code: string };
      // A method without a route is no reason to answer another way.
      assert.deepEqual([method, answer.status, code], [method, 403, 'CSRF_HEADER_MISSING']);
    }
    assert.equal((await fetch(`${api.url}/api/v1/devices`, { headers: { cookie } })).status, 200);
    const foreign = await browser.call('GET', '/api/v1/devices', undefined, {
      origin: 'http://evil.example',
    });
    assert.equal(foreign.json.code, 'ORIGIN_NOT_ALLOWED');
    const signIn = await browser.call('POST', '/api/v1/sessions', {}, { origin: 'http://evil.example' });
    assert.equal(signIn.json.code, 'ORIGIN_NOT_ALLOWED');
  });

  test('ends when the user signs out, and its stream with it', { timeout: 20_000 }, async () => {
    await using api = await startApi();
    await addUser(api, 'ann', 'viewer');
    const browser = new Browser(api);
    await browser.signIn('ann');
    const { cookie } = browser;
    const streams = await streamsOf(api, cookie);
    const out = await browser.call('DELETE', '/api/v1/session');
    assert.equal(out.status, 204);
    assert.match(out.headers.get('set-cookie') ?? '', /^fairlead-\d+=; .*Max-Age=0$/);
    for (const stream of streams) await assert.rejects(() => stream.text());
    browser.cookie = cookie;
    const { status, json } = await browser.call('GET', '/api/v1/session');
    assert.deepEqual([status, json.code, json.detail], [401, 'UNAUTHORIZED', 'The session has ended.']);
  });

  const endings: [string, (api: Harness, id: string) => Promise<Answer>][] = [
    ['an administrator ends it', (api, id) => api.call('DELETE', `/api/v1/sessions/${id}`)],
    ['the user is removed', (api) => api.call('DELETE', '/api/v1/users/ANN')],
    [
      'the user gets a new password',
      (api) => api.call('PUT', '/api/v1/users/ann/password', { password: `${PASSWORD} 2` }),
    ],
  ];
  for (const [how, end] of endings)
    test(`ends when ${how}; that of others goes on`, async () => {
      await using api = await startApi();
      for (const name of ['ann', 'bob']) await addUser(api, name, 'viewer');
      const [ann, bob] = [new Browser(api), new Browser(api)];
      const { session } = (await ann.signIn('ann')).json;
      await bob.signIn('bob');
      const streams = await streamsOf(api, ann.cookie);
      assert.equal((await end(api, session)).status, 204);
      for (const stream of streams) await assert.rejects(() => stream.text());
      assert.equal((await ann.call('GET', '/api/v1/session')).status, 401);
      assert.equal((await bob.call('GET', '/api/v1/session')).status, 200);
    });

  test('of a user whose role changes goes on, with the new role; streams end', {
    timeout: 20_000,
  }, async () => {
    await using api = await startApi();
    await addUser(api, 'ann', 'operator');
    const browser = new Browser(api);
    await browser.signIn('ann');
    const streams = await streamsOf(api, browser.cookie);
    assert.equal((await api.call('PATCH', '/api/v1/users/ann', { role: 'viewer' })).json.role, 'viewer');
    for (const stream of streams) await assert.rejects(() => stream.text());
    assert.equal((await browser.call('DELETE', '/api/v1/inbox/x')).json.code, 'SCOPE_MISSING');
    assert.equal((await browser.call('GET', '/api/v1/devices')).status, 200);
  });

  test('a cookie of another service on this host, or a broken one, is none', async () => {
    await using api = await startApi();
    const { port } = new URL(api.url);
    for (const cookie of [
      'fairlead-1=abc',
      'x',
      '=',
      `fairlead-${port}=`,
      `fairlead-${port}=a b`,
      ';;;'.repeat(999),
    ]) {
      const answer = await fetch(`${api.url}/api/v1/session`, { headers: { cookie } });
      assert.equal(answer.status, 401, cookie.slice(0, 20));
    }
  });
});

describe('signing in', () => {
  test('by a link works once; its session is the administrator', async () => {
    await using api = await startApi();
    const made = (await api.call('POST', '/api/v1/sign-in-codes', {})).json;
    assert.equal(made.path, `/#code=${made.code}`);
    const browser = new Browser(api);
    const first = await browser.call('POST', '/api/v1/sessions', { code: made.code });
    assert.deepEqual([first.status, first.json.kind, first.json.scopes], [201, 'administrator', ['admin']]);
    assert.equal((await browser.call('GET', '/api/v1/users')).status, 200);
    const again = await new Browser(api).call('POST', '/api/v1/sessions', { code: made.code });
    assert.deepEqual([again.status, again.json.code], [401, 'SIGN_IN_REFUSED']);
    assert.ok(!JSON.stringify(api.logged).includes(made.code));
  });

  test('by a link of a user is the user', async () => {
    await using api = await startApi();
    await api.call('POST', '/api/v1/users', { name: 'ann', role: 'viewer' });
    const { code } = (await api.call('POST', '/api/v1/sign-in-codes', { user: 'ANN' })).json;
    const { json } = await new Browser(api).call('POST', '/api/v1/sessions', { code });
    assert.deepEqual([json.kind, json.name, json.role], ['user', 'ann', 'viewer']);
    const unknown = await api.call('POST', '/api/v1/sign-in-codes', { user: 'bob' });
    assert.equal(unknown.json.code, 'USER_UNKNOWN');
  });

  test('is locked after many failures; tokens and open sessions stay valid', async () => {
    await using api = await startApi();
    await addUser(api, 'ann', 'viewer');
    const open = new Browser(api);
    await open.signIn('ann');
    const stranger = new Browser(api);
    const codes = [];
    for (let n = 0; n < 40; n++) codes.push((await stranger.signIn(`name-${n}`)).json.code);
    assert.equal(codes.at(-1), 'SIGN_IN_LOCKED');
    const locked = await stranger.signIn('ann');
    assert.equal(locked.status, 429);
    assert.ok(Number(locked.headers.get('retry-after')) > 60);
    assert.equal((await open.call('GET', '/api/v1/devices')).status, 200);
    assert.equal((await api.call('GET', '/api/v1/users')).status, 200);
    const [lockout] = (await api.call('GET', '/api/v1/lockouts')).json;
    assert.deepEqual([lockout.of, lockout.address], ['sign-in', '127.0.0.1']);
    assert.ok(Date.parse(lockout.until) > Date.now() + 60_000);
    assert.equal((await open.call('DELETE', '/api/v1/lockouts/127.0.0.1')).json.code, 'SCOPE_MISSING');
    assert.equal((await api.call('DELETE', '/api/v1/lockouts/127.0.0.1')).status, 204);
    assert.equal((await stranger.signIn('ann')).status, 201);
    const again = await api.call('DELETE', '/api/v1/lockouts/127.0.0.1');
    assert.deepEqual([again.status, again.json.code], [404, 'LOCKOUT_UNKNOWN']);
  });

  test('refuses what is no attempt, and bodies that are large', async () => {
    await using api = await startApi();
    const browser = new Browser(api);
    for (const body of [{}, { user: 'a' }, { password: PASSWORD }, { code: 'x', user: 'a' }])
      assert.equal((await browser.call('POST', '/api/v1/sessions', body)).json.code, 'REQUEST_INVALID');
    const large = await browser.call('POST', '/api/v1/sessions', { code: 'x'.repeat(5_000) });
    assert.equal(large.json.code, 'BODY_TOO_LARGE');
    const long = await browser.call('POST', '/api/v1/sessions', { user: 'a', password: 'x'.repeat(300) });
    assert.equal(long.status, 400);
  });
});

describe('users', () => {
  test('change their own password with the one they have; their other sessions end', async () => {
    await using api = await startApi();
    await addUser(api, 'ann', 'viewer');
    const [here, there] = [new Browser(api), new Browser(api)];
    await here.signIn('ann');
    await there.signIn('ann');
    const next = 'another long password';
    const change = (current: string, password: string) =>
      here.call('PUT', '/api/v1/session/password', { current, password });
    assert.equal((await change('wrong', next)).json.code, 'SIGN_IN_REFUSED');
    assert.equal((await change(PASSWORD, 'short')).json.code, 'PASSWORD_INVALID');
    assert.equal((await change(PASSWORD, next)).status, 204);
    assert.equal((await here.call('GET', '/api/v1/session')).status, 200);
    assert.equal((await there.call('GET', '/api/v1/session')).status, 401);
    assert.equal((await there.signIn('ann')).status, 401);
    assert.equal((await there.signIn('ann', next)).status, 201);
    const { json } = await api.call('PUT', '/api/v1/session/password', { current: 'x', password: next });
    assert.equal(json.code, 'WEB_SESSION_UNKNOWN');
  });

  test('are listed without their passwords', async () => {
    await using api = await startApi();
    await addUser(api, 'ann', 'viewer');
    await api.call('POST', '/api/v1/users', { name: 'bob', role: 'administrator' });
    const { text, json } = await api.call('GET', '/api/v1/users');
    assert.ok(!text.includes('scrypt'));
    assert.deepEqual(
      json.map(({ name, role, password, sessions }: Record<string, unknown>) => [
        name,
        role,
        password,
        sessions,
      ]),
      [
        ['ann', 'viewer', true, 0],
        ['bob', 'administrator', false, 0],
      ],
    );
  });

  test('mistakes are named', async () => {
    await using api = await startApi();
    await addUser(api, 'ann', 'viewer');
    const refusal = async (method: string, path: string, body?: object) =>
      (await api.call(method, `/api/v1/users${path}`, body)).json.code;
    assert.equal(await refusal('POST', '', { name: 'ANN', role: 'viewer' }), 'USER_EXISTS');
    assert.equal(await refusal('POST', '', { name: 'administrator', role: 'viewer' }), 'ACCESS_NAME_INVALID');
    assert.equal(
      await refusal('POST', '', { name: 'b', role: 'viewer', password: 'short' }),
      'PASSWORD_INVALID',
    );
    assert.equal(await refusal('POST', '', { name: 'b', role: 'root' }), 'OPTION_INVALID');
    assert.equal(await refusal('PATCH', '/bob', { role: 'viewer' }), 'USER_UNKNOWN');
    assert.equal(await refusal('PUT', '/bob/password', { password: PASSWORD }), 'USER_UNKNOWN');
    assert.equal(await refusal('DELETE', '/bob'), 'USER_UNKNOWN');
    assert.equal((await api.call('DELETE', '/api/v1/sessions/x')).json.code, 'WEB_SESSION_UNKNOWN');
  });
});
