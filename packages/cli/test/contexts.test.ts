/** Several services under names. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { Authority, requirePeer } from '@fairlead/testkit';
import { run } from '../src/run.ts';
import { json, TestService, TOKEN } from './support/service.ts';
import { TestTerminal } from './support/terminal.ts';

/** Runs commands of one user. */
function user(t: TestContext, env: Record<string, string> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-contexts-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const fairlead = async (...argv: string[]) => {
    const terminal = new TestTerminal({ HOME: dir, ...env }, TOKEN);
    const status = await run(argv, terminal);
    return { status, stdout: terminal.stdout, stderr: terminal.stderr };
  };
  return { dir, fairlead, folder: join(dir, '.config', 'fairlead') };
}

const devices = (name: string) => ({ 'GET devices': json([{ name, status: 'online' }]) });

test('a context is added, used, listed and removed; its token is in a file of its owner', async (t) => {
  const { fairlead, folder } = user(t);
  await using one = await TestService.start(devices('of-one'));
  await using two = await TestService.start(devices('of-two'));
  for (const [name, { url }] of Object.entries({ one, two }))
    assert.equal((await fairlead('context', 'add', name, url, '--token-file', '-')).status, 0);
  const token = join(folder, 'tokens', 'one');
  assert.equal(readFileSync(token, 'utf8'), `${TOKEN}\n`);
  for (const path of [token, join(folder, 'contexts.json')]) assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.doesNotMatch(readFileSync(join(folder, 'contexts.json'), 'utf8'), new RegExp(TOKEN));

  await fairlead('context', 'use', 'one');
  assert.equal((await fairlead('device', 'ls', '-q')).stdout, 'of-one\n');
  assert.equal((await fairlead('device', 'ls', '-q', '--context', 'two')).stdout, 'of-two\n');
  assert.match(
    (await fairlead('context', 'ls')).stdout,
    /^NAME +USED +URL +TOKEN\none +\* +http.* +yes\ntwo +http.* yes\n$/,
  );

  const removed = await fairlead('context', 'rm', 'one', 'three');
  assert.match(removed.stdout, /Forgot one\./);
  assert.match(removed.stderr, /CONTEXT_UNKNOWN/);
  assert.equal(existsSync(token), false);
  const { current, contexts } = JSON.parse(readFileSync(join(folder, 'contexts.json'), 'utf8'));
  assert.deepEqual([current, Object.keys(contexts)], [undefined, ['two']]);
  await fairlead('context', 'use', 'two');
  await fairlead('context', 'use', '--none');
  assert.match((await fairlead('device', 'ls')).stderr, /127\.0\.0\.1:7650/);
});

test('the environment comes before the chosen context, the option before the environment, and no token goes elsewhere', async (t) => {
  await using one = await TestService.start(devices('of-one'));
  await using two = await TestService.start(devices('of-two'));
  const { fairlead, dir } = user(t);
  const add = ['--token-file', '-'];
  await fairlead('context', 'add', 'one', one.url, ...add);
  await fairlead('context', 'add', 'two', two.url, ...add);
  await fairlead('context', 'use', 'one');
  const named = user(t, { HOME: dir, FAIRLEAD_CONTEXT: 'two' });
  assert.equal((await named.fairlead('device', 'ls', '-q')).stdout, 'of-two\n');
  const addressed = user(t, {
    HOME: dir,
    FAIRLEAD_CONTEXT: 'two',
    FAIRLEAD_URL: one.url,
    FAIRLEAD_TOKEN: TOKEN,
  });
  assert.equal((await addressed.fairlead('device', 'ls', '-q')).stdout, 'of-one\n');
  assert.equal((await addressed.fairlead('--context', 'two', 'device', 'ls', '-q')).stdout, 'of-two\n');
  const bare = user(t, { HOME: dir, FAIRLEAD_TOKEN: TOKEN });
  await bare.fairlead('context', 'add', 'none', one.url);
  const refused = await bare.fairlead('device', 'ls', '--context', 'none');
  assert.deepEqual([refused.status, refused.stdout], [4, '']);
  assert.match(refused.stderr, /TOKEN_MISSING/);
});

test('what cannot be a context is refused, and nothing is written', async (t) => {
  const { fairlead, dir, folder } = user(t);
  const pem = join(dir, 'x.pem');
  writeFileSync(pem, 'x');
  const wrong: readonly (readonly [string[], RegExp])[] = [
    [['../x', 'http://a'], /cannot be the name/],
    [['__proto__', 'http://a'], /cannot be the name/],
    [['a', 'ftp://a'], /is not an address/],
    [['a', 'http://user:secret@a'], /give a token/],
    [['a', 'http://a', '--ca', pem], /need https/],
    [['a', 'http://a', '--insecure'], /need https/],
    [['a', 'https://a', '--cert', pem], /belong together/],
    [['a', 'https://a', '--ca', '/no/such.pem'], /FILE_UNREADABLE/],
    [['a', 'http://a', '--token-file', pem, '--key', pem], /need https/],
  ];
  for (const [argv, message] of wrong) {
    const { status, stderr } = await fairlead('context', 'add', ...argv);
    assert.notEqual(status, 0, argv.join(' '));
    assert.match(stderr, message);
  }
  assert.equal(existsSync(folder), false);
  const unknown = await fairlead('device', 'ls', '--context', 'nowhere');
  assert.deepEqual([unknown.status, /CONTEXT_UNKNOWN.*Known contexts: none/.test(unknown.stderr)], [3, true]);
});

test('a token that others can read is not used', async (t) => {
  const { fairlead, folder } = user(t);
  await fairlead('context', 'add', 'a', 'http://127.0.0.1:9', '--token-file', '-');
  chmodSync(join(folder, 'tokens', 'a'), 0o644);
  const { status, stderr } = await fairlead('device', 'ls', '--context', 'a');
  assert.deepEqual([status, /CONTEXT_FILE_OPEN/.test(stderr)], [2, true]);
  writeFileSync(join(folder, 'contexts.json'), '{"contexts": []}');
  assert.match((await fairlead('context', 'ls')).stderr, /FILE_UNREADABLE.*not a file of contexts/);
});

test('over TLS: the authority is checked, the client shows its certificate, and "insecure" is said each time', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const seen: (string | undefined)[] = [];
  using authority = new Authority();
  const { cert, key } = authority.issue('plant', 'IP:127.0.0.1');
  const mine = authority.issue('operator-7', 'DNS:operator-7');
  const own = { cert: readFileSync(cert), key: readFileSync(key) };
  const server = createServer({ ...own, requestCert: true, rejectUnauthorized: false }, (request, answer) => {
    seen.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN as string | undefined);
    answer.setHeader('content-type', 'application/json').end('[]');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { fairlead } = user(t);
  const identity = ['--cert', mine.cert, '--key', mine.key];
  await fairlead('context', 'add', 'open', url);
  await fairlead('context', 'add', 'right', url, '--ca', authority.ca.cert, ...identity);
  await fairlead('context', 'add', 'loose', url, '--insecure');

  const open = await fairlead('device', 'ls', '--context', 'open');
  assert.deepEqual([open.status, /not of an authority that is trusted/.test(open.stderr)], [6, true]);
  const right = await fairlead('device', 'ls', '-q', '--context', 'right');
  assert.deepEqual([right.status, right.stderr, seen], [0, '', ['operator-7']]);
  const loose = await fairlead('device', 'ls', '-q', '--context', 'loose');
  assert.equal(loose.status, 0);
  assert.match(loose.stderr, /^Warning: the certificate of https:.* is not checked/);
});
