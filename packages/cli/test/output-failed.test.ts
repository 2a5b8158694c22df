/** Output that cannot be written is an error of every command: a token that nobody sees is lost. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../src/run.ts';
import { json, TestService } from './support/service.ts';
import { TestTerminal } from './support/terminal.ts';

const launcher = fileURLToPath(new URL('../bin/fairlead.cjs', import.meta.url));

/** Runs the command with its output at a file that takes nothing. */
async function intoFull(argv: readonly string[], env: Record<string, string>, input = '') {
  const full = openSync('/dev/full', 'w');
  const { NODE_OPTIONS: _, ...rest } = process.env;
  const child = spawn(process.execPath, [launcher, ...argv], {
    env: { ...rest, ...env },
    stdio: ['pipe', full, 'pipe'],
  });
  closeSync(full);
  child.stdin?.on('error', () => {}).end(input);
  let stderr = '';
  child.stderr?.on('data', (text) => (stderr += text));
  const [code] = await once(child, 'close');
  return { code, stderr };
}

const options = { skip: existsSync('/dev/full') ? false : 'there is no /dev/full' };

test('a command whose output meets a full disk says so and ends with 1', options, async () => {
  const lines = Array.from({ length: 1_000 }, (_, i) => ({ line: i + 1, name: `d${i}`, token: `fl_${i}` }));
  await using service = await TestService.start({
    'POST devices': json({ name: 'a', token: 'fl_1' }),
    'POST devices/a/token': json({ name: 'a', token: 'fl_1' }),
    'GET devices': json([{ name: 'a', type: 'standard', protocol: 'official', status: 'offline' }]),
    'GET connections': json([{ name: 'plc', port: 1 }]),
    'POST devices/import': (response) => {
      for (const line of lines) response.write(`${JSON.stringify(line)}\n`);
      response.end();
    },
    'GET stream': (response) => void response.writeHead(200).write('data: {}\n\n'),
  });
  const commands: readonly [argv: string[], input?: string][] = [
    [['device', 'add', 'a']],
    [['device', 'add', 'a', '--format', 'json']],
    [['device', 'rotate-token', 'a']],
    [['device', 'import', '-'], '{"name":"a"}\n'],
    [['device', 'ls']],
    [['connection', 'export']],
    [['sub']],
    [['--help']],
    [['--version']],
    [['frame', 'encode', '--framing', 'line'], 'a\n'],
  ];
  for (const [argv, input] of commands) {
    const { code, stderr } = await intoFull(argv, service.env, input);
    assert.equal(code, 1, argv.join(' '));
    assert.match(
      stderr,
      /fairlead: OUTPUT_FAILED: The output could not be written: the disk is full\.\n {2}Changes/,
    );
    assert.doesNotMatch(stderr, /imported/);
  }
});

test('a write that the disk takes a part of is written on, or is an error', {
  skip: existsSync('/bin/bash') ? false : 'there is no bash',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-cli-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'help.txt');
  // The file may have one KiB; the signal that tells of that is ignored, so that the write fails.
  const line = `ulimit -f 1; trap '' XFSZ; exec "$0" "$1" serve --help > "$2"`;
  const child = spawn('/bin/bash', ['-c', line, process.execPath, launcher, file], {
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' },
  });
  let stderr = '';
  child.stderr.on('data', (text) => (stderr += text));
  const [code] = await once(child, 'close');
  assert.equal(code, 1, stderr);
  assert.match(stderr, /OUTPUT_FAILED/);
  assert.equal(readFileSync(file).length, 1_024);
});

test('nobody who reads: no word, and the status of a program that SIGPIPE ends', async () => {
  const terminal = new TestTerminal();
  terminal.failure = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  assert.equal(await run(['--version'], terminal), 141);
  assert.equal(terminal.stderr, '');
});
