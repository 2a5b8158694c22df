import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { type Answer, json, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

async function against(route: string, answer: Answer, line: string, stdin = '') {
  await using service = await TestService.start({ [route]: answer });
  const terminal = new TestTerminal(service.env, stdin);
  const status = await run(line.split(' '), terminal);
  return { status, seen: service.seen, stdout: terminal.stdout, stderr: terminal.stderr };
}

const ENTRY = {
  id: '01J8',
  device: 'pump-3',
  kind: 'command',
  values: { method: 'locate' },
  state: 'failed',
  delivery: 'at-most-once',
  createdAt: '2023-11-14T22:13:20.000Z',
  expiresAt: '2023-11-15T22:13:20.000Z',
  finishedAt: '2023-11-14T22:13:21.000Z',
  attempts: 1,
  code: 'DOWNLINK_REFUSED',
  reason: 'no\u001b[2J',
};
const problem = (status: number, code: string) =>
  json({ type: 'about:blank', title: code, status, code }, status);

test('ls filters, and shows what became of each', async () => {
  const { stdout, seen } = await against(
    'GET downlinks',
    json([ENTRY]),
    'downlink ls --device pump-3 --state failed -n 5',
  );
  assert.match(stdout, /^ID +DEVICE +STATE .*\n01J8 +pump-3 +failed .*DOWNLINK_REFUSED +method=locate/);
  assert.match(JSON.stringify(seen), /"query":\{"limit":"5","device":"pump-3","state":"failed"\}/);
  const wrong = await against('GET downlinks', json([]), 'downlink ls --state lost');
  assert.equal(wrong.status, 2);
});

test('show tells the reason; what a device said cannot move the cursor', async () => {
  const { stdout } = await against('GET downlinks/01J8', json(ENTRY), 'downlink show 01J8');
  assert.match(stdout, /reason +no\\x1b\[2J/);
  assert.equal(
    (await against('GET downlinks/x', problem(404, 'DOWNLINK_UNKNOWN'), 'downlink show x')).status,
    3,
  );
});

test('cancel takes it back, or exits with 7', async () => {
  const done = await against(
    'DELETE downlinks/01J8',
    json({ ...ENTRY, state: 'cancelled' }),
    'downlink cancel 01J8',
  );
  assert.deepEqual([done.stdout, done.status], ['Cancelled 01J8.\n', 0]);
  const late = await against(
    'DELETE downlinks/01J8',
    problem(409, 'DOWNLINK_NOT_CANCELLABLE'),
    'downlink cancel 01J8',
  );
  assert.notEqual(late.status, 0);
});

test('send says how it is kept and what it waits for', async () => {
  const kept = json({ device: 'pump-3', status: 'queued', id: '01J8' }, 202);
  const { stdout, seen } = await against(
    'POST devices/pump-3/downlinks',
    kept,
    'device send pump-3 - --keep 2h --key k --at-least-once --wait acknowledged --within 3s',
    '{"a":1}',
  );
  assert.equal(stdout, 'Queued for pump-3 (01J8).\n');
  const body = JSON.stringify(seen).replaceAll('\\', '');
  for (const part of [
    '"keep":7200000',
    '"key":"k"',
    '"delivery":"at-least-once"',
    '"until":"acknowledged"',
    '"wait":3000',
  ])
    assert.ok(body.includes(part), `${part} in ${body}`);
  const plain = await against('POST devices/pump-3/downlinks', kept, 'device send pump-3 {} --keep');
  assert.ok(JSON.stringify(plain.seen).replaceAll('\\', '').includes('"keep":true'));
  for (const line of ['device send pump-3 {} --within 3s', 'device send pump-3 {} --wait soon'])
    assert.equal((await against('POST devices/pump-3/downlinks', kept, line)).status, 2, line);
});
