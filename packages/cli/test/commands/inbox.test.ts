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
  id: 'e1',
  listener: 'trackers',
  profile: 'gt06',
  identity: '86\u001b[2J',
  remote: '10.0.0.1:4000',
  firstSeen: '2023-11-14T22:13:20.000Z',
  lastSeen: '2023-11-14T22:13:20.000Z',
  count: 2,
  bytes: 40,
  frames: ['7878'],
  connected: true,
};

test('ls shows who waits; what a stranger sent cannot move the cursor', async () => {
  const { stdout } = await against('GET inbox', json([ENTRY]), 'inbox ls');
  assert.match(
    stdout,
    /^ID +PROFILE +IDENTITY +CONNECTED +SEEN +TIMES +REMOTE +LISTENER\ne1 +gt06 +86\\x1b\[2J +yes /,
  );
  assert.ok(!stdout.includes('\u001b'));
  const empty = await against('GET inbox', json([]), 'inbox ls');
  assert.deepEqual([empty.stdout, empty.status], ['', 0]);
  assert.match(empty.stderr, /The inbox is empty\..*"unknown: inbox"/);
});

test('show shows the first frames and how to register the device', async () => {
  const { stdout } = await against('GET inbox/e1', json(ENTRY), 'inbox show e1');
  assert.match(
    stdout,
    /received +40 B\n\nFirst frames:\n7878\n\nRegister it: fairlead inbox enroll e1 --name NAME\n$/,
  );
});

test('enroll registers the device with what it needs', async () => {
  const answer = json({ name: 'truck-7', profile: 'gt06', identity: '86', connected: true }, 201);
  const line = 'inbox enroll e1 --name truck-7 --label Truck --secret-file - --parameter timezone=+08:00';
  const { stdout, seen } = await against('POST inbox/e1/enroll', answer, line, 'hush\n');
  assert.equal(stdout, 'Registered truck-7 (gt06 86). It is connected.\n');
  assert.deepEqual(JSON.parse(seen[0]?.body as string), {
    name: 'truck-7',
    label: 'Truck',
    secret: 'hush',
    parameters: { timezone: '+08:00' },
  });
});

test('drop removes an entry', async () => {
  const none: Answer = (response) => void response.writeHead(204).end();
  const { stdout } = await against('DELETE inbox/e1', none, 'inbox drop e1');
  assert.equal(stdout, 'Removed e1.\n');
});
