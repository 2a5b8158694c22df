/** The journal of the service: kills at any moment, a broker that is away, a disk that is full. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { eventually, fault, freePort, requirePeer, startMosquitto } from '@fairlead/testkit';
import { journalSoak } from '../soak/journal.ts';
import { BareDevice, RunningService, Subscriber } from './running.ts';
import { attributes, auth, peersFor } from './world.ts';

/** A service whose official listener journals, and whose broker is at this port. */
async function journaling(t: TestContext, port: number, folder?: string) {
  const config = [
    'listeners:',
    '  official: {durability: journal}',
    'journal: {segment: 1MiB, size: 2MiB}',
  ].join('\n');
  const service = await RunningService.start(
    {
      FAIRLEAD_BUS__KIND: 'mqtt',
      FAIRLEAD_BUS__MQTT__URL: `mqtt://127.0.0.1:${port}`,
      ...(folder !== undefined && { FAIRLEAD_JOURNAL__FOLDER: folder }),
    },
    undefined,
    config,
  );
  t.after(() => service[Symbol.asyncDispose]());
  const token = await service.add('boiler', '--ack', '06');
  const dial = async () => {
    const device = await BareDevice.dial(service.ports.official);
    t.after(() => device.socket.destroy());
    device.send(auth(token));
    return device;
  };
  const ready = async () => {
    const answer = await fetch(`http://127.0.0.1:${service.ports.http}/readyz`);
    return (await answer.json()) as { checks: { journal: { ok: boolean; detail: string } } };
  };
  return { service, dial, ready };
}

describe('the journal', () => {
  it('loses nothing that was acknowledged when the gateway is killed a dozen times', {
    timeout: 150_000,
  }, async (t) => {
    if (!requirePeer(t, 'mosquitto')) return;
    const { broken, summary } = await journalSoak({ rounds: 12, seed: 5, report() {} });
    assert.deepEqual(broken, [], summary);
    assert.match(summary, /12 kills, [1-9]\d+ messages/);
  });

  it('keeps messages while the broker is away and over an orderly stop, and says how many wait', async (t) => {
    if (!peersFor(t)) return;
    const port = await freePort();
    const { service, dial, ready } = await journaling(t, port);
    const device = await dial();
    for (let n = 1; n <= 3; n++) device.send(attributes({ n }));
    await eventually(() => device.received.toString('hex') === '060606', 'three acknowledgements');
    assert.match((await ready()).checks.journal.detail, /^3 messages wait for the bus/);
    assert.equal(await service.metric('fairlead_journal_waiting_records'), 3);
    assert.equal(await service.stop(), 0);
    await using _broker = await startMosquitto({ port });
    using subscriber = await Subscriber.start(port);
    await service.restart();
    await subscriber.see('devices/boiler/attributes {"n":3}');
    assert.deepEqual(subscriber.on('devices/boiler/attributes'), ['{"n":1}', '{"n":2}', '{"n":3}']);
    await eventually(
      async () => (await service.metric('fairlead_journal_waiting_records')) === 0,
      'none waits',
    );
  });

  fault(
    {
      name: 'The disk of the journal is full',
      where: 'disk',
      happens:
        'Nothing is acknowledged, devices are not read, and readiness says why. When there is room again, all goes on by itself.',
      code: 'JOURNAL_WRITE_FAILED',
    },
    async (t) => {
      if (!peersFor(t)) return;
      const disk = mkdtempSync(join(tmpdir(), 'fairlead-disk-'));
      const mount = (...args: string[]) => spawnSync('mount', [...args, disk]).status === 0;
      if (!mount('-t', 'tmpfs', '-o', 'size=512k', 'tmpfs')) {
        rmSync(disk, { recursive: true });
        t.skip('a small file system cannot be mounted here');
        return;
      }
      t.after(() => {
        spawnSync('umount', ['-l', disk]);
        rmSync(disk, { recursive: true, force: true });
      });
      await using broker = await startMosquitto();
      await broker.stop();
      const { service, dial, ready } = await journaling(t, broker.port, join(disk, 'journal'));
      const device = await dial();
      const text = 'x'.repeat(10_000);
      let sent = 0;
      for (; sent < 100; sent++) device.send(attributes({ n: sent, text }));
      await eventually(() => service.log.includes('the disk is full'), 'the disk is full');
      const full = (await ready()).checks.journal;
      assert.deepEqual([full.ok, full.detail.includes('the disk is full')], [false, true]);
      assert.ok(device.received.length < 60, `${device.received.length} acknowledged`);
      assert.ok(mount('-o', 'remount,size=8m'));
      await eventually(async () => (await ready()).checks.journal.ok, 'the journal can be written', 20_000);
      const second = await dial();
      second.send(attributes({ n: 'second' }));
      await eventually(() => second.received.toString('hex') === '06', 'an acknowledgement');
      await broker.restart();
      using subscriber = await Subscriber.start(broker.port);
      await subscriber.see('devices/boiler/attributes {"n":"second"}');
    },
  );
});
