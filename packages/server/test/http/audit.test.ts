import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { changesText, differences } from '../../src/http/audit/changes.ts';
import { serverLimits } from '../../src/limits.ts';
import { type Harness, startApi } from './harness.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came
type Entry = any;

async function entries(api: Harness, query = ''): Promise<Entry[]> {
  return (await api.call('GET', `/api/v1/audit${query}`)).json;
}

async function newest(api: Harness): Promise<Entry> {
  return (await entries(api, '?limit=1'))[0];
}

describe('the audit log', () => {
  test('says who changed what, from where, how it ended, and what differs', async () => {
    await using api = await startApi();
    await api.call('POST', '/api/v1/devices', { name: 'meter-1', label: 'Cellar' });
    const { id, time, ...added } = await newest(api);
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
    const { changes, ...facts } = added;
    assert.deepEqual(facts, {
      kind: 'administrator',
      who: 'administrator',
      via: 'program',
      remote: '127.0.0.1',
      action: 'addDevice',
      target: 'meter-1',
      status: 201,
    });
    assert.deepEqual(changes.label, { after: 'Cellar' });

    await api.call('PATCH', '/api/v1/devices/meter-1', { label: 'Attic' });
    const changed = await newest(api);
    assert.deepEqual(changed.changes, { label: { before: 'Cellar', after: 'Attic' } });
    await api.call('DELETE', '/api/v1/devices/meter-1');
    const removed = await newest(api);
    assert.deepEqual([removed.action, removed.changes.label], ['removeDevice', { before: 'Attic' }]);
    assert.equal((await entries(api, `?before=${id + 1}`)).length, 1);
  });

  test('names the user and the page, the token, and the command line', async () => {
    await using api = await startApi();
    const password = 'correct horse battery';
    await api.call('POST', '/api/v1/users', { name: 'ann', role: 'administrator', password });
    const signedIn = await fetch(`${api.url}/api/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'ann', password }),
    });
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    const inPage = { cookie, 'fairlead-request': '1' };
    await fetch(`${api.url}/api/v1/inbox/x`, { method: 'DELETE', headers: inPage });
    const { token } = (await api.call('POST', '/api/v1/tokens', { name: 'ci', scopes: ['operate'] })).json;
    const as = { authorization: `Bearer ${token}` };
    await api.call('DELETE', '/api/v1/inbox/y', undefined, { ...as, 'user-agent': 'fairlead-cli' });
    await api.call('DELETE', '/api/v1/devices/z', undefined, as);
    const found = (await entries(api)).map(({ kind, who, via, action, target, status, code }) =>
      [kind, who, via, action, target, status, code].join(' '),
    );
    assert.deepEqual(found.reverse(), [
      'administrator administrator program addUser ann 201 ',
      'user ann page signIn  201 ',
      'user ann page dropInboxEntry x 404 INBOX_UNKNOWN',
      'administrator administrator program addToken ci 201 ',
      'token ci command line dropInboxEntry y 404 INBOX_UNKNOWN',
      'token ci program removeDevice z 403 SCOPE_MISSING',
    ]);
    assert.deepEqual(
      (await entries(api, '?who=CI&action=removeDevice&target=z&since=2020-01-01T00:00:00Z')).length,
      1,
    );
    assert.equal((await entries(api, '?since=2199-01-01T00:00:00Z')).length, 0);
  });

  test('keeps what was sent to a device, but no secret of any kind', async () => {
    await using api = await startApi();
    const secret = 'hush-hush-hush';
    await api.call('POST', '/api/v1/devices', { name: 'a', protocol: 'custom', framing: 'line' });
    await api.call('POST', '/api/v1/devices/a/downlinks', {
      kind: 'command',
      values: { method: 'reboot', params: { wifiPassword: secret, delay: 3 } },
    });
    const sent = await newest(api);
    assert.deepEqual(sent.changes, {
      kind: { after: 'command' },
      values: { after: { method: 'reboot', params: { wifiPassword: '***', delay: 3 } } },
    });
    await api.call('POST', '/api/v1/users', { name: 'ann', role: 'viewer', password: secret });
    await api.call('PUT', '/api/v1/users/ann/password', { password: secret });
    await api.call('PUT', '/api/v1/connections/c', { address: 'h', port: 1, password: secret });
    await api.call('POST', '/api/v1/sessions', { user: secret, password: secret });
    const { token } = (await api.call('POST', '/api/v1/tokens', { name: 't', scopes: ['read'] })).json;
    const { text } = await api.call('GET', '/api/v1/audit');
    assert.ok(!text.includes(secret), text);
    assert.ok(!text.includes(token) && !text.includes('scrypt') && !text.includes(api.token));
    assert.deepEqual((await newest(api)).changes, { scopes: { after: ['read'] } });
  });

  test('knows failed attempts to sign in, but not what they tried, and no request without credentials', async () => {
    await using api = await startApi();
    for (const method of ['POST', 'DELETE', 'PATCH']) await fetch(`${api.url}/api/v1/devices/x`, { method });
    await api.call('DELETE', '/api/v1/devices/x', undefined, { authorization: 'Bearer wrong' });
    await api.call('POST', '/api/v1/sessions', { user: 'ann' });
    assert.deepEqual(await entries(api), []);
    await api.call('POST', '/api/v1/sessions', { user: 'ann', password: 'wrong' });
    const [{ kind, who, action, status, code, changes }] = await entries(api);
    assert.deepEqual(
      [kind, who, action, status, code, changes],
      ['stranger', '', 'signIn', 401, 'SIGN_IN_REFUSED', undefined],
    );
    for (let n = 0; n < 100; n++) await api.call('POST', '/api/v1/sessions', { code: `wrong-${n}` });
    const { signInFailures } = serverLimits.values;
    assert.equal(
      (await entries(api, '?action=signIn')).length,
      signInFailures,
      'none of those that were locked',
    );
  });

  test('counts the lines of an import', async () => {
    await using api = await startApi();
    const lines = [{ name: 'a' }, { name: 'b' }, { name: 'a' }, { name: '!' }].map((line) =>
      JSON.stringify(line),
    );
    await api.call('POST', '/api/v1/devices/import', lines.join('\n'), {
      'content-type': 'application/x-ndjson',
    });
    const { action, status, changes } = await newest(api);
    assert.deepEqual(
      [action, status, changes],
      ['importDevices', 200, { imported: { after: 2 }, refused: { after: 2 } }],
    );
  });

  test('is for administrators alone, and nothing changes it', async () => {
    await using api = await startApi();
    const { token } = (await api.call('POST', '/api/v1/tokens', { name: 'o', scopes: ['operate'] })).json;
    const as = { authorization: `Bearer ${token}` };
    assert.equal((await api.call('GET', '/api/v1/audit', undefined, as)).json.code, 'SCOPE_MISSING');
    for (const method of ['DELETE', 'PUT', 'PATCH', 'POST'])
      assert.equal((await api.call(method, '/api/v1/audit')).json.code, 'ROUTE_UNKNOWN', method);
    for (const wrong of ['?limit=0', '?before=0', '?since=yesterday', '?x=1'])
      assert.equal((await api.call('GET', `/api/v1/audit${wrong}`)).status, 400, wrong);
  });

  test('a service whose disk is full still answers, and logs what it could not write', async () => {
    await using api = await startApi();
    await api.store.close();
    const { status } = await api.call('DELETE', '/api/v1/inbox/x');
    assert.notEqual(status, 200);
    assert.ok(api.logged.some(({ message }) => message.includes('audit log could not be written')));
  });
});

describe('changes', () => {
  test('long values are described, and an entry has a bound', () => {
    const script = 'x'.repeat(100_000);
    assert.deepEqual(differences({ uplink: 'a' }, { uplink: script }), {
      uplink: { before: 'a', after: '(100002 characters)' },
    });
    assert.equal(differences({ a: { b: [1] } }, { a: { b: [1] } }), undefined);
    const many = Object.fromEntries(
      Array.from({ length: 500 }, (_, n) => [`field-${n}`, { after: 'y'.repeat(n) }]),
    );
    const text = changesText(many);
    assert.ok(text.length <= serverLimits.values.auditChanges, `${text.length}`);
    assert.ok('field-0' in JSON.parse(text) && !('field-499' in JSON.parse(text)));
  });

  test('secrets are masked wherever they stand', () => {
    const found = differences(
      {},
      {
        secret: 'a',
        accessToken: 'b',
        nested: [{ Password: 'c', api_key: 'd', fine: 'e' }],
        hasSecret: true,
      },
    );
    assert.deepEqual(found, {
      secret: { after: '***' },
      accessToken: { after: '***' },
      nested: { after: [{ Password: '***', api_key: '***', fine: 'e' }] },
      hasSecret: { after: true },
    });
  });
});
