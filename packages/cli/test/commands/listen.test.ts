import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { eventually } from '@fairlead/testkit';
import { run } from '../../src/run.ts';
import { TestTerminal } from '../support/terminal.ts';

/** Stdin that a test types on. */
class Keyboard implements AsyncIterable<Uint8Array> {
  #lines: Buffer[] = [];
  #ended = false;
  #more = Promise.withResolvers<void>();

  type(text: string): void {
    this.#lines.push(Buffer.from(text));
    this.#more.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#more.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      yield* this.#lines.splice(0);
      if (this.#ended) return;
      this.#more = Promise.withResolvers();
      if (this.#lines.length === 0 && !this.#ended) await this.#more.promise;
    }
  }
}

async function listening(...argv: string[]) {
  const keyboard = new Keyboard();
  const terminal = new TestTerminal({}, keyboard);
  const status = run(['listen', 'tcp://127.0.0.1:0', ...argv], terminal);
  await terminal.until(({ stderr }) => stderr.includes('Listening'));
  const [, port] = /Listening at 127\.0\.0\.1:(\d+)\./.exec(terminal.stderr) as RegExpExecArray;
  const dial = async (): Promise<Socket & { text: string }> => {
    const socket = Object.assign(connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true }), {
      text: '',
    });
    socket.on('data', (chunk) => (socket.text += chunk)).on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  return { keyboard, terminal, status, dial };
}

test('one client after another: the second waits for its turn', async () => {
  const { keyboard, terminal, status, dial } = await listening();
  const first = await dial();
  await terminal.until(({ stderr }) => stderr.includes('connected'));
  const second = await dial();
  second.write('two');
  first.write('one');
  await terminal.until(({ stdout }) => stdout === 'one');
  keyboard.type('hello');
  await eventually(() => first.text === 'hello', 'hello');
  first.end();
  await terminal.until(({ stdout }) => stdout === 'onetwo');
  keyboard.type('again');
  await eventually(() => second.text === 'again', 'again');
  terminal.interrupt('SIGINT');
  assert.equal(await status, 0);
  assert.match(terminal.stderr, /127\.0\.0\.1:\d+ disconnected\. Closed by the peer\./);
  await Promise.all([first, second].map((socket) => socket.destroyed || once(socket.end(), 'close')));
});

test('--keep-open: stdin goes to all, -v names who said what, -N ends our side', async () => {
  const { keyboard, terminal, status, dial } = await listening(
    '-k',
    '-v',
    '-N',
    '--framing',
    'line',
    '-C',
    '2',
  );
  const clients = [await dial(), await dial()];
  await terminal.until(({ stderr }) => stderr.match(/ connected\./g)?.length === 2);
  keyboard.type('news\n');
  await eventually(() => clients.every(({ text }) => text === 'news\n'), 'news');
  const ends = clients.map((client) => once(client, 'end'));
  keyboard.end();
  await Promise.all(ends);
  for (const client of clients) client.end('thanks\r\n');
  assert.equal(await status, 0);
  assert.match(terminal.stdout, /^(\S+ 127\.0\.0\.1:\d+ > news\n){2}(\S+ 127\.0\.0\.1:\d+ < thanks\n){2}$/);
});

test('--once ends with the first, --expect with what any of them says, --send greets each', async () => {
  const once = await listening('--once', '--send', 'hi');
  const only = await once.dial();
  await eventually(() => only.text === 'hi', 'hi');
  only.end('data');
  assert.equal(await once.status, 0);
  assert.equal(once.terminal.stdout, 'data');

  const expecting = await listening('--expect', 'done', '-W', '10');
  (await expecting.dial()).end('not yet');
  (await expecting.dial()).end('done');
  assert.equal(await expecting.status, 0);

  const vain = await listening('--expect', 'done', '-W', '0.2');
  assert.equal(await vain.status, 5);
});

test('a place that is taken, and options that do not fit', async () => {
  const { terminal, status } = await listening();
  const [, place] = /Listening at (\S+)\./.exec(terminal.stderr) as RegExpExecArray;
  const other = new TestTerminal();
  assert.equal(await run(['listen', place as string], other), 7);
  assert.match(other.stderr, /PORT_IN_USE/);
  terminal.interrupt('SIGTERM');
  assert.equal(await status, 0);
  const bare = new TestTerminal();
  assert.equal(await run(['listen', 'tls://127.0.0.1:0'], bare), 2);
  assert.match(bare.stderr, /--tls needs --cert and --key/);
});

test('frames of lines have the line ends of the encoding', async () => {
  const { terminal, status, dial } = await listening(
    ...['--once', '--framing', 'line', '--encoding', 'utf-16le', '--send', 'hi'],
  );
  const client = await dial();
  await eventually(() => client.text === 'h\0i\0\n\0', 'the greeting');
  client.end(Buffer.from('6f006e0065000d000a00740077006f000a00', 'hex'));
  assert.equal(await status, 0);
  assert.equal(terminal.stdout, 'one\ntwo\n');
});
