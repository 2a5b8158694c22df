/** The system's clock is set back, or forward, while a driver runs: nothing waits for the time of day. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Clock, systemClock } from '@fairlead/core';
import { line } from '@fairlead/tcp';
import { ConnectionMode, DriverBench, SensorDevice, TcpConnection } from '../../src/index.ts';
import { device, portOf, type TestServer, usual } from '../connection/meter.ts';
import { Scope, started } from '../devices/telescope/scope.ts';

const DAY = 86_400_000;

/** Runs fifty times as fast as the real one; its time of day can be set. */
class SetClock implements Clock {
  offset = 0;
  now = (): number => systemClock.now() + this.offset;
  monotonic = (): number => systemClock.monotonic() * 50;
  after = (ms: number, run: () => void) => systemClock.after(ms / 50, run);
  clear = systemClock.clear.bind(systemClock);
}

class Thermometer extends SensorDevice {
  readonly tcp = new TcpConnection(this, { codec: line(), requestTimeout: '60s' });
  reads = 0;

  constructor() {
    super('Thermometer');
    this.addReading('CELSIUS', { label: 'Temperature' });
    this.setConnectionMode(ConnectionMode.Tcp);
    this.registerConnection(this.tcp);
  }

  protected override async readSensor(): Promise<Record<string, number>> {
    this.reads++;
    return { CELSIUS: Number(await this.link.request('READ?')) };
  }
}

for (const [what, offset] of [
  ['back by a day', -DAY],
  ['forward by a day', DAY],
] as const)
  describe(`a driver whose clock is set ${what}`, () => {
    it('polls, reads, connects again, and tries again as before', async () => {
      const clock = new SetClock();
      const thermometer = new Thermometer();
      const server = await device(usual);
      await using bench = await DriverBench.start(thermometer, { clock });
      await bench.connect(portOf(server));
      await bench.reaches('SENSOR_READINGS', 'Ok');
      clock.offset = offset;
      const { reads } = thermometer;
      await bench.has(() => thermometer.reads > reads + 2, 'further readings');
      await server.close();
      await bench.reaches('CONNECTION', 'Busy');
      clock.offset = 0;
      await using again: TestServer = await device(usual, `tcp://${server.address}`);
      await bench.reaches('CONNECTION', 'Ok');
      const later = thermometer.reads;
      await bench.has(() => thermometer.reads > later + 1, 'readings after that');
      assert.ok(again.address);
      // The time of day is what clients are told.
      const { timestamp } = bench.vector('SENSOR_READINGS') as { timestamp?: number };
      assert.ok(Math.abs((timestamp ?? 0) - Date.now()) < DAY / 2);
    });

    it('ends a pulse for guiding in its time', async () => {
      const clock = new SetClock();
      await using bench = await started(new Scope({ guiding: true }), { clock });
      bench.want('TELESCOPE_TIMED_GUIDE_NS', { TIMED_GUIDE_N: 5_000, TIMED_GUIDE_S: 0 });
      await bench.reaches('TELESCOPE_TIMED_GUIDE_NS', 'Busy');
      clock.offset = offset;
      await bench.reaches('TELESCOPE_TIMED_GUIDE_NS', 'Idle');
    });
  });
