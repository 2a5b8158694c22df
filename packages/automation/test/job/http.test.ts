import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { type HttpStep, runHttp } from '../../src/job/http.ts';

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server that answers with a redirect, as `to` says, or with "here". */
async function site(to: (url: string) => [status: number, location: string] | undefined) {
  const asked: Asked[] = [];
  const server: Server = createServer(async (request, answer) => {
    let body = '';
    for await (const part of request) body += part;
    const { method, url = '', headers } = request;
    asked.push({ method, url, headers, body });
    const redirect = to(url);
    if (redirect === undefined) answer.end('here');
    else answer.writeHead(redirect[0], { location: redirect[1], connection: 'close' }).end('moved');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    asked,
    host,
    url: `http://${host}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function run(step: Partial<HttpStep> & { url: string }): Promise<string> {
  const request = {
    method: 'GET',
    headers: { 'X-Api-Key': 'secret', Authorization: 'Bearer secret' },
    ...step,
  };
  try {
    return await runHttp(request, { step: 's', depth: 1, signal: new AbortController().signal });
  } catch (error) {
    if (!isFairleadError(error)) throw error;
    return `${error.code} ${error.message}`;
  }
}

describe('a redirect of an HTTP step', () => {
  it('carries no header of the step to another host, and is not followed there unasked', async () => {
    await using other = await site(() => undefined);
    await using first = await site(() => [302, `${other.url}/there`]);
    const refused = await run({ url: `${first.url}/a` });
    assert.match(
      refused,
      /^STEP_FAILED .*leads to another host, 127\.0\.0\.1:\d+; name that host in "redirects"/,
    );
    assert.equal(other.asked.length, 0);
    assert.equal(await run({ url: `${first.url}/a`, redirects: [other.host] }), 'here');
    assert.equal(await run({ url: `${first.url}/a`, redirects: ['127.0.0.1'] }), 'here');
    for (const { headers } of other.asked) {
      assert.deepEqual([headers['x-api-key'], headers.authorization], [undefined, undefined]);
      assert.equal(headers['fairlead-depth'], '1');
    }
  });

  it('carries them within the same origin, and back to it', async () => {
    await using first = await site((url) => (url === '/a' ? [307, '/b'] : undefined));
    assert.equal(await run({ url: `${first.url}/a`, method: 'POST', body: 'x' }), 'here');
    const last = first.asked.at(-1);
    assert.deepEqual(
      [last?.method, last?.url, last?.body, last?.headers['x-api-key']],
      ['POST', '/b', 'x', 'secret'],
    );
  });

  it('fetches what was posted with GET and without its body, where the status says so', async () => {
    for (const status of [301, 302, 303]) {
      await using first = await site((url) => (url === '/a' ? [status, '/b'] : undefined));
      assert.equal(await run({ url: `${first.url}/a`, method: 'POST', body: 'x' }), 'here');
      assert.deepEqual([first.asked.at(-1)?.method, first.asked.at(-1)?.body], ['GET', '']);
    }
  });

  it('ends after some, and leads to HTTP alone', async () => {
    await using round = await site((url) => [302, url]);
    assert.match(await run({ url: round.url }), /redirected more than 5 times/);
    assert.equal(round.asked.length, 6);
    await using file = await site(() => [302, 'file:///etc/passwd']);
    assert.match(await run({ url: file.url }), /leads from http: to file:/);
    await using none = await site(() => [302, 'http://[']);
    assert.match(await run({ url: none.url }), /does not lead to a valid URL/);
  });

  it('is an answer where the step expects it', async () => {
    await using first = await site(() => [302, 'http://elsewhere.invalid/']);
    assert.equal(await run({ url: first.url, expect: 302 }), 'moved');
  });
});
