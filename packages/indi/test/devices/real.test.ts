/** What clients find of our device classes, beside what they find of INDI's own simulators, run here. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { line } from '@fairlead/tcp';
import { eventually, requirePeer } from '@fairlead/testkit';
import {
  type AnyDefVector,
  ConnectionMode,
  DefaultDevice,
  DriverBench,
  SerialConnection,
  TcpConnection,
  WeatherDevice,
} from '../../src/index.ts';
import { Wheel } from './focuser/wheel.ts';
import { definitions, RealDriver, shape } from './real-driver.ts';
import { everything, Scope, started } from './telescope/scope.ts';

/** Properties that every device has; compared by the tests of the kit. */
const STANDARD = new Set(
  'CONNECTION DRIVER_INFO POLLING_PERIOD DEBUG SIMULATION CONFIG_PROCESS CONNECTION_MODE'.split(' '),
);

const SERIAL = 'DEVICE_PORT DEVICE_BAUD_RATE DEVICE_AUTO_SEARCH DEVICE_PORT_SCAN'.split(' ');

interface Differences {
  /** What only ours has. */
  readonly ours: readonly string[];
  /** What only theirs has. */
  readonly theirs: readonly string[];
  /** What of ours is the same in theirs but for values. */
  readonly same: number;
}

function compare(bench: DriverBench, real: RealDriver): Differences {
  const ours = definitions(bench.said);
  const theirs = real.definitions;
  const both = [...ours.keys()].filter((name) => theirs.has(name) && !STANDARD.has(name));
  for (const name of both)
    assert.deepEqual(shape(ours.get(name) as never), shape(theirs.get(name) as never), name);
  const only = (these: Map<string, unknown>, those: Map<string, unknown>): string[] =>
    [...these.keys()].filter((name) => !those.has(name) && !STANDARD.has(name)).sort();
  return { ours: only(ours, theirs), theirs: only(theirs, ours), same: both.length };
}

const connect = async (real: RealDriver, last: string): Promise<void> => {
  real.want('CONNECTION', { CONNECT: true });
  await eventually(() => real.definition(last) !== undefined, last);
};

describe('Telescope beside indi_simulator_telescope', () => {
  it('shows the same properties', async (t) => {
    if (!requirePeer(t, 'indi_simulator_telescope')) return;
    await using real = await RealDriver.start('indi_simulator_telescope', 'Telescope Simulator');
    await connect(real, 'GUIDE_RATE');
    await using bench = await started(new Scope(everything));
    const { ours, theirs, same } = compare(bench, real);
    assert.equal(same, 21);
    // The first is newer than INDI 1.9.9, the other belongs to drivers of altazimuth mounts.
    assert.deepEqual(ours, ['HORIZONTAL_COORD', 'TELESCOPE_HOME']);
    assert.deepEqual(
      theirs,
      // Its serial connection, what it snoops on, joysticks, names of optics, and what it simulates.
      `ACTIVE_DEVICES APPLY_SCOPE_CONFIG DEVICE_AUTO_SEARCH DEVICE_BAUD_RATE DEVICE_PORT DEVICE_PORT_SCAN DOME_POLICY
       FLIP_HA MOUNT_AXES MOUNT_MODEL MOUNT_TYPE SCOPE_CONFIG_NAME SIM_PIER_SIDE SNOOP_JOYSTICK USEJOYSTICK`.split(
        /\s+/,
      ),
    );
  });

  it('reads the park data of C++ drivers, and they read ours', async (t) => {
    if (!requirePeer(t, 'indi_simulator_telescope')) return;
    const name = 'Telescope Simulator';
    await using real = await RealDriver.start('indi_simulator_telescope', name);
    await connect(real, 'GUIDE_RATE');
    real.write(
      `<newNumberVector device="${name}" name="TELESCOPE_PARK_POSITION"><oneNumber name="PARK_HA">-3.5</oneNumber><oneNumber name="PARK_DEC">42</oneNumber></newNumberVector>`,
    );
    real.want('TELESCOPE_PARK_OPTION', { PARK_WRITE_DATA: true });
    const path = join(real.folder, '.indi', 'ParkData.xml');
    await eventually(
      async () => (await readFile(path, 'utf8').catch(() => '')).includes('</parkdata>'),
      path,
    );
    {
      const scope = new Scope(everything, name);
      await using bench = await started(scope, { folder: real.folder });
      assert.equal(bench.value('TELESCOPE_PARK_POSITION', 'PARK_HA'), -3.5);
      assert.equal(bench.value('TELESCOPE_PARK_POSITION', 'PARK_DEC'), 42);
      bench.want('TELESCOPE_PARK', { PARK: true });
      await bench.reaches('TELESCOPE_PARK', 'Busy');
      scope.state = 'parked';
      await bench.reaches('TELESCOPE_PARK', 'Ok');
    }
    await using again = await RealDriver.start('indi_simulator_telescope', name, real.folder);
    await connect(again, 'GUIDE_RATE');
    await eventually(
      () =>
        again.said.some((message) => 'message' in message && /Mount is parked/.test(message.message ?? '')),
      'their word that it is parked',
    );
  });
});

