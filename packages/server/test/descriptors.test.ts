import assert from 'node:assert/strict';
import { FakeClock, fault } from '@fairlead/testkit';
import { type Probe, watchDescriptors } from '../src/descriptors.ts';
import { serverLimits } from '../src/index.ts';

fault(
  {
    name: 'No file descriptor is left',
    where: 'service',
    happens: 'It is logged once, and once more when there are some again; open links go on.',
  },
  async () => {
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
  },
);
