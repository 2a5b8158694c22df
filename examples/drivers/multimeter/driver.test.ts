import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '@fairlead/core';
import { DriverBench } from '@fairlead/indi';
import { driverSuite, requirePeer } from '@fairlead/testkit';
import { IndiServer } from '../indi-server.ts';
import { Multimeter } from './driver.ts';
import { Meter, simulateMeter } from './simulator.ts';

const portOf = ({ address }: { address: string }): number => Number(address.split(':').at(-1));

driverSuite('multimeter', {
  device: 'Multimeter',
  start: (folder) => DriverBench.start(new Multimeter(), { folder, ask: false }),
  peer: () => simulateMeter('tcp://127.0.0.1:0', new Meter()),
});

describe('multimeter', () => {
  it('reads, and changes what it reads', async () => {
    const meter = new Meter();
    await using server = await simulateMeter('tcp://127.0.0.1:0', meter);
    await using bench = await DriverBench.start(new Multimeter());
    await bench.connect(portOf(server));
    await bench.has(() => bench.value('SENSOR_READINGS', 'VALUE') === 1.234, 'volts');
    assert.equal(bench.value('METER_INFO', 'MODEL'), 'DMM 6500');
    bench.want('METER_FUNCTION', { RES: true });
    await bench.reaches('METER_FUNCTION', 'Ok');
    bench.want('SENSOR_REFRESH', { REFRESH: true });
    await bench.has(() => bench.value('SENSOR_READINGS', 'VALUE') === 4_700, 'ohms');
  });

  it('says in words what the instrument refuses, and that a value is beyond the range', async () => {
    const meter = new Meter();
    await using server = await simulateMeter('tcp://127.0.0.1:0', meter);
    await using bench = await DriverBench.start(new Multimeter());
    await bench.connect(portOf(server));
    await bench.reaches('SENSOR_READINGS', 'Ok');
    delete meter.values['CURR:DC'];
    bench.want('METER_FUNCTION', { CURR_DC: true });
    await bench.reaches('METER_FUNCTION', 'Alert');
    assert.match(bench.words, /"Undefined header;CONF:CURR:DC" \(-113\)/);
    meter.values['VOLT:DC'] = 9.9e37;
    bench.want('SENSOR_REFRESH', { REFRESH: true });
    await bench.reaches('SENSOR_READINGS', 'Alert');
    await bench.has(() => /Overload/.test(bench.words), 'the reason');
  });

  it('goes on with an instrument that does not tell its errors', async () => {
    const meter = new Meter();
    meter.tellsErrors = false;
    await using server = await simulateMeter('tcp://127.0.0.1:0', meter);
    // Less than a second in place of the five that an answer may take.
    const clock: Clock = {
      now: () => systemClock.now(),
      monotonic: () => systemClock.monotonic() * 8,
      after: (ms, run) => systemClock.after(ms / 8, run),
      clear: (timer) => systemClock.clear(timer),
    };
    await using bench = await DriverBench.start(new Multimeter(), { clock });
    await bench.connect(portOf(server));
    for (const wanted of ['RES', 'VOLT_AC']) {
      bench.want('METER_FUNCTION', { [wanted]: true });
      await bench.has(
        () => bench.state('METER_FUNCTION') === 'Ok' && bench.value('METER_FUNCTION', wanted) === true,
        wanted,
      );
    }
    await bench.has(() => bench.value('SENSOR_READINGS', 'VALUE') === 230, 'volts');
    assert.doesNotMatch(bench.words, /is lost/);
    assert.match(bench.words, /does not answer "SYST:ERR\?"/);
  });

  it('runs under indiserver', async (t) => {
    if (!requirePeer(t, 'indiserver')) return;
    await using meter = await simulateMeter('tcp://127.0.0.1:0', new Meter());
    await using server = await IndiServer.start([fileURLToPath(new URL('driver.ts', import.meta.url))]);
    await server.set(`Multimeter.DEVICE_ADDRESS.ADDRESS=127.0.0.1;PORT=${portOf(meter)}`);
    assert.equal((await server.until('"Multimeter.DEVICE_ADDRESS._STATE"==1')).code, 0);
    await server.set('Multimeter.CONNECTION.CONNECT=On');
    const { code } = await server.until('"Multimeter.SENSOR_READINGS.VALUE"==1.234');
    assert.equal(code, 0, server.log());
  });
});