describe("Focuser beside INDI's own", () => {
  /** Each in simulation, where it is no simulator to begin with. */
  const cases = [
    {
      program: 'indi_simulator_focus',
      device: 'Focuser Simulator',
      last: 'DELAY',
      options: { speeds: 5, backlash: true },
      same: 9,
    },
    {
      program: 'indi_perfectstar_focus',
      device: 'PerfectStar',
      last: 'Goto',
      options: { abort: true, sync: true },
      same: 8,
    },
    {
      program: 'indi_fcusb_focus',
      device: 'FCUSB',
      last: 'FOCUS_REVERSE_MOTION',
      options: { kind: 'timed', speeds: 4, abort: true, sync: true, reverse: true },
      same: 6,
    },
  ] as const;
  for (const { program, device, last, options, same } of cases)
    it(`shows the same properties as ${program}`, async (t) => {
      if (!requirePeer(t, program)) return;
      await using real = await RealDriver.start(program, device);
      real.want('SIMULATION', { ENABLE: true });
      await connect(real, last);
      await using bench = await DriverBench.start(new Wheel(options));
      bench.want('CONNECTION', { CONNECT: true });
      await bench.has(() => bench.vector(last === 'DELAY' ? 'Goto' : last) !== undefined, 'definitions');
      const found = compare(bench, real);
      assert.deepEqual(found.ours, []);
      assert.equal(found.same, same);
    });
});

describe('WeatherDevice beside indi_simulator_weather', () => {
  class Station extends WeatherDevice {
    constructor() {
      super('Station');
      this.addParameter('WEATHER_FORECAST', { label: 'Weather', min: 0, max: 0 });
      this.addParameter('WEATHER_TEMPERATURE', { label: 'Temperature (C)', min: -10, max: 30 });
      this.addParameter('WEATHER_WIND_SPEED', { label: 'Wind (kph)', min: 0, max: 20 });
      this.addParameter('WEATHER_WIND_GUST', { label: 'Gust (kph)', min: 0, max: 20, critical: false });
      this.addParameter('WEATHER_RAIN_HOUR', { label: 'Precip (mm)', min: 0, max: 0 });
    }
    protected override async readWeather(): Promise<Record<string, number>> {
      return {
        WEATHER_FORECAST: 0,
        WEATHER_TEMPERATURE: 15,
        WEATHER_WIND_SPEED: 0,
        WEATHER_WIND_GUST: 0,
        WEATHER_RAIN_HOUR: 0,
      };
    }
  }

  it('shows the same properties', async (t) => {
    if (!requirePeer(t, 'indi_simulator_weather')) return;
    await using real = await RealDriver.start('indi_simulator_weather', 'Weather Simulator');
    await connect(real, 'WEATHER_CONTROL');
    await using bench = await DriverBench.start(new Station());
    bench.want('CONNECTION', { CONNECT: true });
    await bench.reaches('WEATHER_STATUS', 'Ok');
    const found = compare(bench, real);
    assert.deepEqual(found.ours, []);
    assert.equal(found.same, 11);
    assert.deepEqual(found.theirs, ['ACTIVE_DEVICES', 'WEATHER_CONTROL']);
    const range = (vector: AnyDefVector | undefined): unknown => vector?.members;
    const name = 'WEATHER_TEMPERATURE';
    assert.deepEqual(range(definitions(bench.said).get(name)), range(real.definition(name)));
  });
});

describe("Connections beside INDI's own", () => {
  class Plain extends DefaultDevice {
    constructor() {
      super('Plain');
      this.addAuxControls();
      this.setConnectionMode(ConnectionMode.Serial | ConnectionMode.Tcp);
      this.registerConnection(
        new SerialConnection(this, { codec: line(), ports: async () => ['/dev/ttyS0'] }),
      );
      this.registerConnection(new TcpConnection(this, { codec: line() }));
    }
  }

  it('show the same properties as a mount of INDI does', async (t) => {
    if (!requirePeer(t, 'indi_lx200basic')) return;
    await using real = await RealDriver.start('indi_lx200basic', 'LX200 Basic');
    await using bench = await DriverBench.start(new Plain());
    await bench.has(() => bench.vector('SYSTEM_PORTS') !== undefined, 'definitions');
    real.want('CONNECTION_MODE', { CONNECTION_TCP: true });
    bench.want('CONNECTION_MODE', { CONNECTION_TCP: true });
    await eventually(() => real.definition('DEVICE_LAN_SEARCH') !== undefined, 'their network');
    await bench.has(() => bench.vector('DEVICE_LAN_SEARCH') !== undefined, 'our network');
    const ours = definitions(bench.said);
    for (const name of [...STANDARD, ...SERIAL, 'DEVICE_ADDRESS', 'CONNECTION_TYPE', 'DEVICE_LAN_SEARCH'])
      assert.deepEqual(shape(ours.get(name) as never), shape(real.definition(name) as never), name);
    const { label, group, perm, rule } = shape(ours.get('SYSTEM_PORTS') as never) as Record<string, unknown>;
    assert.deepEqual([label, group, perm, rule], ['System Ports', 'Connection', 'rw', 'AtMostOne']);
  });
});
