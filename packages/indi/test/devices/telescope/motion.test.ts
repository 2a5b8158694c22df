import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { DriverBench } from '../../../src/index.ts';
import { everything, Scope, started } from './scope.ts';

describe('Motion of a telescope by hand', () => {
  it('moves, turns round, and stops', async () => {
    const scope = new Scope({ motion: true, slewRates: ['Slow', 'Fast'] });
    await using bench = await started(scope);
    bench.want('TELESCOPE_MOTION_NS', { MOTION_NORTH: true });
    await bench.reaches('TELESCOPE_MOTION_NS', 'Busy');
    bench.want('TELESCOPE_MOTION_NS', { MOTION_SOUTH: true });
    await bench.has(() => bench.value('TELESCOPE_MOTION_NS', 'MOTION_SOUTH') === true, 'south');
    bench.want('TELESCOPE_MOTION_WE', { MOTION_EAST: true });
    await bench.reaches('TELESCOPE_MOTION_WE', 'Busy');
    bench.want('TELESCOPE_MOTION_NS', { MOTION_SOUTH: false });
    await bench.reaches('TELESCOPE_MOTION_NS', 'Idle');
    bench.want('TELESCOPE_SLEW_RATE', { '1x': true });
    await bench.reaches('TELESCOPE_SLEW_RATE', 'Ok');
    assert.deepEqual(scope.told(), [
      ['move', 'north', true],
      ['move', 'north', false],
      ['move', 'south', true],
      ['move', 'east', true],
      ['move', 'south', false],
      ['slewRate', 0],
    ]);
    assert.equal(bench.value('TARGET_EOD_COORD', 'RA'), 1);
  });

  it('stops a mount that somebody else has set going', async () => {
    const scope = new Scope({ motion: true });
    await using bench = await started(scope);
    bench.want('TELESCOPE_MOTION_WE', { MOTION_WEST: false });
    await bench.has(() => scope.done.length === 2, 'both stops');
    assert.deepEqual(scope.told(), [
      ['move', 'west', false],
      ['move', 'east', false],
    ]);
  });

  it('goes the other way round where a client wants that, and stops what it began', async () => {
    const scope = new Scope({ motion: true });
    await using bench = await started(scope);
    bench.want('TELESCOPE_REVERSE_MOTION', { REVERSE_NS: true });
    await bench.reaches('TELESCOPE_REVERSE_MOTION', 'Ok');
    bench.want('TELESCOPE_MOTION_NS', { MOTION_NORTH: true });
    await bench.reaches('TELESCOPE_MOTION_NS', 'Busy');
    bench.want('TELESCOPE_REVERSE_MOTION', { REVERSE_NS: false });
    await bench.has(() => bench.value('TELESCOPE_REVERSE_MOTION', 'REVERSE_NS') === false, 'turned');
    bench.want('TELESCOPE_MOTION_NS', { MOTION_NORTH: false });
    await bench.reaches('TELESCOPE_MOTION_NS', 'Idle');
    assert.deepEqual(scope.told(), [
      ['move', 'south', true],
      ['move', 'south', false],
    ]);
  });

  it('refuses while it is parked, and is over when everything is stopped', async () => {
    const scope = new Scope(everything);
    await using bench = await started(scope);
    bench.want('TELESCOPE_MOTION_NS', { MOTION_NORTH: true });
    await bench.reaches('TELESCOPE_MOTION_NS', 'Busy');
    bench.want('TELESCOPE_ABORT_MOTION', { ABORT: true });
    await bench.reaches('TELESCOPE_MOTION_NS', 'Idle');
    assert.equal(bench.value('TELESCOPE_MOTION_NS', 'MOTION_NORTH'), false);
    assert.equal(scope.moving, false);
    scope.state = 'parked';
    bench.want('TELESCOPE_MOTION_NS', { MOTION_NORTH: true });
    await bench.reaches('TELESCOPE_MOTION_NS', 'Alert');
    assert.equal(bench.value('TELESCOPE_MOTION_NS', 'MOTION_NORTH'), false);
  });
});

