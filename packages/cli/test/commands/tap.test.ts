import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { type Answer, refuse, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

const EVENTS = [
  { time: '2023-11-14T22:13:20.000Z', link: '1f', what: 'received', size: 40, hex: '787811' },
  {
    time: '2023-11-14T22:13:20.020Z',
    link: '1f',
    device: 'a',
    what: 'message',
    of: 'a',
    kind: 'attributes',
    values: { t: 1.5 },
  },
  {
    time: '2023-11-14T22:13:21.020Z',
    link: '1f',
    device: 'a',
    what: 'refused',
    code: 'SCRIPT_FAILED',
    reason: 'no\u001b',
    size: 1,
    hex: '00',
  },
  {
    time: '2023-11-14T22:13:21.020Z',
    link: '1f',
    device: 'a',
    what: 'closed',
    code: 'PEER_CLOSED',
    reason: 'The peer closed.',
  },
];

const stream: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(': connected\n\nevent: missed\ndata: 2\n\n');
  for (const event of EVENTS) response.write(`data: ${JSON.stringify(event)}\n\n`);
  response.end();
};

async function tap(answer: Answer, line: string) {
  await using service = await TestService.start({ 'GET tap': answer });
  const terminal = new TestTerminal(service.env);
  const status = await run(line.split(' '), terminal);
  return { status, query: service.seen[0]?.query, stdout: terminal.stdout, stderr: terminal.stderr };
}

test('a tap prints a line for each event, with the time between them', async () => {
  const { status, query, stdout, stderr } = await tap(stream, 'tap 1f');
  assert.deepEqual([status, query], [0, { target: '1f' }]);
  const lines = stdout.split('\n').map((line) => line.slice(12));
  assert.deepEqual(lines, [
    '            received  40 B  787811…  (37 B more)',
    '    +0.020  message   a attributes t=1.5',
    '    +1.000  refused   SCRIPT_FAILED  no\\x1b  1 B  00',
    '    +0.000  closed    PEER_CLOSED  The peer closed.',
    '',
  ]);
  assert.equal(stderr, 'Watching 1f.\nMissed 2 events: this program did not read fast enough.\n');
});

test('text shows the first bytes of a long chunk, and how many more there are; JSON shows all that came', async () => {
  const long: Answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const size of [64, 65, 1_500]) {
      const event = {
        time: '2023-11-14T22:13:20.000Z',
        link: '1f',
        what: 'received',
        size,
        hex: 'ab'.repeat(size),
      };
      response.write(`data: ${JSON.stringify(event)}\n\n`);
    }
    response.end();
  };
  const { stdout } = await tap(long, 'tap 1f');
  const begins = 'ab'.repeat(64);
  const shown = [...stdout.matchAll(/received\s+(\d+ B)\s+((?:ab)+)(.*(?:\n .*)?)\n/g)].map(
    ([, size, hex, rest]) => [size, hex === begins, rest?.replace(/\s+/g, ' ')],
  );
  assert.deepEqual(shown, [
    ['64 B', true, ''],
    ['65 B', true, '… (1 B more)'],
    ['1500 B', true, '… (1,436 B more)'],
  ]);
  const json = await tap(long, 'tap 1f --format json');
  assert.ok(json.stdout.includes('ab'.repeat(1_500)));
});

test('a tap on a device says so when the service ends the stream', async () => {
  const { stdout, stderr } = await tap(stream, 'tap a --format json');
  assert.deepEqual(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    EVENTS,
  );
  assert.match(stderr, /The service closed the stream\.\n$/);
});

test('a tap ends after a number of events, and fails where there is no such device', async () => {
  const { stdout, status } = await tap(stream, 'tap a -C 2 --format json');
  assert.deepEqual([stdout.trim().split('\n').length, status], [2, 0]);
  const none = await tap(refuse(404, 'TAP_TARGET_UNKNOWN', 'There is no device or link "x".'), 'tap x');
  assert.equal(none.status, 3);
  assert.match(none.stderr, /TAP_TARGET_UNKNOWN/);
});
