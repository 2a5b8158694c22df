import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DriverBench, formatSexagesimal } from '@fairlead/indi';
import { ByteSink, Deframer, type FrameDecoder } from '@fairlead/tcp';
import { driverSuite, eventually, requirePeer } from '@fairlead/testkit';
import { IndiServer } from '../indi-server.ts';
import { Lx200 } from './driver.ts';
import { answers, commands, degrees, digit, hours } from './protocol.ts';
import { Mount, simulateMount } from './simulator.ts';

const portOf = ({ address }: { address: string }): number => Number(address.split(':').at(-1));
const frames = (decoder: FrameDecoder<string>, hex: string): string[] =>
  new Deframer(decoder, 'lx200').push(Buffer.from(hex, 'hex'));

describe('LX200 wire', () => {
  // Answers and commands published by nebulosa.ts and PyLX200Mount.
  it('cuts answers and commands', () => {
    assert.deepEqual(frames(answers.decoder(), '7c2330303a30303a3030232b31332a30303a3030232b31322a313523'), [
      '|',
      '00:00:00',
      '+13*00:00',
      '+12*15',
    ]);
    assert.deepEqual(frames(commands.decoder(), '3a53642d30342a30353a3036233a4d5323233a434d233a512306'), [
      'Sd-04*05:06',
      'MS',
      'CM',
      'Q',
      '\x06',
    ]);
    assert.deepEqual(frames(digit().decoder(), '3131'), ['1', '1']);
    assert.deepEqual(frames(digit(1).decoder(), '30314e6f2e2330'), ['0', '1No.', '0']);
    assert.deepEqual(frames(digit(2).decoder(), '3155232023'), ['1U# ']);
    assert.deepEqual(frames(digit(2).decoder(), '3031552320'), ['0']);
  });

  it('writes hours and degrees, rounded up where that is nearer', () => {
    assert.equal(hours(23 + 59 / 60 + 59.6 / 3_600), '00:00:00');
    assert.equal(hours(7), '07:00:00');
    assert.equal(degrees(12 + 59 / 60 + 59.6 / 3_600), '+13*00:00');
    assert.equal(degrees(-4 - 5 / 60 - 6 / 3_600), '-04*05:06');
    assert.throws(() => answers.encoder().encode(':Ä#', new ByteSink()), { code: 'MESSAGE_NOT_ENCODABLE' });
  });
});

driverSuite('lx200', {
  device: 'LX200 Mount',
  start: (folder) => DriverBench.start(new Lx200(), { folder, ask: false }),
  peer: () => simulateMount('tcp://127.0.0.1:0', new Mount()),
  before: { CONNECTION_MODE: { CONNECTION_TCP: true } },
});

