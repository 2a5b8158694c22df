import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { assertLinear } from '@fairlead/testkit';
import { checkDepth } from '../../src/http/json-body.ts';
import { serverLimits } from '../../src/index.ts';
import { eventually } from '../running.ts';
import { type Harness, startApi } from './harness.ts';

/** Sends these bytes as they are; resolves with the answer when the service has closed. */
async function raw(api: Harness, head: string, body = ''): Promise<{ status: number; code: string }> {
  const { port } = new URL(api.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(
    `${head}\r\nHost: localhost\r\nAuthorization: Bearer ${api.token}\r\nConnection: close\r\n\r\n${body}`,
  );
  const answer = Buffer.concat(await socket.toArray()).toString();
  return {
    status: Number(answer.split(' ')[1]),
    code: /"code":"(\w+)"/.exec(answer)?.[1] ?? '',
  };
}

/** What was logged as a defect of ours. */
const defects = (api: Harness) => api.logged.filter(({ message }) => message === 'A request failed');

describe('what a client does wrong is not logged as a defect', () => {
  for (const type of ['application/json', 'application/x-ndjson'])
    test(`it leaves in the middle of a body of ${type}`, async () => {
      await using api = await startApi();
      const { port } = new URL(api.url);
      for (const [method, path] of [
        ['POST', '/api/v1/devices'],
        ['POST', '/api/v1/devices/import'],
        ['PUT', '/api/v1/tasks/x'],
        ['DELETE', '/api/v1/devices/x'],
      ]) {
        const socket = connect(Number(port), '127.0.0.1');
        await once(socket, 'connect');
        socket.write(
          `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${api.token}\r\n` +
            `Content-Type: ${type}\r\nContent-Length: 100\r\n\r\n{"name":`,
        );
        socket.end();
        await once(socket.resume(), 'close');
      }
      if (type === 'application/json')
        await eventually(() =>
          api.logged.find(({ fields }) => (fields as { code?: string }).code === 'REQUEST_ABORTED'),
        );
      assert.equal((await api.call('GET', '/api/v1/status')).status, 200);
      assert.deepEqual(defects(api), []);
    });

  test('it asks for files outside of the documentation', async () => {
    await using api = await startApi();
    for (const path of [
      '../x',
      '..',
      '%2e%2e/x',
      '..%2f..%2fpackage.json',
      '%00',
      '/',
      'a'.repeat(5_000),
      'a\\..\\b',
    ])
      for (const method of ['GET', 'HEAD']) {
        const { status } = await raw(api, `${method} /api/docs/static/${path} HTTP/1.1`);
        assert.equal(status, 404, path);
      }
    const { code } = await raw(api, 'GET /api/docs/static/../x HTTP/1.1');
    assert.equal(code, 'ROUTE_UNKNOWN');
    assert.deepEqual(defects(api), []);
  });

  test('it names conditions and ranges that do not hold', async () => {
    await using api = await startApi();
    for (const header of ['Range: bytes=99999999-', 'If-Match: "x"'])
      assert.deepEqual(await raw(api, `GET /api/docs/static/swagger-ui.css HTTP/1.1\r\n${header}`), {
        status: 400,
        code: 'REQUEST_INVALID',
      });
    assert.deepEqual(defects(api), []);
  });

  test('it nests its JSON without end', async () => {
    await using api = await startApi();
    const deep = '['.repeat(40_000) + ']'.repeat(40_000);
    for (const path of ['connections', 'tasks', 'triggers', 'jobs']) {
      const answer = await api.call('PUT', `/api/v1/${path}/x`, deep);
      assert.deepEqual([answer.status, answer.json.code], [400, 'REQUEST_INVALID'], path);
    }
    const line = await api.call('POST', '/api/v1/devices/import', `{"name":${deep}}\n{"name":"b"}\n`, {
      'content-type': 'application/x-ndjson',
    });
    assert.match(line.text, /"line":1,"code":"REQUEST_INVALID".*\n.*"line":2,"name":"b"/);
    assert.deepEqual(defects(api), []);
  });
});

describe('the depth of JSON', () => {
  const limit = serverLimits.values.bodyDepth;
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

  test('is allowed up to the limit, and brackets in strings do not count', () => {
    checkDepth(nested(limit), 'body');
    checkDepth(JSON.stringify(['['.repeat(9_999), '"['.repeat(9_999), '\\'.repeat(9)]), 'body');
    checkDepth('[[],[[],]]', 'body');
    checkDepth('[]'.repeat(9_999), 'body');
    assert.throws(() => checkDepth(nested(limit + 1), 'body'), { code: 'REQUEST_INVALID' });
  });

  test('is found in time linear in the text', async () => {
    await assertLinear(
      200_000,
      (size) => `"${'\\"['.repeat(size)}`,
      (text) => checkDepth(text, 'body'),
    );
  });
});
