import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertLinear } from '@fairlead/testkit';
import { paint } from '../src/output/paint.ts';
import { printable } from '../src/output/text.ts';
import { forScreen, ScreenBytes } from '../src/screen.ts';
import { TestService } from './support/service.ts';

const EVIL = '\u001b]0;title\u0007 \u009b2J \u202eabc\u2066 \u0008 \u007f \u200f \u061c \u2028';
const SHOWN = '\\u001b]0;title\\u0007 \\u009b2J \\u202eabc\\u2066 \\u0008 \\u007f \\u200f \\u061c \\u2028';

describe('what reaches a screen', () => {
  it('holds no control characters but tabs and line ends', () => {
    assert.equal(forScreen(`a\tb\r\nc\n${EVIL}\r`), `a\tb\r\nc\n${SHOWN}\\u000d`);
    assert.equal(forScreen('Grüße 猫 😀'), 'Grüße 猫 😀');
  });

  it('keeps our own styles, and no other sequence', () => {
    const { bold, dim, green, yellow, cyan } = paint(true);
    const ours = bold('a') + dim('b') + green('c') + yellow('d') + cyan('e');
    assert.equal(forScreen(ours), ours);
    for (const sequence of ['[8m', '[2J', '[31;1m', '[1;1H', '[39n', 'c', 'P'])
      assert.equal(forScreen(`\u001b${sequence}`), `\\u001b${sequence}`);
  });

  it('is JSON of the same value where it was JSON', () => {
    assert.equal(JSON.parse(forScreen(JSON.stringify({ EVIL }))).EVIL, EVIL);
  });

  it('is the same however the bytes are cut', () => {
    const bytes = Buffer.from(`ü\r\n€\r${EVIL}😀\r`);
    for (const size of [1, 2, 3, bytes.length]) {
      const screen = new ScreenBytes();
      let text = '';
      for (let at = 0; at < bytes.length; at += size) text += screen.write(bytes.subarray(at, at + size));
      assert.equal(text + screen.end(), `ü\r\n€\\u000d${SHOWN}😀\\u000d`);
    }
    const half = new ScreenBytes();
    assert.equal(half.write(Buffer.from('c3', 'hex')) + half.end(), '\ufffd');
  });

  it('is the same list that lines for people are cleaned of', () => {
    assert.doesNotMatch(printable(EVIL), /[\u0080-\u009f\u061c\u200f\u202e\u2066]/);
  });

  it('costs time linear in what a peer sends', async () => {
    await assertLinear(
      100_000,
      (size) => EVIL.repeat(size / 50),
      (text) => forScreen(text),
    );
  });
});

/** What a command writes to a terminal; `script` makes one. */
async function onTerminal(argv: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const launcher = fileURLToPath(new URL('../bin/fairlead.cjs', import.meta.url));
  const line = [process.execPath, launcher, ...argv].map((word) => `'${word}'`).join(' ');
  const { NODE_OPTIONS: _, ...rest } = process.env;
  const child = spawn('script', ['-qec', line, '/dev/null'], { env: { ...rest, TERM: 'dumb', ...env } });
  child.stdin.on('error', () => {});
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  await once(child, 'close');
  return text;
}

const skip = spawnSync('script', ['--version']).error === undefined ? false : 'script is not installed';

it('a terminal gets nothing of what a peer of dial sends that could control it', { skip }, async () => {
  const server = createServer((socket) => socket.on('error', () => {}).end(`${EVIL}\n`)).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const text = await onTerminal(['dial', `127.0.0.1:${port}`]);
  server.close();
  assert.ok(text.includes(SHOWN), JSON.stringify(text));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  assert.doesNotMatch(text, /[\u0007\u0008\u001b\u007f-\u009f\u202e]/);
});

it('a terminal gets nothing of what a device sends that could control it', { skip }, async () => {
  const message = {
    time: '2026-01-02T03:04:05.678Z',
    device: 'a',
    kind: 'attributes',
    values: { text: EVIL },
  };
  await using service = await TestService.start({
    'GET stream': (response) => void response.writeHead(200).write(`data: ${JSON.stringify(message)}\n\n`),
  });
  for (const format of ['json', 'text']) {
    const text = await onTerminal(['sub', '-C', '1', '--format', format], service.env);
    assert.match(text, /(?:u009b|x9b)2J/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.doesNotMatch(text, /[\u0007\u0008\u001b\u007f-\u009f\u202e]/, format);
  }
});