describe('LX200 mount', () => {
  const started = async (mount: Mount): Promise<{ bench: DriverBench } & AsyncDisposable> => {
    const server = await simulateMount('tcp://127.0.0.1:0', mount);
    const bench = await DriverBench.start(new Lx200());
    bench.want('CONNECTION_MODE', { CONNECTION_TCP: true });
    bench.want('POLLING_PERIOD', { PERIOD_MS: 10 });
    await bench.connect(portOf(server));
    await bench.has(() => bench.value('EQUATORIAL_EOD_COORD', 'DEC') === 45, 'the position');
    const dispose = async (): Promise<void> => {
      await bench[Symbol.asyncDispose]();
      await server.close();
    };
    return { bench, [Symbol.asyncDispose]: dispose };
  };
  const near = (bench: DriverBench, ra: number, dec: number): boolean =>
    Math.abs((bench.value('EQUATORIAL_EOD_COORD', 'RA') as number) - ra) < 0.01 &&
    Math.abs((bench.value('EQUATORIAL_EOD_COORD', 'DEC') as number) - dec) < 0.01;

  it('goes where it is told, and says when it is there', async () => {
    const mount = new Mount();
    await using running = await started(mount);
    const { bench } = running;
    bench.want('EQUATORIAL_EOD_COORD', { RA: 6.2, DEC: 40 });
    await bench.reaches('EQUATORIAL_EOD_COORD', 'Busy');
    await bench.has(() => bench.state('EQUATORIAL_EOD_COORD') === 'Ok' && near(bench, 6.2, 40), 'the target');
    // The questions of the poll may stand between.
    const told = mount.heard.filter((command) => !['GR', 'GD', 'D'].includes(command));
    assert.deepEqual(told, ['Sr06:12:00', 'Sd+40*00:00', 'MS']);
    assert.equal(bench.state('TARGET_EOD_COORD'), 'Ok');
  });

  it('stops, synchronises, parks, and refuses to move while it is parked', async () => {
    const mount = new Mount();
    await using running = await started(mount);
    const { bench } = running;
    bench.want('EQUATORIAL_EOD_COORD', { RA: 18, DEC: -30 });
    await bench.reaches('EQUATORIAL_EOD_COORD', 'Busy');
    bench.want('TELESCOPE_ABORT_MOTION', { ABORT: true });
    await bench.reaches('TELESCOPE_ABORT_MOTION', 'Ok');
    await eventually(() => !mount.slewing, 'it stands');
    bench.want('ON_COORD_SET', { SYNC: true });
    await bench.reaches('ON_COORD_SET', 'Ok');
    bench.want('EQUATORIAL_EOD_COORD', { RA: 0, DEC: 88 });
    await bench.has(() => near(bench, 0, 88), 'the new position');
    bench.want('ON_COORD_SET', { TRACK: true });
    bench.want('TELESCOPE_PARK', { PARK: true });
    await bench.has(
      () => bench.state('TELESCOPE_PARK') === 'Ok' && bench.value('TELESCOPE_PARK', 'PARK') === true,
      'parked',
    );
    bench.want('EQUATORIAL_EOD_COORD', { RA: 1, DEC: 1 });
    await bench.has(() => /while it is parked/.test(bench.words), 'the refusal');
    bench.want('TELESCOPE_PARK', { UNPARK: true });
    await bench.has(() => bench.value('TELESCOPE_PARK', 'UNPARK') === true, 'unparked');
  });

  it('says in words what the mount refuses', async () => {
    await using running = await started(new Mount());
    const { bench } = running;
    bench.want('EQUATORIAL_EOD_COORD', { RA: 1, DEC: -80 });
    await bench.has(() => /refuses: Object below horizon/.test(bench.words), 'the reason');
    bench.want('TELESCOPE_MOTION_NS', { MOTION_NORTH: true });
    await bench.reaches('TELESCOPE_MOTION_NS', 'Busy');
    bench.want('TELESCOPE_MOTION_NS', { MOTION_NORTH: false });
    await bench.reaches('TELESCOPE_MOTION_NS', 'Idle');
    bench.want('TELESCOPE_SLEW_RATE', { '4x': true });
    await bench.reaches('TELESCOPE_SLEW_RATE', 'Ok');
  });

  it('tracks as it is told: on and off, by name and by rate', async () => {
    const mount = new Mount();
    await using running = await started(mount);
    const { bench } = running;
    bench.want('TELESCOPE_TRACK_MODE', { TRACK_LUNAR: true });
    bench.want('TELESCOPE_TRACK_STATE', { TRACK_ON: true });
    await bench.reaches('TELESCOPE_TRACK_STATE', 'Busy');
    await eventually(() => mount.rate === 'L' && mount.aligned === 'P', 'tracking');
    bench.want('TELESCOPE_TRACK_RATE', { TRACK_RATE_RA: 15.2, TRACK_RATE_DE: 0 });
    await bench.reaches('TELESCOPE_TRACK_RATE', 'Ok');
    bench.want('TELESCOPE_TRACK_MODE', { TRACK_CUSTOM: true });
    await eventually(() => mount.rate === 'M' && mount.frequency === 60.8, 'the rate');
    bench.want('TELESCOPE_TRACK_RATE', { TRACK_RATE_RA: 15.2, TRACK_RATE_DE: 1 });
    await bench.has(() => /right ascension only/.test(bench.words), 'the reason');
    bench.want('TELESCOPE_TRACK_RATE', { TRACK_RATE_RA: 200, TRACK_RATE_DE: 0 });
    await bench.has(() => /does not accept the rate/.test(bench.words), 'the refusal');
    bench.want('TELESCOPE_TRACK_STATE', { TRACK_OFF: true });
    await bench.reaches('TELESCOPE_TRACK_STATE', 'Idle');
    await eventually(() => mount.aligned === 'L', 'no tracking');
    const told = mount.heard.filter((command) => !['GR', 'GD', 'D'].includes(command));
    assert.deepEqual(told, ['TL', '\x06', 'AP', 'TM', 'ST060.8', 'ST800.0', '\x06', 'AL']);
  });

  it('goes back to its own alignment when it tracks again', async () => {
    const mount = new Mount();
    mount.aligned = 'A';
    await using running = await started(mount);
    const { bench } = running;
    bench.want('TELESCOPE_TRACK_STATE', { TRACK_ON: true });
    await bench.reaches('TELESCOPE_TRACK_STATE', 'Busy');
    bench.want('TELESCOPE_TRACK_STATE', { TRACK_OFF: true });
    await eventually(() => mount.aligned === 'L', 'no tracking');
    bench.want('TELESCOPE_TRACK_STATE', { TRACK_ON: true });
    await eventually(() => mount.aligned === 'A', 'tracking');
  });

  it('does not track after a goto that was only to slew', async () => {
    const mount = new Mount();
    await using running = await started(mount);
    const { bench } = running;
    bench.want('ON_COORD_SET', { SLEW: true });
    await bench.reaches('ON_COORD_SET', 'Ok');
    bench.want('EQUATORIAL_EOD_COORD', { RA: 6.1, DEC: 44 });
    await eventually(() => mount.aligned === 'L', 'no tracking');
    await bench.reaches('EQUATORIAL_EOD_COORD', 'Idle');
  });

  it('is guided by pulses', async () => {
    const mount = new Mount();
    await using running = await started(mount);
    const { bench } = running;
    bench.want('TELESCOPE_TIMED_GUIDE_NS', { TIMED_GUIDE_N: 200, TIMED_GUIDE_S: 0 });
    await bench.reaches('TELESCOPE_TIMED_GUIDE_NS', 'Busy');
    await bench.reaches('TELESCOPE_TIMED_GUIDE_NS', 'Idle');
    bench.want('TELESCOPE_TIMED_GUIDE_WE', { TIMED_GUIDE_E: 50 });
    await bench.reaches('TELESCOPE_TIMED_GUIDE_WE', 'Busy');
    await eventually(() => mount.heard.includes('Mge0050'), 'the second pulse');
    assert.ok(mount.heard.includes('Mgn0200'));
    assert.ok(mount.position.dec > 45 && mount.position.ra > 6);
  });

  it('is told where on earth it is, and when', async () => {
    const mount = new Mount();
    await using running = await started(mount);
    const { bench } = running;
    bench.want('GEOGRAPHIC_COORD', { LAT: 48.125, LONG: 11.59, ELEV: 520 });
    await bench.reaches('GEOGRAPHIC_COORD', 'Ok');
    bench.want('TIME_UTC', { UTC: '2026-12-31T23:30:05', OFFSET: '1' });
    await bench.reaches('TIME_UTC', 'Ok');
    assert.deepEqual(mount.site, {
      latitude: '+48*08',
      longitude: '348*25',
      zone: '-01.0',
      time: '00:30:05',
      date: '01/01/27',
    });
    bench.want('TIME_UTC', { UTC: '2026-06-30T02:00:00', OFFSET: '-3.5' });
    await bench.has(() => mount.site.zone === '+03.5' && mount.site.date === '06/29/26', 'the other side');
    await bench.has(
      () => bench.state('EQUATORIAL_EOD_COORD') === 'Idle' && near(bench, 6, 45),
      'life after it',
    );
  });

  it('asks a mount in low precision for high precision', async () => {
    const mount = new Mount();
    mount.short = true;
    await using running = await started(mount);
    assert.equal(mount.short, false);
    assert.equal(running.bench.state('CONNECTION'), 'Ok');
  });

  it('is driven by the tools of INDI, under indiserver', async (t) => {
    if (!requirePeer(t, 'indiserver')) return;
    const mount = new Mount();
    await using mounted = await simulateMount('tcp://127.0.0.1:0', mount);
    await using server = await IndiServer.start([fileURLToPath(new URL('driver.ts', import.meta.url))]);
    await goto(server, 'LX200 Mount', portOf(mounted), mount);
  });

  it('is driven by the real indi_lx200basic, simulated', async (t) => {
    if (!requirePeer(t, 'indi_lx200basic')) return;
    const mount = new Mount();
    await using mounted = await simulateMount('tcp://127.0.0.1:0', mount);
    await using server = await IndiServer.start(['indi_lx200basic']);
    await goto(server, 'LX200 Basic', portOf(mounted), mount);
  });
});

