import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { DriverBench, Focuser } from '../../../src/index.ts';
import { Wheel } from './wheel.ts';

describe('Focuser', () => {
  const started = async (wheel = new Wheel()): Promise<DriverBench> => {
    const bench = await DriverBench.start(wheel);
    bench.want('POLLING_PERIOD', { PERIOD_MS: 10 });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('ABS_FOCUS_POSITION', 'Ok');
    return bench;
  };
  const at = (bench: DriverBench, position: number): Promise<void> =>
    bench.has(
      () =>
        bench.state('ABS_FOCUS_POSITION') === 'Ok' &&
        bench.value('ABS_FOCUS_POSITION', 'FOCUS_ABSOLUTE_POSITION') === position,
      `${position}`,
    );

  it('moves to a position, and by steps in a direction', async () => {
    await using bench = await started();
    bench.want('ABS_FOCUS_POSITION', { FOCUS_ABSOLUTE_POSITION: 8_000 });
    await bench.reaches('ABS_FOCUS_POSITION', 'Busy');
    await at(bench, 8_000);
    bench.want('REL_FOCUS_POSITION', { FOCUS_RELATIVE_POSITION: 1_000 });
    await at(bench, 7_000);
    bench.want('FOCUS_MOTION', { FOCUS_OUTWARD: true });
    bench.want('REL_FOCUS_POSITION', { FOCUS_RELATIVE_POSITION: 2_000 });
    await at(bench, 9_000);
    await bench.reaches('REL_FOCUS_POSITION', 'Ok');
  });

  it('refuses to leave its range', async () => {
    await using bench = await started();
    bench.want('ABS_FOCUS_POSITION', { FOCUS_ABSOLUTE_POSITION: 10_001 });
    await bench.has(() => /Valid range is from 0 to 10000/.test(bench.words), 'the refusal');
    bench.want('FOCUS_MAX', { FOCUS_MAX_VALUE: 6_000 });
    await bench.reaches('FOCUS_MAX', 'Ok');
    bench.want('FOCUS_MOTION', { FOCUS_OUTWARD: true });
    bench.want('REL_FOCUS_POSITION', { FOCUS_RELATIVE_POSITION: 2_000 });
    await bench.reaches('REL_FOCUS_POSITION', 'Alert');
    assert.match(bench.words, /7000 is not from 0 to 6000/);
  });

  it('stops, and takes a position for another', async () => {
    await using bench = await started();
    bench.want('ABS_FOCUS_POSITION', { FOCUS_ABSOLUTE_POSITION: 0 });
    await bench.reaches('ABS_FOCUS_POSITION', 'Busy');
    bench.want('FOCUS_ABORT_MOTION', { ABORT: true });
    await bench.reaches('FOCUS_ABORT_MOTION', 'Ok');
    await bench.reaches('ABS_FOCUS_POSITION', 'Ok');
    assert.notEqual(bench.value('ABS_FOCUS_POSITION', 'FOCUS_ABSOLUTE_POSITION'), 0);
    bench.want('FOCUS_SYNC', { FOCUS_SYNC_VALUE: 1_234 });
    await at(bench, 1_234);
  });

  it('is stopped at once, and again what is just being told', async () => {
    const wheel = new Wheel();
    await using bench = await started(wheel);
    const gate = Promise.withResolvers<void>();
    wheel.gate = gate.promise;
    bench.want('ABS_FOCUS_POSITION', { FOCUS_ABSOLUTE_POSITION: 0 });
    bench.want('REL_FOCUS_POSITION', { FOCUS_RELATIVE_POSITION: 100 });
    await bench.has(() => wheel.done.length === 1, 'the command');
    bench.want('FOCUS_ABORT_MOTION', { ABORT: true });
    await bench.reaches('FOCUS_ABORT_MOTION', 'Ok');
    gate.resolve();
    await bench.has(
      () => bench.words.match(/Wheel was stopped before the motion began/g)?.length === 2,
      'both',
    );
    assert.deepEqual(wheel.done, [['moveTo', 0], ['abort'], ['abort']]);
    assert.equal(wheel.target, wheel.position);
  });

  it('has the properties of what it can do, and no others', async () => {
    await using bench = await DriverBench.start(new Wheel({}));
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('ABS_FOCUS_POSITION', 'Ok');
    for (const name of ['FOCUS_MOTION', 'REL_FOCUS_POSITION', 'FOCUS_MAX', 'Presets', 'Goto'])
      assert.notEqual(bench.vector(name), undefined, name);
    const hidden =
      'FOCUS_SPEED FOCUS_TIMER FOCUS_ABORT_MOTION FOCUS_SYNC FOCUS_REVERSE_MOTION FOCUS_BACKLASH_TOGGLE FOCUS_BACKLASH_STEPS';
    for (const name of hidden.split(' ')) assert.equal(bench.vector(name), undefined, name);
  });

  it('goes to presets, within its range', async () => {
    await using bench = await started();
    bench.want('Presets', { PRESET_1: 2_000, PRESET_2: 9_000 });
    await bench.reaches('Presets', 'Ok');
    bench.want('Goto', { 'Preset 1': true });
    await bench.reaches('Goto', 'Ok');
    await at(bench, 2_000);
    bench.want('FOCUS_MAX', { FOCUS_MAX_VALUE: 6_000 });
    await bench.reaches('FOCUS_MAX', 'Ok');
    bench.want('Goto', { 'Preset 2': true });
    await bench.reaches('Goto', 'Alert');
    assert.match(bench.words, /9000 is not from 0 to 6000/);
    assert.equal(bench.value('Goto', 'Preset 1'), true);
    bench.want('Presets', { PRESET_3: 6_001 });
    await bench.reaches('Presets', 'Alert');
  });

  it('counts steps from wherever it is, where it knows no position', async () => {
    const wheel = new Wheel({ kind: 'relative' });
    await using bench = await DriverBench.start(wheel);
    bench.want('POLLING_PERIOD', { PERIOD_MS: 10 });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.has(() => bench.vector('REL_FOCUS_POSITION') !== undefined, 'definitions');
    assert.equal(bench.vector('ABS_FOCUS_POSITION'), undefined);
    assert.equal(bench.vector('Presets'), undefined);
    bench.want('FOCUS_MOTION', { FOCUS_OUTWARD: true });
    bench.want('REL_FOCUS_POSITION', { FOCUS_RELATIVE_POSITION: 300 });
    await bench.reaches('REL_FOCUS_POSITION', 'Busy');
    assert.deepEqual(wheel.done, [['outward', 300]]);
    wheel.moving = false;
    await bench.reaches('REL_FOCUS_POSITION', 'Ok');
  });

  it('moves for a time, where it has a motor and nothing else', async () => {
    const clock = new FakeClock();
    const wheel = new Wheel({ kind: 'timed', speeds: 4, abort: true });
    await using bench = await DriverBench.start(wheel, { clock });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.has(() => bench.vector('FOCUS_ABORT_MOTION') !== undefined, 'definitions');
    assert.equal(bench.vector('REL_FOCUS_POSITION'), undefined);
    bench.want('FOCUS_SPEED', { FOCUS_SPEED_VALUE: 3 });
    bench.want('FOCUS_TIMER', { FOCUS_TIMER_VALUE: 250 });
    await bench.reaches('FOCUS_TIMER', 'Busy');
    await clock.advance(249);
    assert.equal(bench.state('FOCUS_TIMER'), 'Busy');
    await clock.advance(1);
    await bench.reaches('FOCUS_TIMER', 'Ok');
    bench.want('FOCUS_TIMER', { FOCUS_TIMER_VALUE: 5_000 });
    await bench.reaches('FOCUS_TIMER', 'Busy');
    bench.want('FOCUS_ABORT_MOTION', { ABORT: true });
    await bench.reaches('FOCUS_TIMER', 'Idle');
    bench.want('FOCUS_SPEED', { FOCUS_SPEED_VALUE: 5 });
    await bench.reaches('FOCUS_SPEED', 'Alert');
    assert.deepEqual(wheel.done, [['speed', 3], ['inward', 250], ['inward', 5_000], ['abort']]);
    bench.want('FOCUS_TIMER', { FOCUS_TIMER_VALUE: 5_000 });
    await bench.reaches('FOCUS_TIMER', 'Busy');
    bench.want('CONNECTION', { DISCONNECT: true });
    await bench.has(() => bench.vector('FOCUS_TIMER') === undefined, 'gone');
    assert.equal(clock.pending, 0);
  });

  it('turns round and makes up for backlash, which is none while it is disabled', async () => {
    const wheel = new Wheel({ reverse: true, backlash: true });
    await using bench = await DriverBench.start(wheel);
    bench.want('CONNECTION', { CONNECT: true });
    await bench.has(() => bench.vector('Goto') !== undefined, 'definitions');
    bench.want('FOCUS_REVERSE_MOTION', { INDI_ENABLED: true });
    await bench.reaches('FOCUS_REVERSE_MOTION', 'Ok');
    bench.want('FOCUS_BACKLASH_STEPS', { FOCUS_BACKLASH_VALUE: 70 });
    await bench.has(() => /apply when Backlash is enabled/.test(bench.words), 'the word');
    bench.want('FOCUS_BACKLASH_TOGGLE', { INDI_ENABLED: true });
    await bench.reaches('FOCUS_BACKLASH_TOGGLE', 'Ok');
    bench.want('FOCUS_BACKLASH_STEPS', { FOCUS_BACKLASH_VALUE: 80 });
    bench.want('FOCUS_BACKLASH_STEPS', { FOCUS_BACKLASH_VALUE: 1_000 });
    await bench.reaches('FOCUS_BACKLASH_STEPS', 'Alert');
    assert.equal(bench.value('FOCUS_BACKLASH_STEPS', 'FOCUS_BACKLASH_VALUE'), 80);
    bench.want('FOCUS_BACKLASH_TOGGLE', { INDI_DISABLED: true });
    await bench.has(() => wheel.done.length === 4, 'everything');
    assert.deepEqual(wheel.done, [
      ['reverse', true],
      ['backlash', 70],
      ['backlash', 80],
      ['backlash', 0],
    ]);
  });

  it('says so where a driver lacks what its options promise', async () => {
    class Bare extends Focuser {
      constructor() {
        super('Bare', { kind: 'timed', reverse: true });
      }
    }
    await using bench = await DriverBench.start(new Bare());
    bench.want('CONNECTION', { CONNECT: true });
    await bench.has(() => bench.vector('FOCUS_REVERSE_MOTION') !== undefined, 'definitions');
    bench.want('FOCUS_REVERSE_MOTION', { INDI_ENABLED: true });
    await bench.reaches('FOCUS_REVERSE_MOTION', 'Alert');
    assert.match(bench.words, /Bare cannot be reversed/);
    assert.equal(bench.value('FOCUS_REVERSE_MOTION', 'INDI_DISABLED'), true);
  });
});
