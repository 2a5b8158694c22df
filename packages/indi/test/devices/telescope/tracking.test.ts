import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { everything, Scope, started } from './scope.ts';

const SIDEREAL = 15.041_067_178_670_2;

describe('Tracking of a telescope', () => {
  it('begins with the mode that was chosen, which is only remembered before', async () => {
    const scope = new Scope(everything);
    await using bench = await started(scope);
    scope.told();
    bench.want('TELESCOPE_TRACK_MODE', { TRACK_LUNAR: true });
    await bench.reaches('TELESCOPE_TRACK_MODE', 'Ok');
    assert.deepEqual(scope.told(), []);
    bench.want('TELESCOPE_TRACK_STATE', { TRACK_ON: true });
    await bench.reaches('TELESCOPE_TRACK_STATE', 'Busy');
    assert.deepEqual(scope.told(), [
      ['mode', 'lunar'],
      ['track', true],
    ]);
    await bench.reaches('EQUATORIAL_EOD_COORD', 'Ok');
    bench.want('TELESCOPE_TRACK_MODE', { TRACK_SOLAR: true });
    await bench.has(() => scope.done.length === 1, 'the mode');
    assert.deepEqual(scope.told(), [['mode', 'solar']]);
    bench.want('TELESCOPE_TRACK_STATE', { TRACK_OFF: true });
    await bench.reaches('TELESCOPE_TRACK_STATE', 'Idle');
    assert.deepEqual(scope.told(), [['track', false]]);
    await bench.reaches('EQUATORIAL_EOD_COORD', 'Idle');
  });

  it('takes rates of its own, which count in the mode Custom', async () => {
    const scope = new Scope(everything);
    await using bench = await started(scope);
    scope.told();
    const rate = bench.value('TELESCOPE_TRACK_RATE', 'TRACK_RATE_RA') as number;
    assert.ok(Math.abs(rate - SIDEREAL) < 1e-6, String(rate));
    bench.want('TELESCOPE_TRACK_RATE', { TRACK_RATE_RA: 15.5, TRACK_RATE_DE: 0.25 });
    await bench.has(() => /apply when the track mode is Custom/.test(bench.words), 'the word');
    bench.want('TELESCOPE_TRACK_MODE', { TRACK_CUSTOM: true });
    bench.want('TELESCOPE_TRACK_STATE', { TRACK_ON: true });
    await bench.reaches('TELESCOPE_TRACK_STATE', 'Busy');
    assert.deepEqual(scope.told(), [
      ['mode', 'custom'],
      ['rate', { ra: 15.5, dec: 0.25 }],
      ['track', true],
    ]);
    bench.want('TELESCOPE_TRACK_RATE', { TRACK_RATE_RA: 15.6, TRACK_RATE_DE: 0.25 });
    await bench.has(() => scope.done.length === 1, 'the rate');
    assert.deepEqual(scope.told(), [['rate', { ra: 15.6, dec: 0.25 }]]);
    bench.want('TELESCOPE_TRACK_RATE', { TRACK_RATE_RA: -15.6, TRACK_RATE_DE: 0.25 });
    await bench.reaches('TELESCOPE_TRACK_RATE', 'Alert');
    assert.match(bench.words, /cannot turn round while it tracks/);
    assert.equal(bench.value('TELESCOPE_TRACK_RATE', 'TRACK_RATE_RA'), 15.6);
    assert.deepEqual(scope.told(), []);
  });

  it('tells a mount that always tracks at once', async () => {
    const scope = new Scope({ trackModes: ['sidereal', 'lunar'], trackRate: true, park: true });
    await using bench = await started(scope);
    assert.equal(bench.vector('TELESCOPE_TRACK_STATE'), undefined);
    assert.equal(bench.value('TELESCOPE_TRACK_MODE', 'TRACK_SOLAR'), undefined);
    bench.want('TELESCOPE_TRACK_MODE', { TRACK_LUNAR: true });
    await bench.reaches('TELESCOPE_TRACK_MODE', 'Ok');
    assert.deepEqual(scope.told(), [['mode', 'lunar']]);
    scope.state = 'parked';
    bench.want('TELESCOPE_TRACK_MODE', { TRACK_SIDEREAL: true });
    await bench.has(() => bench.value('TELESCOPE_TRACK_MODE', 'TRACK_SIDEREAL') === true, 'remembered');
    assert.deepEqual(scope.told(), []);
    bench.want('TELESCOPE_PARK', { UNPARK: true });
    await bench.has(() => scope.done.length === 2, 'the mode');
    assert.deepEqual(scope.told(), [['unpark'], ['mode', 'sidereal']]);
  });

  for (const [set, arrives, told] of [
    [
      'TRACK',
      'idle',
      [
        ['mode', 'sidereal'],
        ['track', true],
      ],
    ],
    ['TRACK', 'tracking', []],
    ['SLEW', 'tracking', [['track', false]]],
    ['SLEW', 'idle', []],
  ] as const)
    it(`does as ON_COORD_SET ${set} says at the end of a goto that leaves the mount ${arrives}`, async () => {
      const scope = new Scope(everything);
      await using bench = await started(scope);
      bench.want('ON_COORD_SET', { [set]: true });
      await bench.reaches('ON_COORD_SET', 'Ok');
      bench.want('EQUATORIAL_EOD_COORD', { RA: 3, DEC: 4 });
      await bench.reaches('EQUATORIAL_EOD_COORD', 'Busy');
      scope.told();
      scope.state = arrives;
      const tracks = set === 'TRACK';
      await bench.reaches('EQUATORIAL_EOD_COORD', tracks ? 'Ok' : 'Idle');
      await bench.has(() => bench.value('TELESCOPE_TRACK_STATE', 'TRACK_ON') === tracks, 'the state');
      assert.deepEqual(scope.told(), told);
    });

  it('shows what the mount says itself, and refuses while it is parked', async () => {
    const scope = new Scope(everything);
    await using bench = await started(scope);
    scope.state = 'tracking';
    await bench.reaches('TELESCOPE_TRACK_STATE', 'Busy');
    scope.state = 'parked';
    await bench.reaches('TELESCOPE_TRACK_STATE', 'Idle');
    scope.told();
    bench.want('TELESCOPE_TRACK_STATE', { TRACK_ON: true });
    await bench.reaches('TELESCOPE_TRACK_STATE', 'Alert');
    assert.match(bench.words, /while it is parked: unpark it first/);
    bench.want('TELESCOPE_TRACK_MODE', { TRACK_LUNAR: true });
    await bench.reaches('TELESCOPE_TRACK_MODE', 'Ok');
    assert.deepEqual(scope.told(), []);
  });

  it('says so when a mount does not track at its target', async () => {
    const scope = new Scope(everything);
    await using bench = await started(scope);
    bench.want('EQUATORIAL_EOD_COORD', { RA: 3, DEC: 4 });
    await bench.reaches('EQUATORIAL_EOD_COORD', 'Busy');
    scope.broken.add('track');
    scope.state = 'idle';
    await bench.has(() => /The mount refuses: track/.test(bench.words), 'the reason');
    await bench.reaches('EQUATORIAL_EOD_COORD', 'Idle');
  });
});
