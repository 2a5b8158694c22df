import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Harness, startApi } from './harness.ts';

const as = (token: string) => ({ authorization: `Bearer ${token}` });

async function made(api: Harness, body: object): Promise<string> {
  const { status, json } = await api.call('POST', '/api/v1/tokens', body);
  assert.equal(status, 201);
  return json.token;
}

describe('tokens of the API', () => {
  test('are made, listed without their secret, used, and revoked', async () => {
    await using api = await startApi();
    const token = await made(api, { name: 'prometheus', scopes: ['metrics', 'metrics'], days: 1 });
    const { text, json } = await api.call('GET', '/api/v1/tokens');
    assert.ok(!text.includes(token));
    const [{ createdAt, expiresAt, ...rest }] = json;
    assert.equal(Date.parse(expiresAt) - Date.parse(createdAt), 86_400_000);
    assert.deepEqual(rest, {
      name: 'prometheus',
      scopes: ['metrics'],
      createdBy: 'administrator',
      expired: false,
    });

    assert.equal((await api.call('GET', '/metrics', undefined, as(token))).status, 200);
    assert.equal(typeof (await api.call('GET', '/api/v1/tokens')).json[0].lastUsedAt, 'string');
    assert.equal((await api.call('DELETE', '/api/v1/tokens/prometheus')).status, 204);
    assert.equal((await api.call('GET', '/metrics', undefined, as(token))).json.code, 'UNAUTHORIZED');
    assert.equal((await api.call('DELETE', '/api/v1/tokens/prometheus')).json.code, 'API_TOKEN_UNKNOWN');
    assert.ok(!JSON.stringify(api.logged).includes(token));
  });

  test('mistakes are named', async () => {
    await using api = await startApi();
    const refusal = async (body: object) => (await api.call('POST', '/api/v1/tokens', body)).json.code;
    assert.equal(await refusal({ name: 'a b', scopes: ['read'] }), 'ACCESS_NAME_INVALID');
    for (const wrong of [
      { name: 'a', scopes: [] },
      { name: 'a', scopes: ['root'] },
      { name: 'a', scopes: ['read'], days: 0 },
      { name: 'a' },
      { name: 'a', scopes: ['read'], token: 'mine' },
    ]) {
      const { status } = await api.call('POST', '/api/v1/tokens', wrong);
      assert.equal(status, 400, JSON.stringify(wrong));
    }
    await made(api, { name: 'a', scopes: ['read'] });
    assert.equal(await refusal({ name: 'A', scopes: ['read'] }), 'API_TOKEN_EXISTS');
  });

  test('a live stream ends when its token is revoked; that of another goes on', {
    timeout: 20_000,
  }, async () => {
    await using api = await startApi();
    const streams = [];
    for (const name of ['a', 'b']) {
      const token = await made(api, { name, scopes: ['read'] });
      for (const path of ['stream', 'live?topic=overview']) {
        const answer = await fetch(`${api.url}/api/v1/${path}`, { headers: as(token) });
        const reader = answer.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
        await reader.read();
        streams.push(reader);
      }
    }
    await api.call('DELETE', '/api/v1/tokens/A');
    for (const ended of streams.slice(0, 2))
      await assert.rejects(async () => {
        while (!(await ended.read()).done);
        throw new Error('ended');
      }, /terminated/);
    assert.deepEqual([api.live.readers, api.hub.streams], [1, 1]);
    for (const open of streams.slice(2)) await open.cancel();
  });

  test('a token may revoke itself, and is told so', async () => {
    await using api = await startApi();
    const token = await made(api, { name: 'ci', scopes: ['admin'] });
    assert.equal((await api.call('DELETE', '/api/v1/tokens/ci', undefined, as(token))).status, 204);
    assert.equal((await api.call('GET', '/api/v1/tokens', undefined, as(token))).status, 401);
  });
});
