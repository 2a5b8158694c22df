import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DriverBench, Focuser, type FocuserReading } from '../../src/index.ts';

class Wheel extends Focuser {
  position = 5_000;
  target = 5_000;

  constructor() {
    super('Wheel', { max: 10_000, abort: true, sync: true });
  }

  protected override async readPosition(): Promise<FocuserReading> {
    const way = this.target - this.position;
    this.position += Math.sign(way) * Math.min(Math.abs(way), 500);
    return { position: this.position, moving: this.position !== this.target };
  }

  protected override async moveTo(position: number): Promise<void> {
    this.target = position;
  }

  protected override async abort(): Promise<void> {
    this.target = this.position;
  }

  protected override async sync(position: number): Promise<void> {
    this.position = this.target = position;
  }
}

describe('Focuser', () => {
  const started = async (): Promise<DriverBench> => {
    const bench = await DriverBench.start(new Wheel());
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
});
