/** What all lists have: names alone, columns by choice, and lists that follow what happens. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../src/run.ts';
import { redrawing } from '../src/terminal.ts';
import { type Answer, json, refuse, TestService } from './support/service.ts';
import { TestTerminal } from './support/terminal.ts';

const DEVICES = [
  {
    name: 'a',
    status: 'online',
    type: 'standard',
    protocol: 'official',
    createdAt: '2026-01-01T00:00:00.000Z',
  },
  {
    name: 'b',
    status: 'offline',
    type: 'standard',
    protocol: 'official',
    label: 'Attic',
    tags: { x: { y: 7 } },
  },
];

async function ls(argv: readonly string[], answer: Answer = json(DEVICES)) {
  await using service = await TestService.start({ 'GET devices': answer });
  const terminal = new TestTerminal(service.env);
  const status = await run(['device', 'ls', ...argv], terminal);
  return { status, stdout: terminal.stdout, stderr: terminal.stderr, seen: service.seen };
}

test('-q prints the names alone', async () => {
  const { stdout, seen } = await ls(['-q']);
  assert.equal(stdout, 'a\nb\n');
  assert.deepEqual(Object.keys(seen[0]?.query ?? {}), ['limit'], 'the options are not for the service');
  assert.equal((await ls(['-q', '--format', 'json'])).stdout, '["a","b"]\n');
  const none = await ls(['-q'], json([]));
  assert.deepEqual([none.stdout, none.stderr], ['', '']);
});

test('--columns chooses columns, and fields of the document', async () => {
  assert.equal((await ls(['--columns', 'label,name'])).stdout, 'LABEL  NAME\n       a\nAttic  b\n');
  assert.equal((await ls(['--columns', 'name,tags.x'])).stdout, 'NAME  TAGS.X\na\nb     y=7\n');
  const unknown = await ls(['--columns', 'name,stauts']);
  assert.deepEqual([unknown.status, unknown.stdout], [2, '']);
  assert.match(unknown.stderr, /There is no column "stauts"\. Did you mean "status"\?/);
});

test('--watch shows the list again and again, also while the service is away', async () => {
  const answers: Answer[] = [
    json(DEVICES.slice(0, 1)),
    json(DEVICES),
    refuse(503, 'STORE_FAILED', 'The disk is full.'),
    json([]),
  ];
  let at = 0;
  await using service = await TestService.start({
    'GET devices': (response, seen) => (answers[Math.min(at++, 3)] as Answer)(response, seen),
  });
  const terminal = new TestTerminal(service.env);
  const running = run(['device', 'ls', '--watch', '200ms', '--columns', 'name,status'], terminal);
  await terminal.until(({ frames }) => frames.length >= 4);
  terminal.interrupt('SIGINT');
  assert.equal(await running, 0);
  assert.deepEqual(terminal.frames.slice(0, 3), [
    ['NAME  STATUS', 'a     online'],
    ['NAME  STATUS', 'a     online', 'b     offline'],
    ['NAME  STATUS', 'a     online', 'b     offline', 'STORE_FAILED: The disk is full.'],
  ]);
  assert.match(String(terminal.frames[3]), /No devices yet/);
  assert.equal(terminal.stdout, '');
});

test('--watch ends at once where the first look fails', async () => {
  const { status, stderr } = await ls(['--watch'], refuse(401, 'UNAUTHORIZED', 'No.'));
  assert.deepEqual([status, /UNAUTHORIZED/.test(stderr)], [4, true]);
});

test('a screen shows what has room, and a file each list that differs', () => {
  let written = '';
  const screen = redrawing(
    (text) => (written += text),
    () => 4,
  );
  screen(['1', '2', '3', '4', '5\u001b[31m']);
  assert.equal(written, '\u001b[H\u001b[2J1\n2\n… 3 more');
  written = '';
  const file = redrawing((text) => (written += text), undefined);
  for (const lines of [['1'], ['1'], ['2']]) file(lines);
  assert.equal(written, '1\n2\n');
});
