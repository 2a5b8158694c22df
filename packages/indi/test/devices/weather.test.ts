import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '@fairlead/testkit';
import { DriverBench, indiLimits, WeatherDevice } from '../../src/index.ts';

class Station extends WeatherDevice {
  sky: Record<string, number> = { TEMPERATURE: 15, WIND: 0, SKY: -20, GUST: 99 };
  reads = 0;

  constructor() {
    super('Station');
    this.addParameter('TEMPERATURE', { label: 'Temperature (C)', min: -10, max: 30 });
    this.addParameter('WIND', { label: 'Wind (km/h)', min: 0, max: 20, warn: 50 });
    this.addParameter('SKY', { label: 'Sky (C)', min: -40, max: 0 });
    this.addParameter('GUST', { label: 'Gust (km/h)', min: 0, max: 20, critical: false });
  }

  protected override async readWeather(): Promise<Record<string, number>> {
    this.reads++;
    return this.sky;
  }
}

async function started(station: Station, clock: FakeClock, folder?: string): Promise<DriverBench> {
  const bench = await DriverBench.start(station, folder === undefined ? { clock } : { clock, folder });
  bench.want('CONNECTION', { CONNECT: true });
  await bench.reaches('CONNECTION', 'Ok');
  await clock.advance(1);
  await bench.has(() => bench.state('WEATHER_PARAMETERS') !== 'Idle', 'the first reading');
  return bench;
}

describe('WeatherDevice', () => {
  it('judges what is critical, each by its range', async () => {
    const clock = new FakeClock();
    const station = new Station();
    await using bench = await started(station, clock);
    await bench.reaches('WEATHER_STATUS', 'Ok');
    assert.equal(bench.value('WEATHER_STATUS', 'GUST'), undefined);
    for (const [name, value, state] of [
      ['TEMPERATURE', 29, 'Busy'],
      ['TEMPERATURE', -9, 'Busy'],
      ['TEMPERATURE', 31, 'Alert'],
      ['WIND', 0, 'Ok'],
      ['WIND', 11, 'Busy'],
      ['WIND', 20.1, 'Alert'],
      ['SKY', 0, 'Ok'],
      ['SKY', -39, 'Busy'],
      ['SKY', 0.1, 'Alert'],
    ] as const)
      assert.equal(station.checkRequest(name, value), state, `${name} ${value}`);
    station.sky = { ...station.sky, TEMPERATURE: 29, SKY: 5 };
    bench.want('WEATHER_REFRESH', { REFRESH: true });
    await bench.reaches('WEATHER_STATUS', 'Alert');
    assert.equal(bench.value('WEATHER_STATUS', 'TEMPERATURE'), 'Busy');
    assert.match(bench.words, /Temperature \(C\): 29 is close to the end of what is good/);
    assert.match(bench.words, /Sky \(C\): 5 is outside of what is good/);
    const words = bench.words.length;
    bench.want('WEATHER_REFRESH', { REFRESH: true });
    await bench.reaches('WEATHER_REFRESH', 'Ok');
    assert.doesNotMatch(bench.words.slice(words), /Sky/, 'the same is told once');
  });

  it('is overridden, in words that nobody overlooks', async () => {
    const clock = new FakeClock();
    const station = new Station();
    station.sky = { ...station.sky, WIND: 50 };
    await using bench = await started(station, clock);
    await bench.reaches('WEATHER_STATUS', 'Alert');
    bench.want('WEATHER_OVERRIDE', { OVERRIDE: true });
    await bench.reaches('WEATHER_OVERRIDE', 'Busy');
    await bench.reaches('WEATHER_STATUS', 'Ok');
    assert.equal(bench.value('WEATHER_STATUS', 'WIND'), 'Alert');
    assert.match(bench.words, /no longer reports danger/);
    bench.want('WEATHER_OVERRIDE', { OVERRIDE: false });
    await bench.reaches('WEATHER_OVERRIDE', 'Idle');
    await bench.reaches('WEATHER_STATUS', 'Alert');
  });

  it('takes other ranges, and none that is none', async () => {
    const clock = new FakeClock();
    await using bench = await started(new Station(), clock);
    bench.want('TEMPERATURE', { MIN_OK: 20, MAX_OK: 30 });
    await bench.reaches('WEATHER_STATUS', 'Alert');
    bench.want('TEMPERATURE', { MIN_OK: 31 });
    await bench.reaches('TEMPERATURE', 'Alert');
    assert.match(bench.words, /the range from 31 to 30 is not a minimum below the maximum/);
    assert.equal(bench.value('TEMPERATURE', 'MIN_OK'), 20);
  });

  it('is read every WEATHER_UPDATE seconds, sooner after a failure, and at 0 only when it is asked for', async () => {
    const clock = new FakeClock();
    const station = new Station();
    await using bench = await started(station, clock);
    assert.equal(station.reads, 1);
    await clock.advance(58_000);
    assert.equal(station.reads, 1);
    await clock.advance(3_000);
    assert.equal(station.reads, 2);
    station.sky = { TEMPERATURE: 15 };
    await clock.advance(60_000);
    await bench.reaches('WEATHER_PARAMETERS', 'Alert');
    assert.match(bench.words, /gave no value for WIND, SKY, GUST/);
    station.sky = { TEMPERATURE: 15, WIND: 1, SKY: -10, GUST: 2 };
    await clock.advance(indiLimits.values.readAgain + 1_000);
    await bench.reaches('WEATHER_PARAMETERS', 'Ok');
    bench.want('WEATHER_UPDATE', { PERIOD: 0 });
    await bench.reaches('WEATHER_UPDATE', 'Ok');
    const { reads } = station;
    await clock.advance(600_000);
    assert.equal(station.reads, reads);
    bench.want('WEATHER_REFRESH', { REFRESH: true });
    await bench.has(() => station.reads === reads + 1, 'a reading');
    bench.want('WEATHER_UPDATE', { PERIOD: 4_000 });
    await bench.reaches('WEATHER_UPDATE', 'Alert');
  });
});
