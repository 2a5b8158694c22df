import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DriverBench } from '@fairlead/indi';
import { driverSuite, requirePeer } from '@fairlead/testkit';
import { IndiServer } from '../indi-server.ts';
import { WeatherStation } from './driver.ts';
import { simulateStation } from './simulator.ts';

const weather = () => ({ T: 21.5, H: 40.2, P: 1013.2, W: 3.4, R: 0 });
const portOf = ({ address }: { address: string }): number => Number(address.split(':').at(-1));

driverSuite('weather', {
  device: 'Weather Station',
  start: (folder) => DriverBench.start(new WeatherStation(), { folder, ask: false }),
  peer: () => simulateStation('tcp://127.0.0.1:0', weather()),
});

describe('weather station', () => {
  it('shows the weather, and what to think of it', async () => {
    const now = weather();
    await using station = await simulateStation('tcp://127.0.0.1:0', now);
    await using bench = await DriverBench.start(new WeatherStation());
    await bench.connect(portOf(station));
    await bench.reaches('WEATHER_PARAMETERS', 'Ok');
    await bench.reaches('WEATHER_STATUS', 'Ok');
    assert.equal(bench.value('WEATHER_PARAMETERS', 'WEATHER_TEMPERATURE'), 21.5);
    now.T = 28;
    now.W = 50;
    bench.want('WEATHER_REFRESH', { REFRESH: true });
    await bench.reaches('WEATHER_STATUS', 'Alert');
    assert.equal(bench.value('WEATHER_STATUS', 'WEATHER_TEMPERATURE'), 'Busy');
    assert.equal(bench.value('WEATHER_STATUS', 'WEATHER_WIND_SPEED'), 'Alert');
    assert.equal(bench.value('WEATHER_STATUS', 'WEATHER_HUMIDITY'), 'Ok');
    bench.want('WEATHER_WIND_SPEED', { MIN_OK: 0, MAX_OK: 100 });
    await bench.reaches('WEATHER_STATUS', 'Busy');
    bench.want('WEATHER_OVERRIDE', { OVERRIDE: true });
    await bench.reaches('WEATHER_STATUS', 'Ok');
  });

  it('says which value is missing', async () => {
    const now: Partial<ReturnType<typeof weather>> = weather();
    await using station = await simulateStation('tcp://127.0.0.1:0', now as never);
    await using bench = await DriverBench.start(new WeatherStation());
    await bench.connect(portOf(station));
    await bench.reaches('WEATHER_PARAMETERS', 'Ok');
    delete now.H;
    bench.want('WEATHER_REFRESH', { REFRESH: true });
    await bench.reaches('WEATHER_PARAMETERS', 'Alert');
    await bench.has(() => /gave no value for WEATHER_HUMIDITY/.test(bench.words), 'the reason');
    await bench.reaches('WEATHER_REFRESH', 'Alert');
  });

  it('simulates itself', async () => {
    await using bench = await DriverBench.start(new WeatherStation());
    bench.want('SIMULATION', { ENABLE: true });
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('WEATHER_PARAMETERS', 'Ok');
  });

  it('runs under indiserver', async (t) => {
    if (!requirePeer(t, 'indiserver')) return;
    await using station = await simulateStation('tcp://127.0.0.1:0', weather());
    await using server = await IndiServer.start([fileURLToPath(new URL('driver.ts', import.meta.url))]);
    const name = 'Weather Station';
    assert.equal(
      (await server.set(`${name}.DEVICE_ADDRESS.ADDRESS=127.0.0.1;PORT=${portOf(station)}`)).code,
      0,
    );
    assert.equal((await server.until(`"${name}.DEVICE_ADDRESS._STATE"==1`)).code, 0);
    assert.equal((await server.set(`${name}.CONNECTION.CONNECT=On`)).code, 0);
    assert.equal(
      (await server.until(`"${name}.WEATHER_PARAMETERS.WEATHER_TEMPERATURE"==21.5`)).code,
      0,
      server.log(),
    );
    assert.match((await server.get(`${name}.CONNECTION._STATE`)).output, /=Ok/);
    await server.set(`${name}.POLLING_PERIOD.PERIOD_MS=5`);
    assert.equal((await server.until(`"${name}.POLLING_PERIOD._STATE"==3`)).code, 0);
    assert.match((await server.get(`${name}.POLLING_PERIOD.PERIOD_MS`)).output, /=1000/);
  });
});