describe('Guiding of a telescope', () => {
  const guided = async (scope: Scope, clock: FakeClock): Promise<DriverBench> => {
    const bench = await DriverBench.start(scope, { clock });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('CONNECTION', 'Ok');
    await bench.has(() => bench.vector('GUIDE_RATE') !== undefined, 'definitions');
    await clock.advance(1);
    scope.told();
    return bench;
  };
  const options = { guiding: true, guideRate: true, motion: true, abort: true };

  it('is Busy for the time of a pulse, each axis by itself', async () => {
    const clock = new FakeClock();
    const scope = new Scope(options);
    await using bench = await guided(scope, clock);
    assert.equal(bench.value('DRIVER_INFO', 'DRIVER_INTERFACE'), '5');
    bench.want('TELESCOPE_TIMED_GUIDE_NS', { TIMED_GUIDE_N: 500, TIMED_GUIDE_S: 0 });
    await bench.reaches('TELESCOPE_TIMED_GUIDE_NS', 'Busy');
    bench.want('TELESCOPE_TIMED_GUIDE_WE', { TIMED_GUIDE_E: 800 });
    await bench.reaches('TELESCOPE_TIMED_GUIDE_WE', 'Busy');
    assert.equal(bench.value('TELESCOPE_TIMED_GUIDE_WE', 'TIMED_GUIDE_E'), 800);
    await clock.advance(499);
    assert.equal(bench.state('TELESCOPE_TIMED_GUIDE_NS'), 'Busy');
    await clock.advance(1);
    await bench.reaches('TELESCOPE_TIMED_GUIDE_NS', 'Idle');
    assert.equal(bench.value('TELESCOPE_TIMED_GUIDE_NS', 'TIMED_GUIDE_N'), 0);
    assert.equal(bench.state('TELESCOPE_TIMED_GUIDE_WE'), 'Busy');
    await clock.advance(300);
    await bench.reaches('TELESCOPE_TIMED_GUIDE_WE', 'Idle');
    bench.want('GUIDE_RATE', { GUIDE_RATE_WE: 0.5, GUIDE_RATE_NS: 0.75 });
    await bench.reaches('GUIDE_RATE', 'Ok');
    assert.deepEqual(scope.told(), [
      ['guide', 'north', 500],
      ['guide', 'east', 800],
      ['guideRate', 0.5, 0.75],
    ]);
  });

  it('lets a new pulse take the place of one that is under way', async () => {
    const clock = new FakeClock();
    const scope = new Scope(options);
    await using bench = await guided(scope, clock);
    bench.want('TELESCOPE_TIMED_GUIDE_NS', { TIMED_GUIDE_N: 500 });
    await bench.reaches('TELESCOPE_TIMED_GUIDE_NS', 'Busy');
    await clock.advance(400);
    bench.want('TELESCOPE_TIMED_GUIDE_NS', { TIMED_GUIDE_S: 300 });
    await bench.has(() => bench.value('TELESCOPE_TIMED_GUIDE_NS', 'TIMED_GUIDE_S') === 300, 'the other way');
    assert.equal(bench.value('TELESCOPE_TIMED_GUIDE_NS', 'TIMED_GUIDE_N'), 0);
    await clock.advance(200);
    assert.equal(bench.state('TELESCOPE_TIMED_GUIDE_NS'), 'Busy', 'the first pulse ends nothing');
    await clock.advance(100);
    await bench.reaches('TELESCOPE_TIMED_GUIDE_NS', 'Idle');
    bench.want('TELESCOPE_TIMED_GUIDE_NS', { TIMED_GUIDE_N: 0, TIMED_GUIDE_S: 0 });
    await bench.reaches('TELESCOPE_TIMED_GUIDE_NS', 'Idle');
    assert.deepEqual(scope.told(), [
      ['guide', 'north', 500],
      ['guide', 'south', 300],
    ]);
  });

  it('ends with an abort and with the connection, and is refused while the mount moves', async () => {
    const clock = new FakeClock();
    const scope = new Scope(options);
    await using bench = await guided(scope, clock);
    bench.want('TELESCOPE_TIMED_GUIDE_WE', { TIMED_GUIDE_W: 5_000 });
    await bench.reaches('TELESCOPE_TIMED_GUIDE_WE', 'Busy');
    bench.want('TELESCOPE_ABORT_MOTION', { ABORT: true });
    await bench.reaches('TELESCOPE_TIMED_GUIDE_WE', 'Idle');
    bench.want('TELESCOPE_MOTION_NS', { MOTION_NORTH: true });
    await bench.reaches('TELESCOPE_MOTION_NS', 'Busy');
    bench.want('TELESCOPE_TIMED_GUIDE_WE', { TIMED_GUIDE_W: 50 });
    await bench.reaches('TELESCOPE_TIMED_GUIDE_WE', 'Alert');
    assert.match(bench.words, /cannot be guided while it moves: stop it first/);
    bench.want('TELESCOPE_ABORT_MOTION', { ABORT: true });
    await bench.reaches('TELESCOPE_MOTION_NS', 'Idle');
    bench.want('TELESCOPE_TIMED_GUIDE_WE', { TIMED_GUIDE_W: 5_000 });
    await bench.reaches('TELESCOPE_TIMED_GUIDE_WE', 'Busy');
    bench.want('CONNECTION', { DISCONNECT: true });
    await bench.has(() => bench.vector('TELESCOPE_TIMED_GUIDE_WE') === undefined, 'gone');
    assert.equal(clock.pending, 0);
  });
});
