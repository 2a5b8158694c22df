import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { json, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

const link = {
  id: '1f',
  listener: 'official',
  remote: '127.0.0.1:50000',
  device: 'meter-1',
  state: 'closed',
  openedAt: new Date(Date.now() - 7_300_000).toISOString(),
  closedAt: new Date().toISOString(),
  code: 'FRAME_TOO_LARGE',
  reason: 'A frame of 4294967303 bytes exceeds the limit of 1048576 bytes.',
  bytesIn: 1_536,
  bytesOut: 0,
  framesIn: 3,
  framesOut: 0,
  refusals: { ATTRIBUTES_INVALID: 2 },
  lastRefusal: 'not an object',
  refusedFrames: [
    { time: new Date().toISOString(), code: 'SCRIPT_FAILED', reason: 'line 1: x', size: 2, hex: '00ff' },
    { time: new Date().toISOString(), code: 'SCRIPT_FAILED', reason: 'line 1: x', size: 99, hex: '0102' },
  ],
  offending: '5450',
};

test('ls, inspect and kill', async () => {
  await using service = await TestService.start({
    'GET links': json([link]),
    'GET links/1f': json(link),
    'DELETE links/1f': (response) => void response.writeHead(204).end(),
  });
  const outputs: string[] = [];
  for (const line of ['ls', 'ls --format json', 'inspect 1f', 'kill 1f', 'kill 1f --format json']) {
    const terminal = new TestTerminal(service.env);
    assert.equal(await run(['link', ...line.split(' ')], terminal), 0);
    outputs.push(terminal.stdout);
  }
  const [table, list, page, killed, document] = outputs as [string, string, string, string, string];
  assert.match(table, /^ID +DEVICE +STATE +LISTENER +REMOTE +OPENED +RECEIVED +SENT +CODE\n/);
  assert.match(table, /^1f +meter-1 +closed +official +127.0.0.1:50000 +2 h ago +1.5 KiB +0 B +FRAME_TOO_L/m);
  assert.deepEqual(JSON.parse(list), [link]);
  assert.match(page, /^refused +ATTRIBUTES_INVALID 2$/m);
  assert.match(page, /^refused message +SCRIPT_FAILED .*, 2 B: 00ff$/m);
  assert.match(page, /^refused message +SCRIPT_FAILED .*, 99 B: 0102\.\.\.$/m);
  assert.match(page, /^received +1\.5 KiB in 3 frames$/m);
  assert.equal(killed, 'Closed link 1f.\n');
  assert.deepEqual(JSON.parse(document), { id: '1f', closed: true });
});

test('ls of nothing says how to begin', async () => {
  await using service = await TestService.start({ 'GET links': json([]) });
  const terminal = new TestTerminal(service.env);
  assert.equal(await run(['link', 'ls'], terminal), 0);
  assert.equal(terminal.stdout, '');
  assert.match(terminal.stderr, /^No links yet\./);
});
