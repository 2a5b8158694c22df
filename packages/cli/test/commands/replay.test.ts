import assert from 'node:assert/strict';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { command, objects } from '../support/command.ts';
import { temporaryFolder } from '../support/process.ts';
import { TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

const STATUS = '78780a130604ea04000006bc8a0d0a';
const at = '2026-03-01T12:00:00.000Z';
const line = (what: string, more: object) => ({ what, time: at, link: '1f', device: 'truck', ...more });
const HEAD = {
  what: 'capture',
  version: 1,
  id: '5c0f12ab',
  target: 'truck',
  of: 'device',
  payload: 'masked',
};

/** A capture whose values are those of today's profile, but the battery. */
async function recorded(battery = 66) {
  const plain = [HEAD, line('attached', {}), line('received', { hex: STATUS })];
  const { stdout } = await command(['replay', '-', '--profile', 'gt06', '--known'], text(plain));
  const [frame] = objects(stdout);
  const values = { ...(frame?.values as object), battery };
  const message = { of: 'truck', kind: 'attributes', measured: at, values };
  const payload = STATUS;
  return text([...plain, line('frame', { hex: payload }), line('message', message)]);
}

const text = (lines: readonly object[]): string => lines.map((each) => `${JSON.stringify(each)}\n`).join('');

test('a file through a profile of the catalogue: a line a frame, as decode prints it', async () => {
  const { status, stdout, stderr } = await command(['replay', '-', '--profile', 'gt06'], await recorded());
  assert.equal(status, 0, stderr);
  assert.deepEqual(objects(stdout).length, 1);
  assert.partialDeepStrictEqual(objects(stdout)[0], {
    link: '1f',
    at,
    of: 'truck',
    hex: STATUS,
    kind: 'attributes',
    values: { battery: 66 },
  });
  assert.match(stderr, /^1 frame on 1 link: 1 message, 0 errors\.\n$/);
});

test('--diff: nothing, or each field with its two values and status 1', async () => {
  const same = await command(['replay', '-', '--profile', 'gt06', '--diff'], await recorded());
  assert.deepEqual([same.status, same.stdout], [0, '']);
  assert.match(same.stderr, /Nothing differs\./);
  const other = await command(['replay', '-', '--profile', 'gt06', '--diff'], await recorded(67));
  assert.equal(other.status, 1);
  assert.equal(other.stdout, `12:00:00.000  link 1f  truck  ${STATUS}\n  battery  67 -> 66\n`);
  assert.match(other.stderr, /fairlead: REPLAY_DIFFERS: .*: 1 difference\./);
  const json = await command(
    ['replay', '-', '--profile', 'gt06', '--diff', '--format', 'json'],
    await recorded(67),
  );
  const [difference, last] = objects(json.stdout);
  assert.deepEqual(difference?.changes, [{ field: 'battery', old: 67, new: 66 }]);
  assert.partialDeepStrictEqual(last, { summary: { differences: 1, frames: 1 } });
});

test('a changed folder; a capture of the service; what is refused', async () => {
  await using folder = await temporaryFolder();
  const profile = join(folder.path, 'mine');
  await command(['profile', 'export', 'gt06', profile]);
  await cp(profile, `${profile}2`, { recursive: true });
  const file = join(folder.path, 'truck.jsonl');
  await writeFile(file, await recorded());
  assert.equal((await command(['replay', file, '--profile', profile, '--diff'])).status, 0);
  await writeFile(join(profile, 'script.ts'), 'export const uplink = () => { throw new Error("broken"); };');
  const broken = await command(['replay', file, '--profile', profile, '--diff']);
  assert.equal(broken.status, 1);
  assert.match(broken.stdout, /only the capture has {2}.*battery=66/);
  assert.match(broken.stdout, /error {2}none -> SCRIPT_FAILED {2}.*broken/);

  const exported = await recorded(67);
  await using service = await TestService.start({
    'GET captures/5c0f12ab/export': (response) => void response.writeHead(200).end(exported),
    'POST captures/5c0f12ab/replay': (response) =>
      void response
        .writeHead(200)
        .end(text([{ failed: { code: 'CAPTURE_WITHOUT_BYTES', message: 'only sizes' } }])),
  });
  const against = async (...argv: string[]) => {
    const terminal = new TestTerminal(service.env, '');
    const status = await run(argv, terminal);
    return { status, stdout: terminal.stdout, stderr: terminal.stderr };
  };
  const there = await against('replay', '5c0f12ab', '--profile', `${profile}2`, '--diff');
  assert.match(there.stdout, /battery {2}67 -> 66/);
  assert.match((await against('replay', '5c0f12ab', '--profile', 'gt06')).stderr, /CAPTURE_WITHOUT_BYTES/);
  assert.deepEqual(JSON.parse(service.seen.at(-1)?.body as string), { profile: 'gt06' });

  for (const [argv, status, message] of [
    [['replay', file], 2, /Required option '--profile/],
    [['replay', join(folder.path, 'none.jsonl'), '--profile', 'gt06'], 2, /FILE_UNREADABLE/],
    [['replay', join(profile, 'profile.yaml'), '--profile', 'gt06'], 2, /CAPTURE_INVALID/],
    [['replay', file, '--profile', 'gt6'], 3, /PROFILE_NOT_FOUND/],
    [
      ['replay', file, '--profile', 'gt06', '--publish', '--device', 'x'],
      2,
      /USAGE_INVALID.*--publish needs/,
    ],
    [['replay', '5c0f12ab', '--profile', 'gt06', '--publish'], 2, /--device NAME/],
    [['replay', '5c0f12ab', '--profile', 'gt06', '--parameter', 'a=1'], 2, /from the device/],
  ] as const) {
    const result = await command(argv);
    assert.match(result.stderr, message);
    assert.equal(result.status, status, result.stderr);
  }
});
