import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { test } from 'node:test';
import { codePage } from '@fairlead/tcp';
import { run } from '../../src/run.ts';
import { TestTerminal } from '../support/terminal.ts';

/** A peer of our own, on a free port. */
async function peer(serve: (socket: Socket) => void): Promise<{ at: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => {}));
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    at: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const echo = (socket: Socket): void => void socket.pipe(socket);

/** Stdin that stays open after `text`. */
function open(text = ''): AsyncIterable<Uint8Array> {
  return (async function* () {
    if (text !== '') yield Buffer.from(text);
    await new Promise(() => {});
  })();
}

async function dial(argv: readonly string[], stdin: string | AsyncIterable<Uint8Array> = '') {
  const terminal = new TestTerminal({}, stdin);
  const status = await run(['dial', ...argv], terminal);
  return { status, terminal, stdout: Buffer.concat(terminal.bytes), stderr: terminal.stderr };
}

test('bytes go through as they are, both ways, and a half-closed side waits for the other', async () => {
  await using to = await peer(echo);
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) % 256));
  const stdin = (async function* () {
    for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
  })();
  const { status, stdout, stderr, terminal } = await dial(['-N', to.at], stdin);
  assert.equal(status, 0, stderr);
  assert.ok(stdout.equals(bytes));
  assert.equal(stderr, '');
  assert.ok(terminal.inputClosed);
});

test('it ends when the peer closes, although stdin stays open', async () => {
  await using to = await peer((socket) => socket.end('bye'));
  const { status, stdout } = await dial([`tcp://${to.at}`], open());
  assert.deepEqual([status, `${stdout}`], [0, 'bye']);
});

test('bytes that the framing passed over are told, with the first reason', async () => {
  await using to = await peer((socket) => socket.end('??:ok;'));
  const framing = '{"rules":[{"match":{"bytes":"3a"},"kind":"delimiter","end":"3b"}],"resync":{}}';
  const { status, stdout, stderr } = await dial(['--framing', framing, to.at], open());
  assert.deepEqual([status, String(stdout).trim()], [0, ':ok']);
  assert.match(stderr, /Skipped 2 bytes outside of frames\.\nFirst reason: FRAME_NO_RULE: /);
});

test('a framing ends frames by silence', async () => {
  await using to = await peer((socket) => void socket.write('first'));
  const framing = '{"rules":[{"kind":"silence","idleMs":30}]}';
  const { status, stdout } = await dial(['--framing', framing, '-C', '1', to.at], open());
  assert.deepEqual([status, String(stdout).trim()], [0, 'first']);
});

test('--expect: 0 once it has come, in pieces as well; 5 when -W ends; 1 when the peer closes', async () => {
  await using slow = await peer((socket) => {
    socket.on('data', () => {
      socket.write('PO');
      setTimeout(() => socket.write('NG'), 20);
    });
  });
  const met = await dial([slow.at, '--send', 'PING', '--expect', 'PONG', '-W', '5']);
  assert.equal(met.status, 0, met.stderr);
  const late = await dial([slow.at, '--send', 'PING', '--expect', 'hex:ff', '-W', '0.2']);
  assert.equal(late.status, 5);
  assert.match(late.stderr, /EXPECT_TIMEOUT: "hex:ff" did not arrive within 200 ms \(received so far: \d\)/);
  await using short = await peer((socket) => socket.end('no'));
  const missed = await dial([short.at, '--expect', 'yes']);
  assert.equal(missed.status, 1);
  assert.match(missed.stderr, /EXPECT_MISSED/);
});

test('-W alone ends in peace, and -C not reached with 5', async () => {
  await using silent = await peer(() => {});
  assert.equal((await dial([silent.at, '-W', '0.1'], open())).status, 0);
  assert.equal((await dial([silent.at, '-W', '0.1', '-C', '1'], open())).status, 5);
});

test('frames: lines of stdin are sent as frames, frames are printed as lines', async () => {
  await using to = await peer(echo);
  const lines = await dial([to.at, '--framing', 'length:2', '-C', '3'], open('a\n\nbc\n'));
  assert.deepEqual([lines.status, `${lines.stdout}`], [0, 'a\n\nbc\n']);
  const bad = await dial([to.at, '--framing', 'tp', '--send', 'hex:00']);
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, /FRAME_|MESSAGE_NOT_ENCODABLE/);
});

test('bytes that do not follow the framing end it, after the frames before them', async () => {
  await using to = await peer((socket) => socket.write(Buffer.from('000161ff', 'hex')).valueOf());
  await using cut = await peer((socket) => void socket.end(Buffer.from('00016100', 'hex')));
  const { status, stdout, stderr } = await dial([cut.at, '--framing', 'length:2'], open());
  assert.deepEqual([status, `${stdout}`], [1, 'a\n']);
  assert.match(stderr, /FRAME_TRUNCATED/);
  const large = await dial(
    [to.at, '--framing', '{"rules":[{"kind":"length","size":2,"max":9}]}', '-W', '2'],
    open(),
  );
  assert.equal(large.status, 0); // one byte of a length has come: nothing is wrong yet
});

