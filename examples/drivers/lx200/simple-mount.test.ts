/** Mounts that know few commands: what they do not know they do not answer, as the protocol has it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Clock, systemClock } from '@fairlead/core';
import { DriverBench } from '@fairlead/indi';
import { driverSuite, eventually, FakeClock } from '@fairlead/testkit';
import { Arrival } from './arrival.ts';
import { Lx200 } from './driver.ts';
import { BASIC, Mount, simulateMount } from './simulator.ts';

const portOf = ({ address }: { address: string }): number => Number(address.split(':').at(-1));
const simple = (knows: readonly string[] = BASIC): Mount => new Mount(undefined, knows);

driverSuite('lx200 with a simple mount', {
  device: 'LX200 Mount',
  start: (folder) => DriverBench.start(new Lx200(), { folder, ask: false }),
  peer: () => simulateMount('tcp://127.0.0.1:0', simple()),
  before: { CONNECTION_MODE: { CONNECTION_TCP: true } },
});

interface Running extends AsyncDisposable {
  readonly bench: DriverBench;
  /** How many commands of a kind the mount has heard. */
  readonly heard: (command: string) => number;
}

/** Runs five times as fast as the real one: the waits for answers that do not come are long. */
const quick: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * 5,
  after: (ms, run) => systemClock.after(ms / 5, run),
  clear: (timer) => systemClock.clear(timer),
};

async function started(mount: Mount): Promise<Running> {
  const server = await simulateMount('tcp://127.0.0.1:0', mount);
  const bench = await DriverBench.start(new Lx200(), { clock: quick });
  bench.want('CONNECTION_MODE', { CONNECTION_TCP: true });
  bench.want('POLLING_PERIOD', { PERIOD_MS: 10 });
  await bench.connect(portOf(server));
  await bench.has(() => bench.value('EQUATORIAL_EOD_COORD', 'DEC') === 45, 'the position');
  const dispose = async (): Promise<void> => {
    await bench[Symbol.asyncDispose]();
    await server.close();
  };
  const heard = (command: string) => mount.heard.filter((other) => other.startsWith(command)).length;
  return { bench, heard, [Symbol.asyncDispose]: dispose };
}

const lost = ({ bench }: Running): boolean => /is lost/.test(bench.words);

describe('LX200 driver of a simple mount', () => {
  it('ends a slew, though the mount does not know :D#, and keeps the link', async () => {
    await using running = await started(simple());
    const { bench, heard } = running;
    for (const dec of [40, 42]) {
      bench.want('EQUATORIAL_EOD_COORD', { RA: 6.2, DEC: dec });
      await bench.has(
        () =>
          bench.state('EQUATORIAL_EOD_COORD') === 'Ok' &&
          Math.abs((bench.value('EQUATORIAL_EOD_COORD', 'DEC') as number) - dec) < 0.2,
        `the end of the slew to ${dec}`,
      );
    }
    assert.equal(heard('D'), 1);
    assert.ok(!lost(running), bench.words);
    assert.match(bench.words, /does not answer ":D#"/);
  });

  it('says in words what such a mount cannot do, asks for each once, and keeps the link', async () => {
    await using running = await started(simple(BASIC.filter((command) => command !== 'CM')));
    const { bench, heard } = running;
    bench.want('ON_COORD_SET', { SYNC: true });
    await bench.reaches('ON_COORD_SET', 'Ok');
    bench.want('EQUATORIAL_EOD_COORD', { RA: 6, DEC: 44 });
    await bench.has(() => /cannot be synchronised/.test(bench.words), 'no synchronising');
    bench.want('GEOGRAPHIC_COORD', { LAT: 48, LONG: 11, ELEV: 500 });
    await bench.has(() => /does not take the longitude/.test(bench.words), 'no longitude');
    await bench.reaches('GEOGRAPHIC_COORD', 'Alert');
    bench.want('GEOGRAPHIC_COORD', { LAT: 47, LONG: 12, ELEV: 500 });
    await bench.has(() => bench.words.match(/does not take the longitude/g)?.length === 2, 'again');
    bench.want('TIME_UTC', { UTC: '2026-12-31T23:30:05', OFFSET: '1' });
    await bench.has(() => /does not take the time zone/.test(bench.words), 'no time');
    await bench.reaches('EQUATORIAL_EOD_COORD', 'Idle');
    assert.deepEqual(['CM', 'Sg', 'SG'].map(heard), [1, 1, 1]);
    assert.ok(!lost(running), bench.words);
  });

  it('tracks, and says that tracking cannot be switched off', async () => {
    await using running = await started(simple());
    const { bench, heard } = running;
    bench.want('TELESCOPE_TRACK_STATE', { TRACK_ON: true });
    await bench.reaches('TELESCOPE_TRACK_STATE', 'Busy');
    bench.want('TELESCOPE_TRACK_STATE', { TRACK_OFF: true });
    await bench.has(() => /cannot be switched off/.test(bench.words), 'the reason');
    bench.want('TELESCOPE_TRACK_MODE', { TRACK_CUSTOM: true });
    await bench.has(() => /does not take the rate/.test(bench.words), 'no rate');
    assert.equal(heard('\x06'), 1);
    assert.ok(!lost(running), bench.words);
  });

  it('parks such a mount: it has once it stands still', async () => {
    await using running = await started(simple([...BASIC, 'hP']));
    const { bench } = running;
    bench.want('TELESCOPE_PARK', { PARK: true });
    await bench.reaches('TELESCOPE_PARK', 'Busy');
    await eventually(() => bench.state('TELESCOPE_PARK') === 'Ok', 'parked');
    assert.equal(bench.value('TELESCOPE_PARK', 'PARK'), true);
    assert.ok(!lost(running), bench.words);
  });
});

describe('arrival, told by positions', () => {
  it('is at the target, or where the mount has stood still for five seconds', async () => {
    const clock = new FakeClock();
    const arrival = new Arrival({ ra: 7, dec: 30 }, clock);
    assert.equal(arrival.at({ ra: 6, dec: 45 }), 'moves');
    await clock.advance(4_900);
    assert.equal(arrival.at({ ra: 6, dec: 45.01 }), 'moves');
    assert.equal(arrival.at({ ra: 6, dec: 44 }), 'moves');
    await clock.advance(4_900);
    assert.equal(arrival.at({ ra: 6, dec: 44 }), 'moves');
    assert.equal(arrival.at({ ra: 7.001, dec: 30.05 }), 'there');
    await clock.advance(100);
    assert.equal(arrival.at({ ra: 6, dec: 44 }), 'stands');
  });

  it('reckons along the sky: over the end of the day, and at the pole', () => {
    assert.equal(new Arrival({ ra: 0.001, dec: 10 }).at({ ra: 23.999, dec: 10 }), 'there');
    assert.equal(new Arrival({ ra: 3, dec: 89.99 }).at({ ra: 15, dec: 89.99 }), 'there');
  });
});
