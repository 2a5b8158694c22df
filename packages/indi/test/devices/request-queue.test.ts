import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { everything, Scope, started } from './telescope/scope.ts';

describe('BlobSubscriptions of a telescope that come together', () => {
  it('reach the mount one after another, each with all its commands', async () => {
    const scope = new Scope(everything);
    await using bench = await started(scope);
    scope.told();
    const gate = Promise.withResolvers<void>();
    scope.gate = gate.promise;
    bench.want('TELESCOPE_TRACK_STATE', { TRACK_ON: true });
    bench.want('TELESCOPE_PARK', { PARK: true });
    bench.want('EQUATORIAL_EOD_COORD', { RA: 3, DEC: 4 });
    await bench.has(() => scope.done.length === 1, 'the first command');
    gate.resolve();
    await bench.reaches('TELESCOPE_PARK', 'Busy');
    await bench.has(() => /while it is parked/.test(bench.words), 'the refusal of the third');
    assert.deepEqual(scope.told(), [
      ['mode', 'sidereal'],
      ['track', true],
      ['park', [-6, 90]],
    ]);
    assert.equal(scope.state, 'parking');
  });

  for (const [what, property, values, first] of [
    ['a goto', 'EQUATORIAL_EOD_COORD', { RA: 3, DEC: 4 }, 'goto'],
    ['parking', 'TELESCOPE_PARK', { PARK: true }, 'park'],
    ['moving by hand', 'TELESCOPE_MOTION_NS', { MOTION_NORTH: true }, 'move'],
    ['a pulse', 'TELESCOPE_TIMED_GUIDE_WE', { TIMED_GUIDE_W: 500 }, 'guide'],
    ['going home', 'TELESCOPE_HOME', { GO: true }, 'home'],
  ] as const)
    it(`are stopped at once: ${what} that is just being told, and what waits behind it`, async () => {
      const scope = new Scope(everything);
      await using bench = await started(scope);
      scope.told();
      const gate = Promise.withResolvers<void>();
      scope.gate = gate.promise;
      bench.want(property, values);
      await bench.has(() => scope.done.length === 1, 'the command');
      bench.want('TELESCOPE_MOTION_WE', { MOTION_EAST: true });
      bench.want('TELESCOPE_ABORT_MOTION', { ABORT: true });
      await bench.reaches('TELESCOPE_ABORT_MOTION', 'Ok');
      gate.resolve();
      // The position is shown anew at the next poll.
      if (first !== 'goto') await bench.reaches(property, 'Alert');
      await bench.reaches('TELESCOPE_MOTION_WE', 'Alert');
      assert.equal(bench.words.match(/Scope was stopped before the motion began/g)?.length, 2);
      const told = scope.told().map((command) => (command as string[])[0]);
      assert.deepEqual(told, [first, 'abort', 'abort'], 'stopped again, once it had been told');
      assert.equal(scope.state, 'idle');
      assert.equal(scope.moving, false);
      bench.want('TELESCOPE_MOTION_WE', { MOTION_EAST: true });
      await bench.reaches('TELESCOPE_MOTION_WE', 'Busy');
    });
});
