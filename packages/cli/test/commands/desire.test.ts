import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { type Answer, json, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

async function against(route: string, answer: Answer, args: string[], stdin = '') {
  await using service = await TestService.start({ [route]: answer });
  const terminal = new TestTerminal(service.env, stdin);
  const status = await run(['device', 'desire', 'pump-3', ...args], terminal);
  return { status, seen: service.seen[0], stdout: terminal.stdout, stderr: terminal.stderr };
}

const STATE = {
  device: 'pump-3',
  version: 3,
  state: 'pending',
  desired: { interval: 30, mode: 'e\u001b[2J' },
  reported: { mode: 'eco' },
  differs: { interval: 30 },
  since: '2023-11-14T22:13:20.000Z',
};

test('merges, replaces, and asks for a version', async () => {
  const merged = await against('PATCH devices/pump-3/desired', json(STATE), [
    '{"interval":30}',
    '--if-version',
    '2',
  ]);
  assert.equal(merged.status, 0, merged.stderr);
  assert.equal(merged.seen?.body, '{"interval":30}');
  assert.equal(merged.seen?.query.version, '2');
  const put = await against('PUT devices/pump-3/desired', json(STATE), ['-', '--replace'], '{"interval":30}');
  assert.equal(put.seen?.body, '{"interval":30}');
});

test('shows the state; what a device said cannot move the cursor', async () => {
  const { stdout, seen } = await against('GET devices/pump-3/desired', json(STATE), []);
  assert.equal(seen?.method, 'GET');
  assert.match(stdout, /state +pending\nversion +3\ndesired +interval=30 mode="e\\u001b/);
  assert.match(stdout, /differs +interval=30/);
});

test('clears', async () => {
  const { stdout, status } = await against(
    'DELETE devices/pump-3/desired',
    (response) => void response.writeHead(204).end(),
    ['--clear'],
  );
  assert.deepEqual([status, stdout], [0, 'Nothing is desired of pump-3 any more.\n']);
});

test('mistakes are told before anything is sent', async () => {
  for (const args of [
    ['{}', '--clear'],
    ['--replace'],
    ['--clear', '--replace'],
    ['{}', '--if-version', '-1'],
  ])
    assert.equal((await against('GET devices', json([]), args)).status, 2, args.join(' '));
  assert.equal((await against('GET devices', json([]), ['{'])).status, 2);
});

test('inspect shows what is missing', async () => {
  await using service = await TestService.start({
    'GET devices/pump-3': json({
      name: 'pump-3',
      type: 'standard',
      protocol: 'official',
      status: 'offline',
      createdAt: '2023-11-14T22:13:20.000Z',
      values: {},
      desired: STATE,
    }),
  });
  const terminal = new TestTerminal(service.env);
  await run(['device', 'inspect', 'pump-3'], terminal);
  assert.match(terminal.stdout, /desired +pending \(version 3\): interval=30/);
});
