import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { json, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

async function listed(entries: readonly object[], line = 'audit ls') {
  await using service = await TestService.start({ 'GET audit': json(entries) });
  const terminal = new TestTerminal(service.env);
  Object.assign(terminal, { columns: 500 });
  const status = await run(line.split(' '), terminal);
  return { status, query: service.seen[0]?.query, stdout: terminal.stdout, stderr: terminal.stderr };
}

const ENTRY = {
  id: 2,
  time: '2023-11-14T22:13:20.123Z',
  kind: 'user',
  who: 'ann',
  via: 'page',
  remote: '10.0.0.1',
  action: 'changeDevice',
  target: 'meter-1',
  status: 200,
  changes: { label: { before: 'Cellar', after: 'Attic' }, profile: { after: 'gt06' }, ack: { before: '06' } },
};

test('ls shows who, what, from where, the result and the changes', async () => {
  const stranger = {
    ...ENTRY,
    kind: 'stranger',
    who: '',
    via: 'program',
    action: 'signIn',
    target: '\u001b[2J',
    status: 401,
    code: 'SIGN_IN_REFUSED',
    changes: undefined,
  };
  const { stdout } = await listed([ENTRY, stranger]);
  const [head, first, second] = stdout.split('\n').map((line) => line.replace(/ {2,}/g, ' | '));
  assert.equal(head, 'TIME | WHO | VIA | FROM | ACTION | TARGET | RESULT | CHANGES');
  assert.equal(
    first,
    '2023-11-14T22:13:20Z | ann | page | 10.0.0.1 | changeDevice | meter-1 | 200 | label: "Cellar" -> "Attic", profile: "gt06", ack: "06" removed',
  );
  assert.equal(
    second,
    '2023-11-14T22:13:20Z | stranger | program | 10.0.0.1 | signIn | \\x1b[2J | SIGN_IN_REFUSED',
  );
});

test('filters are sent; a time may be a duration', async () => {
  const { query } = await listed(
    [],
    'audit ls --who ann --target m --action x -n 5 --since 2026-03-01T10:30:00+01:00',
  );
  assert.deepEqual(query, {
    who: 'ann',
    target: 'm',
    action: 'x',
    limit: '5',
    since: '2026-03-01T09:30:00.000Z',
  });
  const before = Date.now();
  const { query: ago, stderr } = await listed([], 'audit ls --since 2h');
  const since = Date.parse(ago?.since ?? '');
  assert.ok(since >= before - 7_200_000 && since <= Date.now() - 7_200_000, String(ago?.since));
  assert.match(stderr, /No entries/);
  for (const wrong of ['2026-99-01', 'yesterday'])
    assert.equal((await listed([], `audit ls --since ${wrong}`)).status, 2, wrong);
});