test('an encoding: stdin and stdout are UTF-8, split characters come out whole', async () => {
  await using to = await peer((socket) => {
    socket.on('data', (chunk: Buffer) => {
      assert.equal(chunk.toString('hex'), 'c4e3bac3');
      socket.write(chunk.subarray(0, 1));
      setTimeout(() => socket.end(Buffer.concat([chunk.subarray(1), Buffer.from([0xff, 0xc4])])), 10);
    });
  });
  const replaced = await dial([to.at, '--encoding', 'gbk', '--send', '你好']);
  assert.deepEqual([replaced.status, `${replaced.stdout}`], [0, '你好\ufffd\ufffd']);
  const strict = await dial([to.at, '--encoding', 'gbk', '--strict', '--send', '你好']);
  assert.deepEqual([strict.status, `${strict.stdout}`], [1, '你好']);
  assert.match(strict.stderr, /TEXT_INVALID: The bytes ff at 4 are not valid in gbk/);
  const unknown = await dial([to.at, '--encoding', 'gkb']);
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /Did you mean "gbk"/);
});

test('-v and -x show both directions with time, --format json a line each', async () => {
  await using to = await peer(echo);
  const seen = await dial([to.at, '-v', '--crlf', '--send', 'hi\\n', '-C', '1']);
  assert.match(`${seen.stdout}`, /^\d\d:\d\d:\d\d\.\d{3} > hi\\r\\n\n\d\d:\d\d:\d\d\.\d{3} < hi\\r\\n\n$/);
  assert.match(seen.stderr, /^Connected to 127/);
  const hex = await dial([to.at, '-x', '--send', 'hi', '-C', '1']);
  assert.match(`${hex.stdout}`, /^00000000 {2}68 69 {44,}\|hi\|\n$/);
  const json = await dial([to.at, '--format', 'json', '--send', 'hex:00ff', '-C', '1']);
  const { time, ...rest } = JSON.parse(`${json.stdout}`);
  assert.match(time, /Z$/);
  assert.deepEqual(rest, { direction: 'in', peer: to.at, hex: '00ff' });
});

test('signals: 0 where nothing is awaited, else the status of the signal', async () => {
  await using silent = await peer((socket) => void socket.write('x'));
  for (const [argv, expected] of [
    [[], 0],
    [['--expect', 'never'], 130],
  ] as const) {
    const terminal = new TestTerminal({}, open());
    const status = run(['dial', silent.at, ...argv], terminal);
    await terminal.until(({ stdout }) => stdout === 'x');
    terminal.interrupt('SIGINT');
    assert.equal(await status, expected);
  }
});

test('what cannot be: one line with the code, and a hint', async () => {
  await using to = await peer(echo);
  const cases: [string[], number, RegExp][] = [
    [['127.0.0.1:1'], 6, /CONNECT_REFUSED/],
    [['nowhere'], 2, /ENDPOINT_INVALID/],
    [[to.at, '--framing', 'lines'], 2, /FRAMING_SPEC_INVALID/],
    [[to.at, '--framing', 'line', '--crlf'], 2, /USAGE_INVALID/],
    [[to.at, '--strict'], 2, /USAGE_INVALID/],
    [[to.at, '--ca', 'x.pem'], 2, /--ca needs --tls/],
    [[to.at, '--send', '\\q'], 2, /USAGE_INVALID/],
    [[to.at, '--expect', ''], 2, /USAGE_INVALID/],
    [[to.at, '--encoding', 'ascii', '--send', 'é'], 1, /TEXT_NOT_ENCODABLE/],
    [['--tls', to.at, '-W', '3'], 6, /TLS_HANDSHAKE_FAILED/],
  ];
  for (const [argv, expected, pattern] of cases) {
    const { status, stderr } = await dial(argv);
    assert.equal(status, expected, `${argv}: ${stderr}`);
    assert.match(stderr, pattern);
    assert.match(stderr, /^fairlead: [A-Z_]+: .*\n {2}\S.*\n$/);
  }
});

test('frames of lines have the line ends of the encoding, both ways', async () => {
  for (const encoding of ['utf-16le', 'utf-16be', 'utf-32le', 'utf-32be', 'cp037', 'cp500', 'cp1140'])
    for (const terminator of encoding.startsWith('cp') ? ['\n', '\r\n', '\u0085'] : ['\n', '\r\n']) {
      const page = codePage(encoding);
      const heard: Buffer[] = [];
      await using to = await peer((socket) => {
        socket.on('data', (bytes: Buffer) => heard.push(bytes)).on('end', () => socket.end());
        socket.write(page.encode(`one${terminator}two${terminator}`));
      });
      const framing = JSON.stringify({ rules: [{ kind: 'line', terminator }] });
      const argv = [to.at, '--framing', framing, '--encoding', encoding, '--send', 'hello', '-C', '2'];
      const { status, stdout, stderr } = await dial(argv);
      assert.deepEqual([status, `${stdout}`], [0, 'one\ntwo\n'], `${encoding} ${stderr}`);
      assert.deepEqual(Buffer.concat(heard), page.encode(`hello${terminator}`), encoding);
    }
});

test('lines of an encoding without a byte order are refused before anything is opened', async () => {
  const { status, stderr } = await dial(['127.0.0.1:1', '--framing', 'line', '--encoding', 'utf-16']);
  assert.equal(status, 2);
  assert.match(stderr, /FRAMING_SPEC_INVALID.*utf-16le or utf-16be/);
});
