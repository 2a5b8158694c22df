import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { json, refuse, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

const message = (n: number): string =>
  JSON.stringify({ time: '2026-01-02T03:04:05.678Z', device: 'a', kind: 'attributes', values: { n } });

/** A stream that sends on the test's word; `opened` resolves with each connection's number. */
function stream() {
  const open: ServerResponse[] = [];
  return {
    answer: (response: ServerResponse): void => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': hello\n\n');
      open.push(response);
    },
    send: (...data: string[]): void => {
      for (const each of data) open.at(-1)?.write(`data: ${each}\n\n`);
    },
    raw: (text: string): void => void open.at(-1)?.write(text),
  };
}

test('messages go to stdout one a line, and -C ends it', async () => {
  const live = stream();
  await using service = await TestService.start({ 'GET stream': live.answer, 'GET devices/a': json({}) });
  const terminal = new TestTerminal(service.env);
  const status = run(['sub', 'a', '-C', '3', '-W', '30'], terminal);
  await terminal.until(({ stderr }) => stderr.includes('Listening to a.'));
  live.send(message(1), message(2));
  live.raw(': alive\n\nevent: missed\ndata: 7\n\n');
  live.send(message(3), message(4));
  assert.equal(await status, 0);
  assert.equal(terminal.stdout, `${message(1)}\n${message(2)}\n${message(3)}\n`);
  assert.match(terminal.stderr, /Missed 7 messages/);
  assert.equal(service.seen[1]?.query.device, 'a');
});

test('-W before -C is a timeout; -W alone is an ordinary end', async () => {
  const live = stream();
  await using service = await TestService.start({ 'GET stream': live.answer });
  const early = new TestTerminal(service.env);
  const status = run(['sub', '-C', '2', '-W', '0.4'], early);
  await early.until(({ stderr }) => stderr.includes('Listening'));
  live.send(message(1));
  assert.equal(await status, 5);
  assert.equal(early.stdout, `${message(1)}\n`);
  assert.match(early.stderr, /WAIT_ENDED: Only 1 of 2 messages arrived within 400 ms/);
  assert.equal(await run(['sub', '-W', '50ms'], new TestTerminal(service.env)), 0);
});

test('it connects again when the service restarts', async () => {
  const live = stream();
  await using service = await TestService.start({ 'GET stream': live.answer });
  const terminal = new TestTerminal(service.env);
  const status = run(['sub', '-C', '2'], terminal);
  await terminal.until(({ stderr }) => stderr.includes('Listening'));
  live.send(message(1));
  await terminal.until(({ stdout }) => stdout !== '');
  await service.restart();
  await terminal.until(({ stderr }) => stderr.split('Listening').length === 3);
  live.send(message(2));
  assert.equal(await status, 0);
  assert.equal(terminal.stdout, `${message(1)}\n${message(2)}\n`);
  assert.match(terminal.stderr, /Lost the connection to the service/);
});

test('the first connection must succeed', async () => {
  const service = await TestService.start({
    'GET devices/b': refuse(404, 'DEVICE_UNKNOWN', 'no such device'),
  });
  assert.equal(await run(['sub', 'b'], new TestTerminal(service.env)), 3);
  await service.stop();
  assert.equal(await run(['sub'], new TestTerminal(service.env)), 6);
});

test('Ctrl-C and a closed pipe end it', async () => {
  const live = stream();
  await using service = await TestService.start({ 'GET stream': live.answer });
  for (const why of ['SIGINT', 'EPIPE'] as const) {
    const terminal = new TestTerminal(service.env);
    const status = run(['sub'], terminal);
    await terminal.until(({ stderr }) => stderr.includes('Listening'));
    terminal.interrupt(why);
    assert.equal(await status, 0);
  }
});

test('--format text is for people', async () => {
  const live = stream();
  await using service = await TestService.start({ 'GET stream': live.answer });
  const terminal = new TestTerminal(service.env);
  const status = run(['sub', '-C', '1', '--format', 'text'], terminal);
  await terminal.until(({ stderr }) => stderr.includes('Listening'));
  live.send(message(1));
  assert.equal(await status, 0);
  assert.match(terminal.stdout, /^\d\d:\d\d:\d\d {2}a +attributes +time=2026-01-02T03:04:05.678Z n=1\n$/);
});

test('Ctrl-C before the messages came that were waited for is no success', async () => {
  for (const [argv, status] of [
    [['sub', '-C', '1', '-W', '30'], 130],
    [['sub', '-C', '1'], 130],
    [['sub', '-W', '30'], 0],
    [['sub'], 0],
  ] as const) {
    await using service = await TestService.start({
      'GET stream': (response) => void response.writeHead(200).write(': hello\n\n'),
    });
    const terminal = new TestTerminal(service.env);
    const ended = run(argv, terminal);
    await terminal.until(({ stderr }) => stderr.includes('Listening'));
    terminal.interrupt('SIGINT');
    assert.equal(await ended, status, argv.join(' '));
  }
});
