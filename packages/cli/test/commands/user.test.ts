import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { run } from '../../src/run.ts';
import { cleanEnvironment, launcher, temporaryFolder } from '../support/process.ts';
import { type Answer, json, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

interface Typed {
  readonly stdin?: string;
  /** Whether a person types. */
  readonly typed?: boolean;
}

async function against(
  route: string,
  answer: Answer,
  line: string,
  { stdin = '', typed = false }: Typed = {},
) {
  await using service = await TestService.start({ [route]: answer });
  const terminal = new TestTerminal(service.env, stdin);
  if (typed) terminal.input = 'shown';
  const status = await run(line.split(' '), terminal);
  const body = service.seen[0] && JSON.parse(service.seen[0].body || 'null');
  return { status, seen: service.seen, body, stdout: terminal.stdout, stderr: terminal.stderr, terminal };
}

const VIEW = {
  name: 'ann',
  role: 'operator',
  password: true,
  sessions: 1,
  createdAt: '2023-11-14T22:13:20.000Z',
  changedAt: '2023-11-14T22:13:20.000Z',
};

describe('a password', () => {
  const add = 'user add ann --role operator';
  const added = json(VIEW, 201);

  test('is the first line of stdin', async () => {
    const { body, stdout } = await against('POST users', added, add, { stdin: 'correct horse\r\nmore\n' });
    assert.deepEqual(body, { name: 'ann', role: 'operator', password: 'correct horse' });
    assert.equal(stdout, 'Added ann (operator).\n');
  });

  test('is typed twice on a terminal, which does not show it and is put back', async () => {
    const typed = 'corrextX\u007f\u007fct\u0015correct horse\rcorrect horse\r';
    const { body, stderr, terminal } = await against('POST users', added, add, { stdin: typed, typed: true });
    assert.equal(body.password, 'correct horse');
    assert.equal(stderr, 'New password: \nOnce more: \n');
    assert.equal(terminal.input, 'shown');
  });

  for (const [what, stdin, typed] of [
    ['no input', '', false],
    ['an empty line', '\nsecond\n', false],
    ['two lines that differ', 'correct horse\rcorrect house\r', true],
    ['an end of the input', 'correct horse\r\u0004', true],
    ['nothing typed', '\r\r', true],
  ] as const)
    test(`is not ${what}`, async () => {
      const { status, seen, stderr, terminal } = await against('POST users', added, add, { stdin, typed });
      assert.match(stderr, /PASSWORD_NOT_GIVEN/);
      assert.deepEqual([status, seen.length, terminal.input === 'hidden'], [2, 0, false]);
    });

  test('Ctrl-C ends the command, and the terminal is put back', async () => {
    const { status, seen, terminal } = await against('POST users', added, add, {
      stdin: 'abc\u0003',
      typed: true,
    });
    assert.deepEqual([status, seen.length, terminal.input], [130, 0, 'shown']);
  });

  test('is never an argument', async () => {
    const { status, seen } = await against('POST users', added, `${add} --password secret-password`);
    assert.deepEqual([status, seen.length], [2, 0]);
  });

  test('is not shown by a real terminal', { timeout: 30_000 }, async () => {
    await using folder = await temporaryFolder();
    await using service = await TestService.start({ 'PUT users/ann/password': json(undefined, 204) });
    const line = `'${process.execPath}' '${launcher}' user passwd ann`;
    // util-linux's script gives the command a terminal of its own.
    const child = spawn('script', ['-qec', line, '/dev/null'], {
      cwd: folder.path,
      env: { ...cleanEnvironment(), ...service.env, SHELL: '/bin/sh' },
    });
    let shown = '';
    let answers = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      const asked = [...shown.matchAll(/New password: |Once more: /g)].length;
      for (; answers < asked; answers++) child.stdin.write('correct horse\r');
    });
    const [status] = await once(child, 'close');
    assert.equal(status, 0, shown);
    assert.ok(!shown.includes('correct horse'), shown);
    assert.match(shown, /Changed the password of ann/);
    assert.deepEqual(JSON.parse(service.seen[0]?.body as string), { password: 'correct horse' });
  });
});

test('a user without a password has none, and nothing is asked', async () => {
  const { body } = await against('POST users', json(VIEW, 201), 'user add ann --no-password');
  assert.deepEqual(body, { name: 'ann', role: 'viewer' });
});

test('link prints the address with the code in its fragment', async () => {
  const answer = json({ code: 'c0de', path: '/#code=c0de', expiresAt: '2023-11-14T22:13:20.000Z' }, 201);
  const { stdout, body, seen } = await against('POST sign-in-codes', answer, 'user link ann');
  assert.match(stdout, /^http:\/\/127\.0\.0\.1:\d+\/#code=c0de\n$/);
  assert.deepEqual([seen.length, body], [1, { user: 'ann' }]);
});

test('lists, roles and endings', async () => {
  const listed = await against('GET users', json([VIEW]), 'user ls');
  assert.match(listed.stdout, /^NAME +ROLE +PASSWORD +SESSIONS +CHANGED\nann +operator +yes +1 /);
  const role = await against('PATCH users/ann', json({ ...VIEW, role: 'viewer' }), 'user role ann viewer');
  assert.deepEqual([role.stdout, role.body], ['ann is viewer now.\n', { role: 'viewer' }]);
  assert.equal((await against('PATCH users/ann', json(VIEW), 'user role ann root')).status, 2);
  const removed = await against('DELETE users/ann', json(undefined, 204), 'user rm ann');
  assert.equal(removed.stdout, 'Removed ann.\n');
  const session = {
    id: '01J8',
    remote: '10.0.0.1',
    createdAt: VIEW.createdAt,
    seenAt: VIEW.createdAt,
    expiresAt: '2199-11-14T22:13:20.000Z',
    own: false,
  };
  const sessions = await against('GET sessions', json([session]), 'user sessions');
  assert.match(sessions.stdout, /\n01J8 +administrator +10\.0\.0\.1 /);
  const ended = await against('DELETE sessions/01J8', json(undefined, 204), 'user sign-out 01J8');
  assert.equal(ended.stdout, 'Ended 01J8.\n');
});
