import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { hourAngle, siderealTime } from '../../../src/devices/telescope/sky.ts';
import type { TelescopeOptions } from '../../../src/index.ts';
import { everything, Scope, started } from './scope.ts';

/** A home folder, kept over several runs of drivers. */
async function home(): Promise<{ folder: string; path: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-park-'));
  await mkdir(join(folder, '.indi'));
  const path = join(folder, '.indi', 'ParkData.xml');
  return { folder, path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

const parkable: TelescopeOptions = { park: { axes: 'AZ_ALT', default: [0, 90] }, abort: true };
const OTHER = `<device name="Dome &amp; Co"><parkstatus>true</parkstatus><parkposition><axis1position>5</axis1position></parkposition></device>`;

describe('Parking of a telescope', () => {
  it('parks, refuses to move, unparks', async () => {
    const scope = new Scope(parkable);
    await using bench = await started(scope);
    assert.equal(bench.state('TELESCOPE_PARK'), 'Ok');
    assert.equal(bench.value('TELESCOPE_PARK', 'UNPARK'), true);
    scope.told();
    bench.want('TELESCOPE_PARK', { PARK: true });
    await bench.reaches('TELESCOPE_PARK', 'Busy');
    assert.equal(scope.state, 'parking');
    scope.state = 'parked';
    await bench.reaches('TELESCOPE_PARK', 'Ok');
    assert.equal(bench.value('TELESCOPE_PARK', 'PARK'), true);
    bench.want('EQUATORIAL_EOD_COORD', { RA: 1, DEC: 1 });
    await bench.has(() => /while it is parked/.test(bench.words), 'the refusal');
    bench.want('TELESCOPE_PARK', { PARK: true });
    bench.want('TELESCOPE_PARK', { UNPARK: true });
    await bench.has(() => bench.value('TELESCOPE_PARK', 'UNPARK') === true, 'unparked');
    assert.equal(scope.state, 'idle');
    assert.deepEqual(scope.told(), [['park', [0, 90]], ['unpark']]);
  });

  it('is stopped on its way', async () => {
    const scope = new Scope(parkable);
    await using bench = await started(scope);
    for (const [property, stop] of [
      ['TELESCOPE_ABORT_MOTION', { ABORT: true }],
      ['TELESCOPE_PARK', { UNPARK: true }],
    ] as const) {
      bench.want('TELESCOPE_PARK', { PARK: true });
      await bench.reaches('TELESCOPE_PARK', 'Busy');
      bench.want(property, stop as Record<string, boolean>);
      await bench.reaches('TELESCOPE_PARK', 'Alert');
      assert.equal(bench.value('TELESCOPE_PARK', 'UNPARK'), true);
      assert.equal(scope.state, 'idle');
    }
    assert.match(bench.words, /Parking is stopped/);
  });

  it('keeps that it is parked, and where, across runs; what else is in the file stays', async () => {
    await using at = await home();
    await writeFile(at.path, `<parkdata>\n${OTHER}\n</parkdata>`);
    {
      const scope = new Scope(parkable);
      await using bench = await started(scope, { folder: at.folder });
      bench.want('TELESCOPE_PARK_POSITION', { PARK_AZ: 123.5, PARK_ALT: -4.25 });
      await bench.reaches('TELESCOPE_PARK_POSITION', 'Ok');
      bench.want('TELESCOPE_PARK', { PARK: true });
      await bench.reaches('TELESCOPE_PARK', 'Busy');
      scope.state = 'parked';
      await bench.reaches('TELESCOPE_PARK', 'Ok');
    }
    const text = await readFile(at.path, 'utf8');
    assert.ok(text.includes(OTHER), text);
    const scope = new Scope(parkable);
    await using bench = await started(scope, { folder: at.folder });
    await bench.reaches('TELESCOPE_PARK', 'Ok');
    assert.equal(bench.value('TELESCOPE_PARK', 'PARK'), true);
    assert.equal(scope.state, 'parked');
    assert.equal(bench.value('TELESCOPE_PARK_POSITION', 'PARK_ALT'), -4.25);
    assert.deepEqual(scope.told(), [['parkPosition', [123.5, -4.25]]]);
    bench.want('TELESCOPE_PARK', { UNPARK: true });
    await bench.has(() => bench.value('TELESCOPE_PARK', 'UNPARK') === true, 'unparked');
    assert.match(await readFile(at.path, 'utf8'), /"Scope">\s*<parkstatus>false/);
  });

  it('takes the place where it is for its park position, or the default, and writes or forgets it', async () => {
    await using at = await home();
    const scope = new Scope({ ...everything, park: { axes: 'RA_DEC', default: [6, 80] } });
    await using bench = await started(scope, { folder: at.folder });
    scope.told();
    bench.want('TELESCOPE_PARK_OPTION', { PARK_CURRENT: true });
    await bench.has(() => bench.value('TELESCOPE_PARK_POSITION', 'PARK_DEC') === 2, 'the present place');
    await bench.reaches('TELESCOPE_PARK_OPTION', 'Ok');
    bench.want('TELESCOPE_PARK_OPTION', { PARK_DEFAULT: true });
    await bench.has(() => bench.value('TELESCOPE_PARK_POSITION', 'PARK_DEC') === 80, 'the default');
    assert.deepEqual(scope.told(), [
      ['parkPosition', [1, 2]],
      ['parkPosition', [6, 80]],
    ]);
    await assert.rejects(readFile(at.path), { code: 'ENOENT' });
    bench.want('TELESCOPE_PARK_OPTION', { PARK_WRITE_DATA: true });
    await bench.has(() => /Park data saved in .*ParkData.xml/.test(bench.words), 'saved');
    assert.match(await readFile(at.path, 'utf8'), /<axis2position>80.000000</);
    bench.want('TELESCOPE_PARK_OPTION', { PARK_PURGE_DATA: true });
    await bench.has(() => /Park data purged/.test(bench.words), 'purged');
    assert.doesNotMatch(await readFile(at.path, 'utf8'), /Scope/);
    assert.equal(bench.value('TELESCOPE_PARK_OPTION', 'PARK_PURGE_DATA'), false);
  });

  it('knows the hour angle of its place once it knows where on earth that is', async () => {
    const scope = new Scope({ park: { axes: 'HA_DEC', default: [-6, 90] }, location: true });
    await using bench = await started(scope);
    bench.want('TELESCOPE_PARK_OPTION', { PARK_CURRENT: true });
    await bench.reaches('TELESCOPE_PARK_OPTION', 'Alert');
    assert.match(bench.words, /set its location first/);
    bench.want('GEOGRAPHIC_COORD', { LAT: 48, LONG: 11, ELEV: 500 });
    await bench.reaches('GEOGRAPHIC_COORD', 'Ok');
    bench.want('TELESCOPE_PARK_OPTION', { PARK_CURRENT: true });
    await bench.reaches('TELESCOPE_PARK_OPTION', 'Ok');
    const shown = bench.value('TELESCOPE_PARK_POSITION', 'PARK_HA') as number;
    assert.ok(Math.abs(shown - hourAngle(1, Date.now(), 11)) < 0.01, String(shown));
  });

  it('says so when park data cannot be read, and touches nothing of it', async () => {
    await using at = await home();
    await writeFile(at.path, '<parkdata><device name="Scope"');
    await using bench = await started(new Scope(parkable), { folder: at.folder });
    assert.match(bench.words, /configuration in .*ParkData.xml cannot be read/);
    assert.equal(bench.value('TELESCOPE_PARK', 'UNPARK'), true);
    bench.want('TELESCOPE_PARK_OPTION', { PARK_WRITE_DATA: true });
    await bench.reaches('TELESCOPE_PARK_OPTION', 'Alert');
    assert.equal(await readFile(at.path, 'utf8'), '<parkdata><device name="Scope"');
  });
});

describe('The sky', () => {
  // Meeus, Astronomical Algorithms, examples 12.a and 12.b: mean sidereal time at Greenwich.
  it('turns as the almanac says', () => {
    const seconds = (h: number, m: number, s: number): number => h * 3_600 + m * 60 + s;
    const at = (time: number): number => siderealTime(time, 0) * 3_600;
    assert.ok(Math.abs(at(Date.UTC(1987, 3, 10)) - seconds(13, 10, 46.3668)) < 0.1);
    assert.ok(Math.abs(at(Date.UTC(1987, 3, 10, 19, 21)) - seconds(8, 34, 57.0896)) < 0.1);
    const time = Date.UTC(1987, 3, 10);
    assert.ok(Math.abs(hourAngle(siderealTime(time, 30), time, 30)) < 1e-9);
    assert.ok(hourAngle(20, time, 0) < -6 && hourAngle(20, time, 0) > -12);
  });
});
