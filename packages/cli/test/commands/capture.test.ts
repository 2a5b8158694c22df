import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { type Answer, json, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

async function against(route: string, answer: Answer, line: string) {
  await using service = await TestService.start({ [route]: answer });
  const terminal = new TestTerminal(service.env, '');
  const status = await run(line.split(' '), terminal);
  return { status, seen: service.seen, stdout: terminal.stdout, stderr: terminal.stderr };
}

const ENTRY = {
  id: '5c0f12ab',
  target: 'pump-3',
  of: 'device',
  running: true,
  startedAt: '2023-11-14T22:13:20.000Z',
  until: '2023-11-15T22:13:20.000Z',
  size: 65_536,
  bytes: 2_048,
  payload: 'masked',
};

test('start says what is captured and until when', async () => {
  const { stdout, stderr, seen } = await against(
    'POST captures',
    json(ENTRY, 201),
    'capture start pump-3 --for 24h --size 64KiB',
  );
  assert.match(stdout, /^id +5c0f12ab\ntarget +device pump-3\nstate +running\n/);
  assert.match(stderr, /fairlead capture export 5c0f12ab/);
  assert.deepEqual(JSON.parse((seen[0] as { body: string }).body), {
    target: 'pump-3',
    time: 86_400_000,
    size: 65_536,
    payload: 'masked',
  });
  for (const wrong of ['--for soon', '--size large', '--payload some'])
    assert.equal((await against('POST captures', json(ENTRY), `capture start a ${wrong}`)).status, 2, wrong);
});

test('ls, stop and rm', async () => {
  const { stdout } = await against('GET captures', json([ENTRY]), 'capture ls');
  assert.match(stdout, /^ID +TARGET +STATE .*\n5c0f12ab +pump-3 +running .* 2 KiB +masked/);
  const stopped = { ...ENTRY, running: false, reason: 'stopped' };
  const stop = await against('POST captures/5c0f12ab/stop', json(stopped), 'capture stop 5c0f12ab');
  assert.equal(stop.stdout, 'Ended 5c0f12ab: 2 KiB.\n');
  const rm = await against(
    'DELETE captures/5c0f12ab',
    (response) => response.writeHead(204).end(),
    'capture rm 5c0f12ab',
  );
  assert.equal(rm.stdout, 'Removed 5c0f12ab.\n');
});

test('export writes every byte as it is', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-capture-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'a.pcapng');
  const answer = json({ bytes: 'as they are' });
  const { status, seen } = await against(
    'GET captures/5c0f12ab/export',
    answer,
    `capture export 5c0f12ab --as pcapng -o ${file}`,
  );
  assert.equal(status, 0);
  assert.match(JSON.stringify(seen), /"format":"pcapng"/);
  assert.equal(readFileSync(file, 'utf8'), '{"bytes":"as they are"}');
  const unwritable = await against('GET captures/a/export', answer, `capture export a -o ${dir}/none/a`);
  assert.match(unwritable.stderr, /FILE_UNWRITABLE/);
});
