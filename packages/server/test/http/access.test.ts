import assert from 'node:assert/strict';
import { request } from 'node:http';
import { hostname } from 'node:os';
import { describe, test } from 'node:test';
import { serverLimits } from '../../src/index.ts';
import { type Harness, startApi } from './harness.ts';

/** A request with headers that `fetch` does not let one set. */
async function raw(api: Harness, path: string, headers: Record<string, string>, method = 'GET') {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    text: string;
    headers: object;
  }>();
  const { port } = new URL(api.url);
  request({ host: '127.0.0.1', port, path, method, headers, agent: false }, async (response) => {
    const text = Buffer.concat(await response.toArray()).toString();
    resolve({ status: response.statusCode as number, text, headers: response.headers });
  })
    .on('error', reject)
    .end();
  return promise;
}

describe('who may ask', () => {
  test('only /healthz and /readyz are open', async () => {
    await using api = await startApi();
    for (const path of ['/healthz', '/readyz']) assert.equal((await fetch(api.url + path)).status, 200, path);
    // The page of the console shows nothing without a session.
    const page = await fetch(`${api.url}/devices/any`);
    const head = (await page.text()).slice(0, 15);
    assert.ok(
      page.status === 200 ? head === '<!doctype html>' : page.status === 404,
      `${page.status}: ${head}`,
    );
    const closed = [
      '/metrics',
      '/api/docs',
      '/api/docs/',
      '/api/docs/json',
      '/api/docs/yaml',
      '/api/docs/static/swagger-ui.css',
      '/api/v1/devices',
      '/api/v1/links',
      '/api/v1/status',
      '/api/v1/stream',
      '/nowhere',
      '/healthz/x',
    ];
    for (const path of closed) {
      const answer = await fetch(api.url + path, { redirect: 'manual' });
      assert.deepEqual(
        [answer.status, ((await answer.json()) as { code: string }).code],
        [401, 'UNAUTHORIZED'],
        path,
      );
    }
  });

  test('a wrong token, or none', async () => {
    await using api = await startApi();
    for (const authorization of [
      '',
      'Bearer',
      'Bearer x',
      `bearer ${api.token}x`,
      `Basic ${btoa(`a:${api.token}`)}`,
    ]) {
      const answer = await api.call('GET', '/api/v1/devices', undefined, { authorization });
      assert.deepEqual([answer.status, answer.json.code], [401, 'UNAUTHORIZED'], authorization);
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
      assert.equal(answer.headers.get('connection'), 'close');
    }
    assert.equal(
      (await api.call('GET', '/api/v1/devices', undefined, { authorization: `bearer ${api.token}` })).status,
      200,
    );
    assert.ok(!JSON.stringify(api.logged).includes(api.token));
  });

  test('a browser may show the token as a password where the documentation is, and nowhere else', async () => {
    await using api = await startApi();
    const asked = await fetch(`${api.url}/api/docs/`);
    assert.match(asked.headers.get('www-authenticate') ?? '', /^Basic/);
    const authorization = `Basic ${btoa(`admin:${api.token}`)}`;
    for (const path of ['/api/docs/', '/api/docs/json', '/api/docs/static/swagger-ui-bundle.js'])
      assert.equal((await fetch(api.url + path, { headers: { authorization } })).status, 200, path);
    for (const path of ['/metrics', '/api/v1/devices', '/api/docsx'])
      assert.equal((await fetch(api.url + path, { headers: { authorization } })).status, 401, path);
  });

  test('wrong tokens are counted by address, and the right one is always accepted', async () => {
    await using api = await startApi();
    const codes: string[] = [];
    for (let i = 0; i < serverLimits.values.authFailures + 2; i++)
      codes.push((await api.call('GET', '/metrics', undefined, { authorization: 'Bearer wrong' })).json.code);
    assert.equal(codes.filter((code) => code === 'UNAUTHORIZED').length, serverLimits.values.authFailures);
    assert.equal(codes.at(-1), 'TOO_MANY_FAILURES');
    assert.deepEqual(
      api.logged.map(({ fields }) => (fields as { code: string }).code),
      codes, // the log of the service bounds the lines, and counts the others
    );
    const refused = await api.call('GET', '/metrics', undefined, { authorization: 'Bearer wrong' });
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '60']);
    assert.equal((await api.call('GET', '/metrics')).status, 200);
  });

  test('names that are not ours are refused, whatever they resolve to', async () => {
    await using api = await startApi({ hosts: ['fairlead.example'] });
    const authorization = `Bearer ${api.token}`;
    const port = new URL(api.url).port;
    const ours = [
      `127.0.0.1:${port}`,
      'localhost',
      `[::1]:${port}`,
      '10.1.2.3',
      'Fairlead.Example:80',
      hostname(),
    ];
    for (const host of ours)
      assert.equal((await raw(api, '/api/v1/devices', { host, authorization })).status, 200, host);
    const others = [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      'a@127.0.0.1',
      '127.0.0.1/x',
      '127.0.0.1.evil',
    ];
    for (const host of others) {
      const { status, text } = await raw(api, '/api/v1/devices', { host, authorization });
      assert.deepEqual([host, status, JSON.parse(text).code], [host, 421, 'HOST_NOT_ALLOWED']);
    }
    assert.equal((await raw(api, '/healthz', { host: 'probe.internal' })).status, 200);
  });

  test('pages of other origins are refused', async () => {
    await using api = await startApi();
    const authorization = `Bearer ${api.token}`;
    const own = await raw(api, '/api/v1/devices', {
      host: '127.0.0.1:7650',
      origin: 'http://127.0.0.1:7650',
      authorization,
    });
    assert.equal(own.status, 200);
    for (const origin of ['http://evil.example', 'http://127.0.0.1:7651', 'null', 'https://127.0.0.1.evil']) {
      const { status, text } = await raw(api, '/api/v1/devices', {
        host: '127.0.0.1:7650',
        origin,
        authorization,
      });
      assert.deepEqual([status, JSON.parse(text).code], [403, 'ORIGIN_NOT_ALLOWED'], origin);
    }
  });
});
