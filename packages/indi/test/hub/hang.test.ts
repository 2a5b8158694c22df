/** Drivers whose process lives, and nothing else of them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { eventually } from '@fairlead/testkit';
import { connectIndi, type DriverCommand, type Hub } from '../../src/index.ts';
import { fixture, hubOf, RawClient, recorder } from './world.ts';

/** Long enough that a busy machine keeps no driver from saying that it lives. */
const SILENCE = 3_000;
const limits = { driverSilence: SILENCE };

const hanging = (env?: Record<string, string>): DriverCommand => ({
  command: [process.execPath, ...process.execArgv, join(import.meta.dirname, 'hanging-driver.ts')],
  env,
});
const state = (hub: Hub) => hub.drivers()[0];
const HANG =
  '<newSwitchVector device="Hanging" name="HANG"><oneSwitch name="NOW">On</oneSwitch></newSwitchVector>';

describe('a driver that hangs', () => {
  for (const [how, hang] of [
    ['in an endless loop', (hub: Hub, client: RawClient) => void (hub && client.send(HANG))],
    ['as somebody has stopped it', (hub: Hub) => void process.kill(state(hub)?.pid as number, 'SIGSTOP')],
  ] as const)
    it(`${how} is ended, started again and told about`, async () => {
      const log = recorder();
      await using hub = await hubOf({ run: { a: hanging() }, log, limits });
      using client = await new RawClient(hub.address as string).greet('name="HANG"');
      hang(hub, client);
      await client.sees('<delProperty device="Hanging"');
      await eventually(() => state(hub)?.devices.length === 1, 'it is back');
      assert.deepEqual([state(hub)?.restarts, state(hub)?.cause?.code], [1, 'DRIVER_HANGS']);
      assert.ok(log.code('DRIVER_HANGS'));
    });

  it('and has asked not to be watched is left alone, and told about when somebody asks for it', async () => {
    const log = recorder();
    await using hub = await hubOf({ run: { a: hanging({ FAIRLEAD_HEARTBEAT: '0' }) }, log, limits });
    using client = await new RawClient(hub.address as string).greet('name="HANG"');
    client.send(HANG);
    using other = new RawClient(hub.address as string);
    other.send('<getProperties version="1.7"/>');
    await eventually(() => state(hub)?.warning?.code === 'DRIVER_SILENT', 'it is told');
    assert.ok(log.code('DRIVER_SILENT'));
    assert.equal(state(hub)?.restarts, 0);
  });

  it('for a while only, and is not of the kit, is heard again', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha') }, limits: { driverSilence: 300 } });
    using client = await new RawClient(hub.address as string).greet();
    client.send('<newTextVector device="Alpha" name="NAP"><oneText name="MS">1500</oneText></newTextVector>');
    await eventually(() => {
      client.send('<getProperties version="1.7" device="Alpha"/>');
      return state(hub)?.warning?.code === 'DRIVER_SILENT';
    }, 'it is silent');
    await eventually(() => state(hub)?.warning === undefined, 'it is heard again');
    assert.equal(state(hub)?.restarts, 0);
  });
});

describe('a driver of the kit', () => {
  it('that has nothing to do lives on, and its clients hear nothing of its beats', async () => {
    await using hub = await hubOf({ run: { a: hanging() }, limits });
    using client = await new RawClient(hub.address as string).greet('name="HANG"');
    await using ours = connectIndi(hub.address as string);
    await ours.waitFor('Hanging', 'HANG');
    const until = performance.now() + SILENCE * 1.3;
    await eventually(() => performance.now() > until, 'more than the limit');
    assert.deepEqual([state(hub)?.restarts, state(hub)?.warning], [0, undefined]);
    assert.doesNotMatch(client.text, /ping/);
  });
});
