import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { command, objects } from '../support/command.ts';
import { temporaryFolder } from '../support/process.ts';
import { TestTerminal } from '../support/terminal.ts';

const LOGIN = '78780d0103534190360660610003c3df0d0a';
const STATUS = '78780a130604ea04000006bc8a0d0a';

test('a line a frame: identity, values, reply; the same in any pieces', async () => {
  const bytes = Buffer.from(LOGIN + STATUS, 'hex');
  for (const stdin of [[bytes], Array.from(bytes, (byte) => Buffer.of(byte))]) {
    const { status, stdout } = await command(['decode', 'gt06'], stdin);
    assert.equal(status, 0);
    const [login, message, ...more] = objects(stdout);
    assert.equal(more.length, 0);
    assert.deepEqual([login?.hex, login?.identity], [LOGIN, '353419036066061']);
    assert.equal(login?.reply, '787805010003face0d0a');
    assert.deepEqual([message?.kind, message?.identity], ['attributes', '353419036066061']);
    assert.partialDeepStrictEqual(message, { values: { battery: 66 } });
  }
});

test('hex digits with white space; frames that are wrong are lines with an error, and decoding goes on', async () => {
  const damaged = STATUS.replace('ea04', 'ea05');
  const { status, stdout } = await command(
    ['decode', 'gt06', '--hex', '--known'],
    `${damaged}\n ${STATUS}\n`,
  );
  assert.equal(status, 0);
  const [bad, good] = objects(stdout);
  assert.deepEqual([bad?.hex, bad?.error], [damaged, 'FRAME_CHECKSUM_MISMATCH']);
  assert.equal(good?.kind, 'attributes');
});

test('nothing on stdin is nothing; a frame that is cut off ends with status 1', async () => {
  assert.deepEqual(await command(['decode', 'gt06', '--hex']), {
    status: 0,
    stdout: '',
    stderr: '',
    bytes: Buffer.alloc(0),
  });
  const { status, stdout, stderr } = await command(['decode', 'gt06', '--hex'], LOGIN.slice(0, -4));
  assert.equal(status, 1);
  assert.deepEqual(
    objects(stdout).map(({ error }) => error),
    ['FRAME_TRUNCATED'],
  );
  assert.match(stderr, /^fairlead: FRAME_TRUNCATED/);
});

test('an interrupted stdin: what came is decoded, and nothing after', async () => {
  async function* pieces() {
    yield Buffer.from(LOGIN, 'hex');
    terminal.interrupt('SIGINT');
    yield Buffer.from(STATUS, 'hex');
  }
  const terminal: TestTerminal = new TestTerminal({}, pieces());
  assert.equal(await run(['decode', 'gt06'], terminal), 0);
  assert.deepEqual(
    objects(terminal.stdout).map(({ hex }) => hex),
    [LOGIN],
  );
});

test('parameters are checked against the profile', async () => {
  const zone = ['--parameter', 'timezone=+08:00'];
  const position = '787822220f0c1d023305c9027ac8180c46586000140001cc00287d001f71000001000820860d0a';
  const plain = objects((await command(['decode', 'gt06', '--hex', '--known'], position)).stdout)[0];
  const zoned = objects((await command(['decode', 'gt06', '--hex', '--known', ...zone], position)).stdout)[0];
  assert.equal(Date.parse(plain?.time as string) - Date.parse(zoned?.time as string), 8 * 3_600_000);
  for (const [parameter, status, reason] of [
    [
      'timezon=x',
      2,
      /PARAMETER_INVALID: The parameter timezon of the profile gt06 .*did you mean timezone\?/,
    ],
    ['zzz=x', 2, /its parameters are timezone, model/],
    ['timezone', 2, /USAGE_INVALID.*Write name=value/],
  ] as const) {
    const result = await command(['decode', 'gt06', '--parameter', parameter]);
    assert.equal(result.status, status);
    assert.match(result.stderr, reason);
  }
  const list = await command(['decode', 'modbus_tcp', '--parameter', 'registers=3']);
  assert.match(
    list.stderr,
    /The parameter registers of the profile modbus_tcp is invalid: it must be a list/,
  );
});

test('wrong use: no profile, an unknown one, a file in place of a folder, no hex digits', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'profile.yaml');
  await writeFile(file, 'name: x\n');
  for (const [argv, stdin, status, message] of [
    [['decode'], '', 2, /USAGE_INVALID: Missing required argument 'profile'/],
    [['decode', 'gt6'], '', 3, /PROFILE_NOT_FOUND: No profile gt6\. Did you mean gt06\?/],
    [['decode', file], '', 2, /PROFILE_FOLDER_INVALID: .*it is not a folder/],
    [['decode', folder.path], '', 2, /PROFILE_FOLDER_INVALID: The profile x cannot be used: profile\.yaml/],
    [['decode', 'gt06', '--hex'], 'xy', 2, /HEX_INVALID: .*"x" at 0/],
    [['decode', 'gt06', '--hex'], '787', 2, /HEX_INVALID: .*half a byte/],
    [['decode', 'gt06', '--secret-file', join(folder.path, 'none')], '', 2, /FILE_UNREADABLE/],
  ] as const) {
    const result = await command(argv, stdin);
    assert.equal(result.status, status, result.stderr);
    assert.match(result.stderr, message);
  }
});

test('--explain tells where each field is, as text and as JSON', async () => {
  const { status, stdout } = await command(['decode', 'gt06', '--hex', '--known', '--explain'], STATUS);
  assert.equal(status, 0);
  assert.match(stdout, /^00000000 {2}78 78 0a 13/);
  assert.match(stdout, /^alarm +7 +"geofenceEnter"$/m);
  assert.match(stdout, /^\(check\) +11-12$/m);
  const json = await command(['decode', 'gt06', '--hex', '--known', '--explain', '--format', 'json'], STATUS);
  const [line] = objects(json.stdout) as { explained: { fields: { name: string; bytes: number[][] }[] } }[];
  assert.deepEqual(line?.explained.fields.find(({ name }) => name === 'signal')?.bytes, [[6, 6]]);
});