/** The same by whichever driver: connect by TCP, go somewhere, be there. */
async function goto(server: IndiServer, device: string, port: number, mount: Mount): Promise<void> {
  const ok = async (expression: string): Promise<void> => {
    const { code } = await server.until(expression);
    assert.equal(code, 0, `${expression}\n${server.log()}`);
  };
  await server.set(`${device}.CONNECTION_MODE.CONNECTION_TCP=On`);
  await ok(`"${device}.DEVICE_ADDRESS._STATE">=0`);
  await server.set(`${device}.DEVICE_ADDRESS.ADDRESS=127.0.0.1;PORT=${port}`);
  await ok(`"${device}.DEVICE_ADDRESS._STATE"==1`);
  await server.set(`${device}.CONNECTION.CONNECT=On`);
  await ok(`"${device}.CONNECTION._STATE"==1`);
  await ok(`"${device}.EQUATORIAL_EOD_COORD.DEC">44.9`);
  await server.set(`${device}.EQUATORIAL_EOD_COORD.RA=${formatSexagesimal(7, 2, 6)};DEC=30`);
  await ok(`"${device}.EQUATORIAL_EOD_COORD.DEC"<30.01 && "${device}.EQUATORIAL_EOD_COORD.RA">6.99`);
  assert.ok(mount.heard.join().includes('Sr07:00:00,Sd+30*00:00,MS'), mount.heard.join());
}
