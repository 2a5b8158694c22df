/** Drivers started and stopped by people, and started again when they end. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, FakeClock } from '@fairlead/testkit';
import { createHub } from '../../src/index.ts';
import { fixture, hubOf, RawClient, recorder } from './world.ts';

describe('a driver', () => {
  it('is stopped, started and started again; clients see its properties go and come', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha'), b: fixture('Beta') } });
    using client = new RawClient(hub.address as string);
    await client.greet('<defBLOBVector device="Alpha"');
    await client.sees('<defBLOBVector device="Beta"');
    await hub.stopDriver('a');
    const [stopped] = hub.drivers();
    assert.deepEqual(
      [stopped?.state, stopped?.pid, stopped?.devices, stopped?.cause],
      ['stopped', undefined, [], undefined],
    );
    await client.sees('<delProperty device="Alpha"');
    client.send('<newTextVector device="Alpha" name="ECHO"><oneText name="XML"/></newTextVector>');
    await client.sees('No driver serves the device &quot;Alpha&quot;');
    await hub.stopDriver('a');
    await client.roundTrip('Beta');
    for (const action of ['startDriver', 'startDriver', 'restartDriver'] as const) {
      await hub[action]('a');
      await eventually(() => hub.drivers()[0]?.devices.length === 1, 'it is back');
      await client.roundTrip('Alpha');
    }
    assert.equal(hub.drivers()[1]?.restarts, 0);
  });

  it('whose device another has is told about, and takes its place when that is stopped', async () => {
    await using hub = await hubOf({ run: { first: fixture('Alpha'), second: fixture('Alpha') } });
    const owner = () => hub.drivers().find(({ devices }) => devices.length === 1)?.name as string;
    const other = () => hub.drivers().find(({ name }) => name !== owner());
    await eventually(() => owner() !== undefined && other()?.warning?.code === 'DEVICE_TAKEN', 'it is told');
    const [before, after] = [owner(), other()?.name];
    using client = new RawClient(hub.address as string);
    await client.greet();
    await hub.stopDriver(before);
    await eventually(() => owner() === after, 'the other has it');
    assert.equal(hub.drivers().find(({ name }) => name === after)?.warning, undefined);
    await client.roundTrip('Alpha');
  });

  it('is added and removed while the hub runs; clients see its properties come and go', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha') } });
    using client = await new RawClient(hub.address as string).greet();
    hub.addDriver('b', fixture('Beta'));
    assert.throws(() => hub.addDriver('b', fixture('Gamma')), { code: 'DRIVER_NAME_TAKEN' });
    await client.sees('<defBLOBVector device="Beta"');
    const [starting, removing] = [hub.restartDriver('b'), hub.removeDriver('b')];
    await Promise.all([assert.rejects(starting, { code: 'DRIVER_UNKNOWN' }), removing]);
    await client.sees('<delProperty device="Beta"');
    assert.deepEqual(
      hub.drivers().map(({ name }) => name),
      ['a'],
    );
    await client.roundTrip('Alpha');
    await hub.close();
    assert.throws(() => hub.addDriver('c', fixture('Gamma')), { code: 'SERVER_STOPPED' });
    assert.throws(() => hub.addChain('@127.0.0.1:1'), { code: 'SERVER_STOPPED' });
  });

  it('that nobody knows is told with those that are known', async () => {
    await using hub = await hubOf({ run: { a: fixture('Alpha') } });
    for (const action of ['startDriver', 'stopDriver', 'restartDriver'] as const)
      await assert.rejects(hub[action]('b'), { code: 'DRIVER_UNKNOWN', message: /"b"\. Known names: a\./ });
  });

  it('cannot be started once the hub closes, and is stopped with it', async () => {
    const hub = await hubOf({ run: { a: fixture('Alpha') } });
    await hub.stopDriver('a');
    await hub.close();
    await assert.rejects(hub.startDriver('a'), { code: 'SERVER_STOPPED' });
    assert.equal(hub.drivers()[0]?.state, 'stopped');
  });

  it('that ends is started again after waits that grow, and start over once it has run for a while', async () => {
    const log = recorder();
    const clock = new FakeClock();
    const waits = () =>
      log.lines.flatMap(({ fields }) => (typeof fields.wait === 'number' ? [fields.wait] : []));
    await using hub = await createHub({
      run: { a: { command: ['/bin/sh', '-c', 'read line; read line'] } },
      limits: { restartMin: 100, restartMax: 1_000, restartStable: 10_000 },
      random: () => 1 - Number.EPSILON,
      log,
      clock,
    });
    const ends = async (times: number) => {
      const before = waits().length;
      for (let n = 1; n <= times; n++) {
        const [status] = hub.drivers();
        if (status?.state === 'running') process.kill(status.pid as number, 'SIGKILL');
        await eventually(() => waits().length === before + n, 'it has ended');
        await clock.advance(waits().at(-1) as number);
        assert.equal(hub.drivers()[0]?.state, 'running');
      }
    };
    await ends(5);
    await clock.advance(10_000);
    await ends(2);
    assert.deepEqual(waits(), [100, 200, 400, 800, 1_000, 100, 200]);
    assert.equal(hub.drivers()[0]?.restarts, 7);
  });

  it('that waits to be started again is started at once when it is told to', async () => {
    const clock = new FakeClock();
    await using hub = await createHub({
      run: { a: { command: ['/bin/sh', '-c', 'read line; exit 3'] } },
      clock,
    });
    await eventually(() => hub.drivers()[0]?.state === 'waiting', 'it waits');
    await hub.startDriver('a');
    assert.equal(hub.drivers()[0]?.state, 'running');
  });
});

describe('a chained server', () => {
  it('is left and come back to', async () => {
    await using far = await hubOf({ run: { b: fixture('Beta') } });
    const name = `@${far.address}`;
    await using hub = await hubOf({ chain: [name] });
    using client = new RawClient(hub.address as string);
    await client.greet('<defBLOBVector device="Beta"');
    await hub.stopDriver(name);
    await client.sees('<delProperty device="Beta"');
    await eventually(() => far.clients().length === 0, 'nobody is there');
    assert.equal(hub.drivers()[0]?.state, 'stopped');
    const before = client.count('<defBLOBVector');
    await hub.startDriver(name);
    await eventually(() => client.count('<defBLOBVector') > before, 'it is back');
    await client.roundTrip('Beta');
    await hub.restartDriver(name);
    await eventually(() => hub.drivers()[0]?.devices.length === 1, 'it is back');
    await client.roundTrip('Beta');
  });
});
