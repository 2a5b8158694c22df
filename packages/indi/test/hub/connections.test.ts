/** What a night depends on: that a device is connected again when its driver comes back. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { eventually, FakeClock, requirePeer } from '@fairlead/testkit';
import { createHub, type DriverCommand, type Hub, indiLimits } from '../../src/index.ts';
import { hubOf, RawClient, recorder } from './world.ts';

const program = (file: string, ...flags: string[]): DriverCommand => ({
  command: [process.execPath, '--conditions=fairlead-source', join(import.meta.dirname, file), ...flags],
});
const ON = '<oneSwitch name="CONNECT">On</oneSwitch>';
const turn = (device: string, member: string) =>
  `<newSwitchVector device="${device}" name="CONNECTION"><oneSwitch name="${member}">On</oneSwitch></newSwitchVector>`;

/** Ends the driver from outside, and waits until the hub has started it again. */
async function kill(hub: Hub, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  const { pid } = hub.drivers()[0] as { pid: number };
  process.kill(pid, signal);
  await eventually(() => {
    const [driver] = hub.drivers();
    return driver?.state === 'running' && driver.pid !== pid && driver.devices.length > 0;
  }, 'it is back');
}

/** How often clients have seen the device connected. */
const connects = (client: RawClient) => client.text.match(/"CONNECT">\s*On/g)?.length ?? 0;

describe('after its driver died', () => {
  for (const signal of ['SIGKILL', 'SIGTERM'] as const)
    it(`(${signal}) a device that was connected is connected again`, async () => {
      await using hub = await hubOf({ run: { a: program('shutter.ts', 'Shutter') } });
      using client = await new RawClient(hub.address as string).greet('name="CONNECTION"');
      client.send(turn('Shutter', 'CONNECT'));
      await client.sees(ON);
      for (let times = 2; times < 4; times++) {
        await kill(hub, signal);
        await eventually(() => connects(client) >= times, 'it is connected');
      }
    });

  it('a device that was not connected, or was disconnected, stays so', async () => {
    await using hub = await hubOf({ run: { a: program('shutter.ts', 'Shutter') } });
    using client = await new RawClient(hub.address as string).greet('name="CONNECTION"');
    await kill(hub);
    client.send(turn('Shutter', 'CONNECT'));
    await client.sees(ON);
    client.send(turn('Shutter', 'DISCONNECT'));
    await client.sees('<oneSwitch name="DISCONNECT">On</oneSwitch>');
    await kill(hub);
    client.send('<pingRequest uid="1"/>');
    await client.sees('uid="1"');
    assert.equal(connects(client), 1);
  });

  it('a device of a driver made with the kit is connected again, whatever ended the driver', async () => {
    await using hub = await hubOf({ run: { a: program('bench-driver.ts') } });
    using client = await new RawClient(hub.address as string).greet('name="CONNECTION"');
    client.send(turn('Bench', 'CONNECT'));
    await client.sees('name="NUMBER"');
    let seen = client.count('<defNumberVector');
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
      await kill(hub, signal);
      await eventually(() => client.count('<defNumberVector') > seen, `connected after ${signal}`);
      seen = client.count('<defNumberVector');
    }
    await hub.restartDriver('a');
    await eventually(() => client.count('<defNumberVector') > seen, 'connected after a restart');
  });

  it('a device of a driver in C++ is connected again', async (t) => {
    if (!requirePeer(t, 'indi_simulator_focus')) return;
    const home = mkdtempSync(join(tmpdir(), 'fairlead-indi-'));
    t.after(() => rmSync(home, { recursive: true }));
    const command: DriverCommand = { command: ['indi_simulator_focus'], env: { HOME: home } };
    await using hub = await hubOf({ run: { a: command } });
    using client = await new RawClient(hub.address as string).greet("name='CONNECTION'");
    client.send(turn('Focuser Simulator', 'CONNECT'));
    const POSITION = "name='ABS_FOCUS_POSITION'";
    await client.sees(POSITION);
    const before = client.count(POSITION);
    await kill(hub);
    await eventually(() => client.count(POSITION) > before, 'it is connected');
  });
});

describe('a driver that is to connect its device', () => {
  it('does so at the first start', async () => {
    await using hub = await hubOf({ run: { a: { ...program('shutter.ts', 'Shutter'), connect: true } } });
    using client = await new RawClient(hub.address as string).greet('name="CONNECTION"');
    await eventually(() => connects(client) >= 1, 'it is connected');
  });

  it('leaves it disconnected once a client has disconnected it', async () => {
    await using hub = await hubOf({ run: { a: { ...program('shutter.ts', 'Shutter'), connect: true } } });
    using client = await new RawClient(hub.address as string).greet('name="CONNECTION"');
    await eventually(() => connects(client) >= 1, 'it is connected');
    client.send(turn('Shutter', 'DISCONNECT'));
    await client.sees('<oneSwitch name="DISCONNECT">On</oneSwitch>');
    const before = connects(client);
    await kill(hub);
    client.send('<pingRequest uid="1"/>');
    await client.sees('uid="1"');
    assert.equal(connects(client), before);
  });

  it('tries again while its device is not there yet, and says so when it gives up', async () => {
    const clock = new FakeClock();
    const log = recorder();
    const { connectAgainAttempts, connectAgainMax } = indiLimits.values;
    await using hub = await createHub({
      listen: '127.0.0.1:0',
      run: {
        soon: { ...program('shutter.ts', 'Soon', 'fails=3'), connect: true },
        never: { ...program('shutter.ts', 'Never', 'fails=1000'), connect: true },
      },
      clock,
      log,
    });
    using client = await new RawClient(hub.address as string).greet('device="Soon"');
    await client.sees('device="Never"');
    const refusals = () => client.count('device="Never" name="CONNECTION" state="Alert"');
    for (let attempt = 1; attempt < connectAgainAttempts; attempt++) {
      await eventually(() => refusals() >= attempt, `attempt ${attempt}`);
      await clock.advance(connectAgainMax);
    }
    await eventually(() => log.code('DEVICE_NOT_CONNECTED'), 'it gives up');
    assert.equal(refusals(), connectAgainAttempts);
    assert.equal(client.count('device="Soon" name="CONNECTION" state="Alert"'), 3);
    await client.sees(ON);
    const [soon, never] = hub.drivers();
    assert.deepEqual([soon?.warning, never?.warning?.code], [undefined, 'DEVICE_NOT_CONNECTED']);
    client.send(turn('Never', 'CONNECT'));
    await eventually(() => refusals() === connectAgainAttempts + 1, 'the attempt of the client');
    await clock.advance(2 * connectAgainMax);
    client.send('<pingRequest uid="1"/>');
    await client.sees('uid="1"');
    assert.equal(refusals(), connectAgainAttempts + 1);
  });
});

describe('a driver', () => {
  it('gets the name of its device, its configuration and its variables', async () => {
    const command = {
      ...program('shutter.ts'),
      device: 'Dome 1',
      config: '/tmp/dome.xml',
      env: { COLOUR: 'red' },
    };
    await using hub = await hubOf({ run: { a: command } });
    using client = await new RawClient(hub.address as string).greet('name="CONNECTION"');
    await client.sees('label="Dome 1|/tmp/dome.xml|red"');
  });
});
