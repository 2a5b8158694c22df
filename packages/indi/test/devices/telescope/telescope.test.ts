import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { everything, Scope, started } from './scope.ts';

describe('Telescope', () => {
  it('has the properties of what it can do, and no others', async () => {
    await using bench = await started(new Scope({ time: true, slewRates: ['Slow', 'Fast'] }));
    const shown = ['TELESCOPE_INFO', 'ON_COORD_SET', 'TARGET_EOD_COORD', 'TIME_UTC', 'TELESCOPE_SLEW_RATE'];
    for (const name of shown) assert.notEqual(bench.vector(name), undefined, name);
    const hidden =
      'TELESCOPE_PARK TELESCOPE_PARK_POSITION GEOGRAPHIC_COORD TELESCOPE_ABORT_MOTION TELESCOPE_MOTION_NS TELESCOPE_TRACK_MODE TELESCOPE_TRACK_STATE TELESCOPE_TRACK_RATE TELESCOPE_TIMED_GUIDE_NS GUIDE_RATE TELESCOPE_PIER_SIDE HORIZONTAL_COORD TELESCOPE_HOME';
    for (const name of hidden.split(' ')) assert.equal(bench.vector(name), undefined, name);
    assert.equal(bench.value('ON_COORD_SET', 'SYNC'), undefined);
    assert.equal(bench.value('DRIVER_INFO', 'DRIVER_INTERFACE'), '1');
    bench.want('CONNECTION', { DISCONNECT: true });
    await bench.has(() => bench.vector('TIME_UTC') === undefined, 'gone');
    assert.notEqual(bench.vector('TELESCOPE_INFO'), undefined);
  });

  it('hands over time and location, and shows the time of the mount', async () => {
    const scope = new Scope({ time: true, location: true });
    await using bench = await started(scope);
    bench.want('TIME_UTC', { UTC: '2026-11-20T10:05:48', OFFSET: '-3.5' });
    bench.want('GEOGRAPHIC_COORD', { LAT: -33.5, LONG: 289.25, ELEV: 2_400 });
    await bench.reaches('GEOGRAPHIC_COORD', 'Ok');
    assert.deepEqual(scope.told(), [
      ['time', Date.UTC(2026, 10, 20, 10, 5, 48), -3.5],
      ['location', -33.5, 289.25, 2_400],
    ]);
    bench.want('TIME_UTC', { UTC: 'yesterday', OFFSET: '0' });
    await bench.reaches('TIME_UTC', 'Alert');
    assert.match(bench.words, /"yesterday".*is not a time such as/);
    scope.showTime(Date.UTC(2026, 0, 2, 3, 4, 5), 1);
    await bench.reaches('TIME_UTC', 'Ok');
    assert.equal(bench.value('TIME_UTC', 'UTC'), '2026-01-02T03:04:05');
    assert.equal(bench.value('TIME_UTC', 'OFFSET'), '1.00');
  });

  it('goes where it is told, and looks where it is said to', async () => {
    const scope = new Scope({ sync: true });
    await using bench = await started(scope);
    bench.want('EQUATORIAL_EOD_COORD', { RA: 3, DEC: 4 });
    await bench.reaches('EQUATORIAL_EOD_COORD', 'Busy');
    assert.equal(bench.value('TARGET_EOD_COORD', 'RA'), 3);
    assert.equal(bench.state('TARGET_EOD_COORD'), 'Busy');
    scope.reading = { ra: 3, dec: 4 };
    scope.state = 'tracking';
    await bench.reaches('EQUATORIAL_EOD_COORD', 'Ok');
    await bench.reaches('TARGET_EOD_COORD', 'Ok');
    bench.want('ON_COORD_SET', { SYNC: true });
    await bench.reaches('ON_COORD_SET', 'Ok');
    bench.want('EQUATORIAL_EOD_COORD', { RA: 5, DEC: 6 });
    await bench.has(() => scope.done.length === 2, 'the sync');
    assert.deepEqual(scope.told(), [
      ['goto', { ra: 3, dec: 4 }],
      ['sync', { ra: 5, dec: 6 }],
    ]);
  });

  it('shows azimuth and altitude, goes there, and says on which side of the pier it is', async () => {
    const scope = new Scope({ horizontal: 'goto', pierSide: true });
    scope.reading = { ra: 1, dec: 2, azimuth: 180, altitude: 45, pierSide: 'west' };
    await using bench = await started(scope);
    await bench.has(() => bench.value('TELESCOPE_PIER_SIDE', 'PIER_WEST') === true, 'the side');
    assert.equal(bench.value('HORIZONTAL_COORD', 'AZ'), 180);
    bench.want('HORIZONTAL_COORD', { AZ: 90, ALT: 30 });
    await bench.reaches('HORIZONTAL_COORD', 'Busy');
    assert.deepEqual(scope.told(), [['gotoHorizontal', { azimuth: 90, altitude: 30 }]]);
    scope.state = 'idle';
    scope.reading = { ra: 1, dec: 2, azimuth: 90, altitude: 30, pierSide: 'east' };
    await bench.has(() => bench.value('TELESCOPE_PIER_SIDE', 'PIER_EAST') === true, 'the other side');
    await bench.reaches('HORIZONTAL_COORD', 'Idle');
    scope.reading = { ra: 1, dec: 2 };
    await bench.has(() => bench.value('TELESCOPE_PIER_SIDE', 'PIER_EAST') === false, 'nobody knows');
    await using fixed = await started(new Scope({ horizontal: 'shown' }));
    fixed.want('HORIZONTAL_COORD', { AZ: 90, ALT: 30 });
    await fixed.has(() => /HORIZONTAL_COORD\) is read-only/.test(fixed.words), 'the refusal');
  });

  it('finds its home, goes there, and takes another', async () => {
    const scope = new Scope({ home: ['find', 'set', 'go'], abort: true });
    await using bench = await started(scope);
    bench.want('TELESCOPE_HOME', { FIND: true });
    await bench.reaches('TELESCOPE_HOME', 'Busy');
    assert.equal(bench.value('TELESCOPE_HOME', 'FIND'), true);
    scope.state = 'idle';
    await bench.reaches('TELESCOPE_HOME', 'Ok');
    assert.equal(bench.value('TELESCOPE_HOME', 'FIND'), false);
    bench.want('TELESCOPE_HOME', { GO: true });
    await bench.reaches('TELESCOPE_HOME', 'Busy');
    bench.want('TELESCOPE_HOME', { GO: false });
    await bench.reaches('TELESCOPE_HOME', 'Idle');
    bench.want('TELESCOPE_HOME', { SET: true });
    await bench.reaches('TELESCOPE_HOME', 'Ok');
    assert.deepEqual(scope.told(), [['home', 'find'], ['home', 'go'], ['abort'], ['home', 'set']]);
  });

  it('stops, and does again what it did before', async () => {
    const scope = new Scope(everything);
    await using bench = await started(scope);
    scope.state = 'tracking';
    await bench.reaches('EQUATORIAL_EOD_COORD', 'Ok');
    bench.want('EQUATORIAL_EOD_COORD', { RA: 3, DEC: 4 });
    await bench.reaches('EQUATORIAL_EOD_COORD', 'Busy');
    bench.want('TELESCOPE_ABORT_MOTION', { ABORT: true });
    await bench.reaches('TELESCOPE_ABORT_MOTION', 'Ok');
    assert.equal(scope.state, 'tracking');
    assert.equal(bench.state('EQUATORIAL_EOD_COORD'), 'Ok');
    assert.equal(bench.state('TARGET_EOD_COORD'), 'Idle');
    assert.equal(bench.value('TELESCOPE_ABORT_MOTION', 'ABORT'), false);
  });

  it('says what it cannot do, and that a position cannot be read', async () => {
    const scope = new Scope({});
    await using bench = await started(scope);
    bench.want('ON_COORD_SET', { SYNC: true });
    await bench.reaches('ON_COORD_SET', 'Alert');
    assert.match(bench.words, /SYNC is not a member/);
    scope.broken.add('goto');
    bench.want('EQUATORIAL_EOD_COORD', { RA: 3, DEC: 4 });
    await bench.has(() => /The mount refuses: goto/.test(bench.words), 'the refusal');
    assert.equal(scope.state, 'idle');
    assert.deepEqual(scope.told(), []);
    scope.reading = { ra: Number.NaN, dec: 0 };
    await bench.has(() => /RA of EQUATORIAL_EOD_COORD to NaN/.test(bench.words), 'the reason');
    assert.equal(bench.state('EQUATORIAL_EOD_COORD'), 'Alert');
  });
});
