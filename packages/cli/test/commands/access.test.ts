/** Users, tokens and links against the real service, as a process of its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { Running, startService, temporaryFolder } from '../support/process.ts';
import { TestTerminal } from '../support/terminal.ts';

type Env = Record<string, string | undefined>;

async function fairlead(env: Env, line: string, stdin = '') {
  const terminal = new TestTerminal(env, stdin);
  const status = await run([...line.split(' '), '--format', 'json'], terminal);
  return { status, stdout: terminal.stdout, stderr: terminal.stderr };
}

const signIn = (url: string, body: object) =>
  fetch(`${url}/api/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test('the first start prints a link that signs in once; a later start prints none', async () => {
  await using folder = await temporaryFolder();
  const free = ['http', 'mqtt', 'official', 'custom'].flatMap((name) => [`--${name}`, '127.0.0.1:0']);
  const args = ['serve', '--data', folder.path, ...free];
  {
    await using service = new Running(args, folder.path);
    const [, url, code] = await service.shows(/sign in, once, within ten minutes +(http:\S+)\/#code=(\S+)\n/);
    const first = await signIn(url as string, { code });
    assert.deepEqual([first.status, ((await first.json()) as { kind: string }).kind], [201, 'administrator']);
    assert.equal((await signIn(url as string, { code })).status, 401);
    assert.equal(await service.end('SIGTERM'), 0);
  }
  await using again = new Running(args, folder.path);
  await again.shows(/administrator's token/);
  assert.ok(!again.stdout.includes('#code='), again.stdout);
});

test('a token has its scopes until it is revoked, and a user signs in until the password changes', async () => {
  await using folder = await temporaryFolder();
  const { service, env } = await startService(folder.path);
  await using _service = service;
  const url = env.FAIRLEAD_URL as string;

  const { token } = JSON.parse((await fairlead(env, 'token add ci --scope read --days 1')).stdout);
  const ci: Env = { FAIRLEAD_URL: url, FAIRLEAD_TOKEN: token };
  assert.equal((await fairlead(ci, 'device ls')).status, 0);
  const refused = await fairlead(ci, 'device add meter-1');
  assert.equal(refused.status, 4);
  assert.match(refused.stderr, /SCOPE_MISSING: .*"admin"; ci has: read/);
  assert.equal((await fairlead(env, 'token rm ci')).status, 0);
  const revoked = await fairlead(ci, 'device ls');
  assert.deepEqual([revoked.status, /UNAUTHORIZED/.test(revoked.stderr)], [4, true], revoked.stderr);

  const password = 'correct horse battery';
  assert.equal((await fairlead(env, 'user add ann --role operator', `${password}\n`)).status, 0);
  assert.equal((await signIn(url, { user: 'ann', password })).status, 201);
  const [session] = JSON.parse((await fairlead(env, 'user sessions')).stdout);
  assert.equal(session.user, 'ann');
  assert.equal((await fairlead(env, 'user passwd ann', 'another long password\n')).status, 0);
  assert.equal((await signIn(url, { user: 'ann', password })).status, 401);
  const { code } = JSON.parse((await fairlead(env, 'user link ann')).stdout);
  assert.equal((await signIn(url, { code })).status, 201);

  const entries = JSON.parse((await fairlead(env, 'audit ls')).stdout);
  const shown = entries.map(({ who, via, action, target, status }: Record<string, unknown>) =>
    [who, via, action, target, status].join(' | '),
  );
  assert.deepEqual(shown.reverse(), [
    'administrator | command line | addToken | ci | 201',
    'ci | command line | addDevice |  | 403',
    'administrator | command line | removeToken | ci | 204',
    'administrator | command line | addUser | ann | 201',
    'ann | page | signIn |  | 201',
    'administrator | command line | setUserPassword | ann | 204',
    ' | program | signIn |  | 401',
    'administrator | command line | addSignInCode |  | 201',
    'ann | page | signIn |  | 201',
  ]);
});
