import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/run.ts';
import { TestTerminal } from '../support/terminal.ts';

async function frame(argv: readonly string[], stdin: string | readonly Buffer[]) {
  const pieces = (async function* () {
    yield* typeof stdin === 'string' ? [Buffer.from(stdin)] : stdin;
  })();
  const terminal = new TestTerminal({}, pieces);
  const status = await run(['frame', ...argv], terminal);
  return { status, stdout: terminal.stdout, stderr: terminal.stderr, bytes: Buffer.concat(terminal.bytes) };
}

const objects = (stdout: string): unknown[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('split: one line a frame, with its place, whole and payload', async () => {
  const bytes = Buffer.from('000248690000', 'hex');
  for (const stdin of [[bytes], Array.from(bytes, (byte) => Buffer.of(byte))]) {
    const { status, stdout } = await frame(['split', '--framing', 'length:2', '--encoding', 'utf-8'], stdin);
    assert.equal(status, 0);
    assert.deepEqual(objects(stdout), [
      { offset: 0, hex: '00024869', payload: '4869', text: 'Hi' },
      { offset: 4, hex: '0000', payload: '', text: '' },
    ]);
  }
});

test('split: what cannot be framed is the last line, and the status is 1', async () => {
  const spec = '{"rules":[{"kind":"length","size":1,"max":4}]}';
  const large = await frame(['split', '--framing', spec, '--hex'], '01 41 09 00\n');
  assert.equal(large.status, 1);
  assert.deepEqual(objects(large.stdout), [
    { offset: 0, hex: '0141', payload: '41' },
    { offset: 2, error: 'FRAME_TOO_LARGE' },
  ]);
  assert.match(large.stderr, /^fairlead: FRAME_TOO_LARGE/);
  const cut = await frame(['split', '--framing', spec, '--hex'], '0141 0241');
  assert.deepEqual(objects(cut.stdout).at(-1), { offset: 2, error: 'FRAME_TRUNCATED' });
});

test('split: says what "resync" passed over, and the first reason for it', async () => {
  const rule = {
    kind: 'fixed',
    match: { bytes: 'aa' },
    size: 3,
    checksum: { kind: 'sum8', from: 1, to: -1, at: -1 },
  };
  const split = (more: object, stdin: string) =>
    frame(
      ['split', '--framing', JSON.stringify({ rules: [{ ...rule, ...more }], resync: {} }), '--hex'],
      stdin,
    );
  const noisy = await split({}, '0001 aa0101 bb aa0202');
  assert.equal(noisy.status, 0);
  assert.equal(objects(noisy.stdout).length, 2);
  assert.equal(
    noisy.stderr,
    'Skipped 3 bytes outside of frames.\nFirst reason: FRAME_NO_RULE: No framing rule matches the bytes 0001aa0101bbaa0202.\n',
  );
  const mistaken = await split(
    { onBadChecksum: 'drop', checksum: { ...rule.checksum, from: 0 } },
    'aa0101 aa0202',
  );
  assert.equal(mistaken.status, 0);
  assert.match(
    mistaken.stderr,
    /^Skipped 6 bytes outside of frames\.\nDropped 2 frames with a wrong checksum\.\nFirst reason: FRAME_CHECKSUM_MISMATCH: .*\n$/,
  );
  assert.equal((await split({}, 'aa0101')).stderr, '');
});

test('split: takes a published file for its framing', async () => {
  const file = new URL('../../../tcp/vectors/protocols/modbus-rtu-tcp.json', import.meta.url);
  const { status, stdout } = await frame(
    ['split', '--framing', fileURLToPath(file), '--hex'],
    '00 000304008d008efabc',
  );
  assert.equal(status, 0);
  assert.equal(objects(stdout).length, 1);
});

test('split: a stream far larger than what is kept of it', async () => {
  const chunk = Buffer.alloc(1 << 20, 'x'.repeat(1023).concat('\n'));
  const { status, stdout } = await frame(
    ['split', '--framing', 'line'],
    Array.from({ length: 8 }, () => chunk),
  );
  assert.equal(status, 0);
  const last = objects(stdout).at(-1) as { offset: number };
  assert.equal(last.offset, 8 * (1 << 20) - 1024);
});

test('encode makes what split takes apart', async () => {
  const made = await frame(['encode', '--framing', 'length:2', '--encoding', 'windows-1252'], '€5\n\n');
  assert.equal(made.status, 0);
  assert.equal(made.bytes.toString('hex'), '000280350000');
  const hex = await frame(['encode', '--framing', 'length:2', '--hex'], '48 69\n');
  assert.equal(hex.stdout, '00024869\n');
});

test('wrong use: no framing, an unknown one, no hexadecimal digits', async () => {
  for (const [argv, stdin, code] of [
    [['split'], '', 'USAGE_INVALID'],
    [['split', '--framing', 'lien'], '', 'FRAMING_SPEC_INVALID'],
    [['split', '--framing', 'line', '--hex'], 'zz', 'HEX_INVALID'],
    [['split', '--framing', 'line', '--hex'], '4', 'HEX_INVALID'],
    [['split', '--framing', 'line', '--encoding', 'nix'], '', 'CODE_PAGE_UNKNOWN'],
  ] as const) {
    const { status, stderr } = await frame(argv, stdin);
    assert.equal(status, 2, stderr);
    assert.match(stderr, new RegExp(`^fairlead: ${code}: `));
  }
});

test('lines are split and made with the line ends of the encoding', async () => {
  const made = await frame(['encode', '--framing', 'line', '--encoding', 'cp037'], 'A\nB\n');
  assert.equal(made.bytes.toString('hex'), 'c125c225');
  const { stdout } = await frame(
    ['split', '--framing', 'line', '--encoding', 'utf-16be'],
    [Buffer.from('0041000d000a0042000a', 'hex')],
  );
  assert.deepEqual(objects(stdout), [
    { offset: 0, hex: '0041000d000a', payload: '0041', text: 'A' },
    { offset: 6, hex: '0042000a', payload: '0042', text: 'B' },
  ]);
});

test('guess: the profile first, as a table and as JSON; nothing fits nothing', async () => {
  const login = '78780d0103534190360660610003c3df0d0a';
  const table = await frame(['guess'], login);
  assert.equal(table.status, 0, table.stderr);
  assert.match(table.stdout, /^Read 18 bytes \(hex\)\.\n/);
  assert.match(table.stdout, /^0\.\d\d {2}gt06: GT06 .*\n {6}1 frame, .*it identifies 353419036066061/m);
  const { kind, bytes, guesses } = JSON.parse((await frame(['guess', '--format', 'json'], login)).stdout);
  assert.deepEqual([kind, bytes, guesses[0].profile], ['hex', 18, 'gt06']);
  const nothing = await frame(['guess'], '');
  assert.deepEqual([nothing.status, nothing.stdout], [0, 'Read 0 bytes (bytes).\n\nNo framing fits.\n']);
  const large = await frame(['guess'], [Buffer.alloc(2 ** 20), Buffer.alloc(1)]);
  assert.equal(large.status, 1);
  assert.match(large.stderr, /INPUT_TOO_LARGE: stdin/);
});
