import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { mqttBus } from '@fairlead/bus';
import { isFairleadError } from '@fairlead/core';
import { fault } from '@fairlead/testkit';
import { dial, eventually, FREE, packet, scratch, start } from './running.ts';

describe('the service', () => {
  test('a reading comes in, a command goes back', async (t) => {
    const { dir, remove } = scratch();
    t.after(remove);
    await using running = await start(dir);
    const { service, call } = running;
    assert.deepEqual(Object.keys(service.addresses.listeners), ['official', 'custom']);
    assert.equal((await call('GET', '/readyz')).status, 200);

    const { json: added } = await call('POST', '/api/v1/devices', { name: 'boiler-1' });
    const device = await dial(service.addresses.listeners.official as string);
    t.after(() => device.destroy());
    device.write(Buffer.concat([packet(0, 0, added.token), packet(0, 1, '{"temperature":36.5}')]));
    const shown = await eventually(async () => {
      const { json } = await call('GET', '/api/v1/devices/boiler-1');
      return json.values.temperature !== undefined && json;
    });
    assert.equal(shown.values.temperature.value, 36.5);
    assert.equal(shown.status, 'online');

    const arrived = once(device, 'data');
    const sent = await call('POST', '/api/v1/devices/boiler-1/downlinks', {
      values: { target: 40 },
      wait: '5s',
    });
    assert.deepEqual([sent.status, sent.json.status], [200, 'written']);
    assert.deepEqual((await arrived)[0], packet(0, 1, '{"target":40}'));

    const links = (await call('GET', '/api/v1/links?device=boiler-1')).json;
    assert.equal(links[0].state, 'open');
    assert.equal((await call('DELETE', `/api/v1/links/${links[0].id}`)).status, 204);
    await once(device, 'close');
    const offline = await call('POST', '/api/v1/devices/boiler-1/downlinks', { values: {} });
    assert.deepEqual([offline.status, offline.json.code], [409, 'DEVICE_OFFLINE']);

    const metrics = (await call('GET', '/metrics')).json;
    assert.match(metrics, /fairlead_uplinks_total\{kind="attributes"\} 1\n/);
    assert.match(metrics, /fairlead_links_closed_total\{listener="official",code="LINK_KILLED"\} 1\n/);
    assert.ok(!running.logged.join('').includes(added.token));
    assert.ok(!running.logged.join('').includes(running.token));
  });

  test('a custom device with framing and a script', async (t) => {
    const { dir, remove } = scratch();
    t.after(remove);
    await using running = await start(dir);
    const { service, call } = running;
    const broken = await call('POST', '/api/v1/devices', {
      name: 'm',
      protocol: 'custom',
      uplink: 'export function',
    });
    assert.deepEqual([broken.status, broken.json.code], [422, 'SCRIPT_INVALID']);
    const { json } = await call('POST', '/api/v1/devices', {
      name: 'm',
      protocol: 'custom',
      framing: 'line',
      uplink: [
        'export function uplink(bytes) { return { values: { volume: Number(String.fromCharCode(...bytes)) } }; }',
        "export function downlink({ values }) { return 'open ' + values.valve; }",
      ].join('\n'),
    });
    const device = await dial(service.addresses.listeners.custom as string);
    t.after(() => device.destroy());
    device.write(`${json.token}\n12.5\n`);
    const values = await eventually(async () => {
      const shown = await call('GET', '/api/v1/devices/m');
      return shown.json.values.volume;
    });
    assert.equal(values.value, 12.5);
    const arrived = once(device, 'data');
    const sent = await call('POST', '/api/v1/devices/m/downlinks', { values: { valve: 3 }, wait: '5s' });
    assert.equal(sent.status, 200, JSON.stringify(sent.json));
    assert.match(String((await arrived)[0]), /^open 3\n$/);
  });

  test('remembers over a restart; whoever was online is offline, and the token stays', async (t) => {
    const { dir, remove } = scratch();
    t.after(remove);
    let token = '';
    {
      await using running = await start(dir);
      assert.equal(running.service.adminToken.created, true);
      token = running.token;
      const { json } = await running.call('POST', '/api/v1/devices', { name: 'a' });
      const device = await dial(running.service.addresses.listeners.official as string);
      t.after(() => device.destroy());
      device.write(Buffer.concat([packet(0, 0, json.token), packet(0, 1, '{"t":1}')]));
      await eventually(async () => (await running.call('GET', '/api/v1/devices/a')).json.values.t);
    }
    await using running = await start(dir);
    assert.deepEqual([running.token, running.service.adminToken.created], [token, false]);
    const { json } = await running.call('GET', '/api/v1/devices/a');
    assert.deepEqual([json.status, json.values.t.value], ['offline', 1]);
    assert.match(json.since, /Z$/);
  });

  test('a new token of the administrator ends what was signed in with the old one', async (t) => {
    const { dir, remove } = scratch();
    t.after(remove);
    {
      await using running = await start(dir);
      assert.match(running.service.signInPath ?? '', /^\/#code=[\w-]{24}$/);
      running.service.store.users.add({ name: 'ann', role: 'viewer' });
      for (const user of ['ann', undefined])
        running.service.store.sessions.open({ user, remote: '127.0.0.1' });
    }
    {
      await using running = await start(dir);
      assert.equal(running.service.signInPath, undefined);
      assert.equal(running.service.store.sessions.list().length, 2);
    }
    rmSync(join(dir, 'fairlead-data', 'admin-token'));
    await using running = await start(dir);
    assert.deepEqual(
      running.service.store.sessions.list().map(({ user }) => user),
      ['ann'],
    );
  });

  test('a port in use ends the start with one code, and nothing stays open', async (t) => {
    const { dir, remove } = scratch();
    t.after(remove);
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const taken = `127.0.0.1:${(other.address() as { port: number }).port}`;
    for (const variable of Object.keys(FREE))
      await assert.rejects(
        start(dir, { [variable]: taken }),
        (error) => isFairleadError(error, 'PORT_IN_USE') && error.message.includes(taken),
        variable,
      );
    // The folder was let go each time.
    await (await start(dir)).service.close();
  });

  test('a folder that cannot be, or that another service has, ends the start with one code', async (t) => {
    const { dir, remove } = scratch();
    t.after(remove);
    writeFileSync(join(dir, 'file'), '');
    await assert.rejects(start(dir, { FAIRLEAD_DATA: join(dir, 'file') }), (error) =>
      isFairleadError(error, 'STORE_UNREADABLE'),
    );
    await using running = await start(dir);
    await assert.rejects(start(dir), (error) => isFairleadError(error, 'STORE_LOCKED'));
    assert.equal((await running.call('GET', '/readyz')).status, 200);
  });

  fault(
    {
      name: 'The broker is away when the service starts',
      where: 'broker',
      happens: 'The service starts, is not ready, and says why; it ends in order too.',
    },
    async (t) => {
      const { dir, remove } = scratch();
      t.after(remove);
      await using running = await start(dir, {
        FAIRLEAD_BUS__KIND: 'mqtt',
        FAIRLEAD_BUS__MQTT__URL: 'mqtt://127.0.0.1:1',
      });
      assert.equal(running.service.addresses.mqtt, undefined);
      const { status, json } = await eventually(async () => {
        const answer = await running.call('GET', '/readyz');
        return answer.json.checks.bus.detail !== 'connecting' && answer;
      });
      assert.deepEqual(
        [status, json.checks.bus.ok, json.checks.store.ok, json.checks.listeners.ok],
        [503, false, true, true],
      );
      assert.match(json.checks.bus.detail, /127\.0\.0\.1:1/);
      assert.equal((await running.call('GET', '/healthz')).status, 200);
    },
  );

  test('an MQTT client sees a reading and sends a command', async (t) => {
    const { dir, remove } = scratch();
    t.after(remove);
    await using running = await start(dir);
    const { service, call } = running;
    const { json: added } = await call('POST', '/api/v1/devices', { name: 'a' });
    await using client = await mqttBus({ url: `mqtt://${service.addresses.mqtt}` });
    const messages: string[] = [];
    await client.ready();
    await client.subscribe('devices/#', (topic, payload) => messages.push(`${topic} ${payload}`));
    const device = await dial(service.addresses.listeners.official as string);
    t.after(() => device.destroy());
    device.write(
      Buffer.concat([
        packet(0, 0, added.token),
        packet(0, 1, '{"t":1}'),
        packet(0, 2, '{"method":"m","params":{}}'),
      ]),
    );
    await eventually(() => messages.length >= 3);
    assert.match(messages[0] ?? '', /^devices\/a\/status \{"status":"online","since":/);
    assert.deepEqual(messages.slice(1, 3), [
      'devices/a/attributes {"t":1}',
      'devices/a/events {"method":"m","params":{}}',
    ]);
    const arrived = once(device, 'data');
    client.publish([{ topic: 'devices/a/command', payload: '{"method":"restart"}' }]);
    assert.deepEqual((await arrived)[0], packet(0, 3, '{"method":"restart"}'));
  });

  fault(
    {
      name: 'An address guesses tokens',
      where: 'device',
      happens: 'Each link is closed; the log has a few lines and the number of the others.',
      code: 'AUTH_TOKEN_UNKNOWN',
    },
    async (t) => {
      const { dir, remove } = scratch();
      t.after(remove);
      const running = await start(dir);
      await using _ = running;
      for (let i = 0; i < 30; i++) {
        const socket = await dial(running.service.addresses.listeners.official as string);
        socket.write(packet(0, 0, `guess-${i}`));
        await once(socket, 'close');
      }
      await running.service.close();
      const lines = running.logged
        .map((line) => JSON.parse(line))
        .filter(({ code }) => code === 'AUTH_TOKEN_UNKNOWN');
      assert.equal(lines.length, 11);
      assert.deepEqual([lines[10].address, lines[10].suppressed], ['127.0.0.1', 20]);
    },
  );

  test('closes once', async (t) => {
    const { dir, remove } = scratch();
    t.after(remove);
    const { service, url } = await start(dir);
    await Promise.all([service.close(), service.close()]);
    await service.close();
    await assert.rejects(fetch(`${url}/healthz`));
  });
});
