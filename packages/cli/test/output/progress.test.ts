import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Progress } from '../../src/output/progress.ts';
import { run } from '../../src/run.ts';
import { TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

test('progress is a line that is replaced, ten times a second at most, and taken away at the end', () => {
  let now = 0;
  const lines: (string | undefined)[] = [];
  const clock = { now: () => 0, monotonic: () => now, after: () => ({}), clear: () => {} };
  {
    using progress = new Progress({ clock, progress: (line) => void lines.push(line) }, 'devices', 4_096);
    progress.add(1_024);
    progress.add(512);
    now = 100;
    progress.add(1_536);
    now = 200;
    progress.add(4_096);
  }
  assert.deepEqual(lines, [
    `devices  ${'█'.repeat(6)}${'░'.repeat(18)}  25 %  1 KiB of 4 KiB`,
    `devices  ${'█'.repeat(18)}${'░'.repeat(6)}  75 %  3 KiB of 4 KiB`,
    `devices  ${'█'.repeat(24)} 100 %  7 KiB of 4 KiB`,
    undefined,
  ]);
});

test('an import shows how much of its file was read, and leaves only what it says', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-progress-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, 'devices.ndjson');
  writeFileSync(file, '{"name":"a"}\n');
  await using service = await TestService.start({
    'POST devices/import': (response) =>
      void response
        .writeHead(200, { 'content-type': 'application/x-ndjson' })
        .end('{"line":1,"name":"a","token":"fl_1"}\n'),
  });
  const terminal = new TestTerminal(service.env);
  assert.equal(await run(['device', 'import', file], terminal), 0, terminal.stderr);
  assert.match(String(terminal.progressed[0]), /devices\.ndjson .* 100 % {2}13 B of 13 B$/);
  assert.equal(terminal.progressed.at(-1), undefined);
  assert.equal(terminal.stdout, 'a  fl_1\n');
});
