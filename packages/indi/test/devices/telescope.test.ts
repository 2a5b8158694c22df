import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DriverBench,
  type Position,
  Telescope,
  type TelescopeOptions,
  type TrackMode,
} from '../../src/index.ts';

class Scope extends Telescope {
  readonly done: unknown[] = [];
  at: Position = { ra: 1, dec: 2 };

  constructor(options: TelescopeOptions) {
    super('Scope', options);
  }

  protected override async readPosition(): Promise<Position> {
    return this.at;
  }

  protected override async goto(target: Position): Promise<void> {
    this.done.push(['goto', target]);
  }

  protected override async track(on: boolean): Promise<void> {
    this.done.push(['track', on]);
  }

  protected override async setTrackMode(mode: TrackMode): Promise<void> {
    this.done.push(['mode', mode]);
  }

  protected override async setTime(time: number, offset: number): Promise<void> {
    this.done.push(['time', time, offset]);
  }

  protected override async setLocation(...location: [number, number, number]): Promise<void> {
    this.done.push(['location', ...location]);
  }

  protected override async setSlewRate(index: number): Promise<void> {
    this.done.push(['rate', index]);
  }
}

const started = async (scope: Scope): Promise<DriverBench> => {
  const bench = await DriverBench.start(scope);
  bench.want('CONNECTION', { CONNECT: true });
  await bench.reaches('CONNECTION', 'Ok');
  await bench.has(() => bench.value('EQUATORIAL_EOD_COORD', 'RA') === 1, 'the position');
  return bench;
};

describe('Telescope', () => {
  it('has the properties of what it can do, and no others', async () => {
    await using bench = await started(new Scope({ time: true, slewRates: ['Slow', 'Fast'] }));
    for (const name of ['ON_COORD_SET', 'TARGET_EOD_COORD', 'TIME_UTC', 'TELESCOPE_SLEW_RATE'])
      assert.notEqual(bench.vector(name), undefined, name);
    for (const name of [
      'TELESCOPE_PARK',
      'GEOGRAPHIC_COORD',
      'TELESCOPE_ABORT_MOTION',
      'TELESCOPE_MOTION_NS',
    ])
      assert.equal(bench.vector(name), undefined, name);
    assert.equal(bench.value('DRIVER_INFO', 'DRIVER_INTERFACE'), '1');
    bench.want('CONNECTION', { DISCONNECT: true });
    await bench.has(() => bench.vector('TIME_UTC') === undefined, 'gone');
  });

  it('hands over time, location, tracking and rates', async () => {
    const scope = new Scope({ time: true, location: true, tracking: true, slewRates: ['Slow', 'Fast'] });
    await using bench = await started(scope);
    bench.want('TIME_UTC', { UTC: '2026-11-20T10:05:48', OFFSET: '-3.5' });
    bench.want('GEOGRAPHIC_COORD', { LAT: -33.5, LONG: 289.25, ELEV: 2_400 });
    bench.want('TELESCOPE_TRACK_STATE', { TRACK_ON: true });
    bench.want('TELESCOPE_TRACK_MODE', { TRACK_LUNAR: true });
    bench.want('TELESCOPE_SLEW_RATE', { '1x': true });
    await bench.has(() => scope.done.length === 5, 'everything');
    assert.deepEqual(scope.done, [
      ['time', Date.UTC(2026, 10, 20, 10, 5, 48), -3.5],
      ['location', -33.5, 289.25, 2_400],
      ['track', true],
      ['mode', 'lunar'],
      ['rate', 0],
    ]);
    await bench.reaches('GEOGRAPHIC_COORD', 'Ok');
    bench.want('TIME_UTC', { UTC: 'yesterday', OFFSET: '0' });
    await bench.reaches('TIME_UTC', 'Alert');
    assert.match(bench.words, /"yesterday".*is not a time such as/);
  });

  it('says what it cannot do, and that a position cannot be read', async () => {
    const scope = new Scope({});
    await using bench = await started(scope);
    bench.want('ON_COORD_SET', { SYNC: true });
    await bench.reaches('ON_COORD_SET', 'Ok');
    bench.want('EQUATORIAL_EOD_COORD', { RA: 3, DEC: 4 });
    await bench.has(() => /cannot be synchronised/.test(bench.words), 'the refusal');
    assert.deepEqual(scope.done, []);
    scope.at = { ra: Number.NaN, dec: 0 };
    bench.want('POLLING_PERIOD', { PERIOD_MS: 10 });
    await bench.has(() => /NaN for RA of EQUATORIAL_EOD_COORD/.test(bench.words), 'the reason');
    assert.equal(bench.state('EQUATORIAL_EOD_COORD'), 'Alert');
  });
});
