/** Nobody overwrites the change of somebody else without seeing it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { conflictOf, createClient } from '@fairlead/api';
import { profileFolder } from '../profile.ts';
import { type Harness, startApi } from './harness.ts';

const V1 = '/api/v1';

describe('a change says which revision was read', () => {
  let api: Harness;
  before(async () => {
    api = await startApi();
    await api.call('POST', `${V1}/devices`, { name: 'a', label: 'one', framing: 'line' });
  });
  after(() => api[Symbol.asyncDispose]());

  /** A request with this If-Match, or without one. */
  const send = async (method: string, path: string, match?: string, body?: object) => {
    const answer = await fetch(`${api.url}${V1}/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${api.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(match !== undefined && { 'if-match': match }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, etag: answer.headers.get('etag'), json: text && JSON.parse(text) };
  };
  const saved: readonly [kind: string, path: string, first: object, second: object][] = [
    ['device', 'devices/a', { label: 'one' }, { label: 'two' }],
    ['connection', 'connections/c', { port: 4001 }, { port: 4002 }],
    ['task', 'tasks/t', task('Hello'), task('Bye')],
    ['trigger', 'triggers/r', { ...task('Hello'), enabled: false }, { ...task('Bye'), enabled: false }],
    ['job', 'jobs/j', { steps: [{ publish: { topic: 'x' } }] }, { steps: [{ publish: { topic: 'y' } }] }],
    [
      'profile',
      'profiles/lines',
      { files: profileFolder({ version: '1.0.0' }) },
      { files: profileFolder({ version: '2.0.0' }) },
    ],
  ];

  for (const [kind, path, first, second] of saved)
    test(`a ${kind}`, async () => {
      const method = kind === 'device' ? 'PATCH' : 'PUT';
      if (kind !== 'device') assert.equal((await send(method, path, undefined, first)).status, 200, 'added');
      const read = await send('GET', path);
      const tag = `"${read.json.revision}"`;
      assert.equal(read.etag, tag);

      const without = await send(method, path, undefined, second);
      assert.deepEqual([without.status, without.json.code], [428, 'REVISION_MISSING']);
      assert.match(without.json.help, /If-Match/);
      assert.equal((await send('DELETE', path)).status, 428);

      const changed = await send(method, path, tag, second);
      assert.equal(changed.status, 200, JSON.stringify(changed.json));
      assert.equal(changed.etag, `"${changed.json.revision}"`);
      assert.ok(changed.json.revision > read.json.revision);

      const late = await send(method, path, tag, first);
      assert.deepEqual([late.status, late.json.code], [412, 'REVISION_CONFLICT']);
      const { revision, fields, theirs, yours } = late.json.details;
      assert.equal(revision, changed.json.revision);
      assert.ok(fields.length > 0);
      assert.deepEqual(Object.keys(theirs).sort(), [...fields].sort());
      assert.notDeepEqual(theirs, yours);

      const equal = await send(method, path, tag, second);
      assert.equal(equal.status, 200, 'what is already so is no conflict');
      assert.equal((await send('GET', path)).json.revision, changed.json.revision);

      const gone = await send('DELETE', path, tag);
      assert.deepEqual([gone.status, gone.json.code], [412, 'REVISION_CONFLICT']);
      assert.deepEqual(gone.json.details.yours, {});
      assert.equal((await send('DELETE', path, `"0", "${revision}"`)).status, 204, 'one of several');
      if (kind === 'device') return;

      const removed = await send(method, path, tag, second);
      assert.deepEqual([removed.status, removed.json.code], [412, 'REVISION_GONE']);
      await send(method, path, undefined, first);
      const again = await send('GET', path);
      assert.ok(again.json.revision > revision, 'a number is never used again');
      assert.equal((await send('DELETE', path, tag)).status, 412);
      assert.equal((await send('DELETE', path, '*')).status, 204, 'whatever is there');
    });

  test('a header that is no list of tags is refused, and a weak tag fits nothing', async () => {
    await api.call('PUT', `${V1}/connections/w`, { port: 1 });
    const { json } = await send('GET', 'connections/w');
    for (const match of [String(json.revision), `"${json.revision}`, '""", x', ''])
      assert.equal((await send('DELETE', 'connections/w', match)).status, 400, match);
    assert.equal((await send('DELETE', 'connections/w', `W/"${json.revision}"`)).status, 412);
  });

  test('secrets are not in the two versions', async () => {
    const tls = (passphrase: string) => ({ port: 1, tls: { key: 'k.pem', passphrase } });
    await api.call('PUT', `${V1}/connections/s`, tls('secret one'));
    const late = await send('PUT', 'connections/s', '"1"', tls('secret two'));
    assert.equal(late.status, 412);
    assert.deepEqual(late.json.details.fields, ['tls']);
    assert.doesNotMatch(JSON.stringify(late.json.details.theirs), /secret one/);
  });

  test('who was first wins, and the typed client says what the other had', async () => {
    await api.call('POST', `${V1}/devices`, { name: 'b' });
    const client = createClient({ url: api.url, token: api.token });
    const params = { name: 'b' };
    const { revision } = await client.devices.get({ params });
    const labels = ['x', 'y'];
    const results = await Promise.allSettled(
      labels.map((label) => client.devices.change({ params, revision, body: { label } })),
    );
    const lost = results.filter((result) => result.status === 'rejected');
    assert.equal(lost.length, 1);
    const conflict = conflictOf(lost[0]?.reason);
    assert.deepEqual(conflict?.fields, ['label']);
    const now = await client.devices.get({ params });
    assert.deepEqual(conflict?.theirs, { label: now.label });
    assert.ok(labels.includes(String(conflict?.yours.label)) && conflict?.yours.label !== now.label);
    await client.devices.change({
      params,
      revision: conflict?.revision as number,
      body: conflict?.yours ?? {},
    });
    assert.equal((await client.devices.get({ params })).label, conflict?.yours.label);
  });

  test('a change of the same content asks for nothing, however it is written', async () => {
    await api.call('POST', `${V1}/devices`, { name: 'n', ack: '0a', inboundBuffer: 64 });
    const same = { ack: '0A', label: null, inboundBuffer: 64 };
    assert.equal((await send('PATCH', 'devices/n', '"1"', same)).status, 200);
    const other = await send('PATCH', 'devices/n', '"1"', { ...same, inboundBuffer: 65 });
    assert.deepEqual(other.json.details.fields, ['inboundBuffer']);
  });

  test('the audit log has refused changes, too', async () => {
    await api.call('PUT', `${V1}/connections/z`, { port: 1 });
    await send('DELETE', 'connections/z');
    const [entry] = (await api.call('GET', `${V1}/audit?limit=1`)).json;
    assert.deepEqual([entry.action, entry.status, entry.code], ['removeConnection', 428, 'REVISION_MISSING']);
  });
});

function task(send: string) {
  return { connection: { port: 1 }, rules: [{ send }] };
}
