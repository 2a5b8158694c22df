import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { type Probe, watchDescriptors } from '../src/descriptors.ts';
import { serverLimits } from '../src/index.ts';

test('that no file descriptor is left is logged once, and that there are some again', async () => {
  const clock = new FakeClock();
  const logged: string[] = [];
  const write = (level: string) => (fields: object, message: string) =>
    void logged.push([level, (fields as { code?: string }).code, message].join(' '));
  let code: string | undefined;
  const probe: Probe = (done) => done(code);
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const watch = watchDescriptors(log, clock, probe);
  const look = () => clock.advance(serverLimits.values.descriptorCheck);
  await look();
  assert.deepEqual(logged, []);
  for (code of ['EMFILE', 'EMFILE', 'ENFILE']) await look();
  assert.equal(logged.length, 1);
  assert.match(String(logged[0]), /^error OUT_OF_DESCRIPTORS No file descriptor is left/);
  code = undefined;
  await look();
  await look();
  assert.match(String(logged[1]), /^info {2}File descriptors are available again/);
  code = 'EMFILE';
  await look();
  assert.equal(logged.length, 3);
  watch[Symbol.dispose]();
  code = undefined;
  await look();
  assert.equal(logged.length, 3);
});
