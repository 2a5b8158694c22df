import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { eventually } from '@fairlead/testkit';
import { type Json, packet, publish, Subscriber } from './running.ts';
import { attributes, auth, peersFor, world } from './world.ts';

const GT06 = join(import.meta.dirname, '../examples/gt06');

for (const bus of ['embedded', 'mosquitto'] as const) {
  describe(`the service, with the ${bus === 'embedded' ? 'embedded broker' : 'broker Mosquitto'}`, () => {
    it('takes readings of the official protocol in any chunking, and sends commands back', async (t) => {
      if (!peersFor(t)) return;
      const { service, port, subscriber, dial } = await world(t, bus);
      const token = await service.add('sensor');
      const sensor = await dial('official');
      const stream = Buffer.concat([
        auth(token),
        packet(1, 0, ''),
        attributes({ temperature: 36.5, humidity: 52 }),
        packet(0, 2, '{"method":"warning","params":{"battery":0}}'),
      ]);
      await sensor.sendBytewise(stream);
      sensor.send(
        Buffer.concat([
          attributes({ glued: 1 }),
          attributes({ glued: 2 }),
          attributes({ half: true }).subarray(0, 12),
        ]),
      );
      sensor.send(attributes({ half: true }).subarray(12));
      await subscriber.see('devices/sensor/attributes {"half":true}');
      assert.deepEqual(subscriber.on('devices/sensor/attributes'), [
        '{"temperature":36.5,"humidity":52}',
        '{"glued":1}',
        '{"glued":2}',
        '{"half":true}',
      ]);
      assert.deepEqual(subscriber.on('devices/sensor/events'), [
        '{"method":"warning","params":{"battery":0}}',
      ]);
      assert.equal(JSON.parse(subscriber.on('devices/sensor/status')[0] as string).status, 'online');
      assert.equal(sensor.received.length, 0, 'nothing is answered unasked');

      assert.equal(await publish(port, 'devices/sensor/set', '{"interval":5}'), 0);
      assert.equal(await publish(port, 'devices/sensor/command', '{"method":"reboot"}'), 0);
      const expected = Buffer.concat([packet(0, 1, '{"interval":5}'), packet(0, 3, '{"method":"reboot"}')]);
      await eventually(() => sensor.received.length >= expected.length, 'the downlinks');
      assert.deepEqual(sensor.received, expected);

      const { json } = await service.cli('device', 'inspect', 'sensor');
      assert.equal(json.values.temperature.value, 36.5);
      sensor.socket.end();
      await eventually(() => subscriber.on('devices/sensor/status').length === 2, 'offline is announced');
      assert.equal(JSON.parse(subscriber.on('devices/sensor/status')[1] as string).status, 'offline');
      const offline = await service.cli('device', 'send', 'sensor', '{"a":1}');
      assert.equal(offline.code, 6);
      assert.match(offline.stderr, /DEVICE_OFFLINE/);
    });

    it('takes the readings of a gateway apart, and addresses commands to sub-devices', async (t) => {
      if (!peersFor(t)) return;
      const { service, subscriber, dial } = await world(t, bus);
      const token = await service.add('gw', '--type', 'gateway');
      await service.add('room', '--parent', 'gw', '--address', '3c20c6206');
      const gateway = await dial('official');
      gateway.send(
        Buffer.concat([
          auth(token),
          attributes({ '3c20c6206': { temperature: 36.5, humidity: 52 }, stranger: { x: 1 } }),
        ]),
      );
      await subscriber.see('devices/room/attributes {"temperature":36.5,"humidity":52}');
      const sent = await service.cli('device', 'send', 'room', '{"valve":"open"}', '--wait', '5s');
      assert.deepEqual([sent.code, sent.json.status], [0, 'written']);
      const expected = packet(0, 1, '{"3c20c6206":{"valve":"open"}}');
      await eventually(() => gateway.received.length >= expected.length, 'the downlink');
      assert.deepEqual(gateway.received, expected);
      const { json: links } = await service.cli('link', 'ls');
      assert.deepEqual(links[0].refusals, { SUBDEVICE_UNKNOWN: 1 });
      assert.equal(
        await service.metric('fairlead_refusals_total{listener="official",code="SUBDEVICE_UNKNOWN"}'),
        1,
      );
    });

    it('decodes the published frames of a GPS tracker to what their source states, and answers them', async (t) => {
      if (!peersFor(t)) return;
      const { service, subscriber, dial } = await world(t, bus);
      const token = await service.add(
        'tracker',
        '--protocol',
        'custom',
        '--framing',
        join(GT06, 'framing.json'),
        '--uplink',
        join(GT06, 'uplink.js'),
      );
      const { vectors } = JSON.parse(readFileSync(join(GT06, 'vectors.json'), 'utf8'));
      const stated = vectors.filter(
        (vector: Json) => vector.record !== undefined && vector.direction !== 'down',
      );
      const tracker = await dial('custom');
      const frames = Buffer.concat(stated.map((vector: Json) => Buffer.from(vector.hex, 'hex')));
      const stream = Buffer.concat([Buffer.from(token), frames]);
      for (let at = 0; at < stream.length; at += 7) tracker.send(stream.subarray(at, at + 7));
      const positions = stated.filter((vector: Json) => vector.record.latitude !== undefined);
      assert.ok(positions.length >= 10, `${positions.length} vectors state a position`);
      const got = () =>
        subscriber
          .on('devices/tracker/attributes')
          .map((line) => JSON.parse(line))
          .filter((values) => 'latitude' in values);
      await eventually(() => got().length >= positions.length, 'all positions');
      got().forEach((values, i) => {
        const { latitude, longitude } = positions[i].record;
        assert.ok(
          Math.abs(values.latitude - latitude) < 1e-5 && Math.abs(values.longitude - longitude) < 1e-5,
          `${positions[i].id}: ${JSON.stringify(values)}`,
        );
      });
      const logins = stated
        .filter((vector: Json) => vector.record.deviceId !== undefined)
        .map((vector: Json) => vector.record.deviceId);
      assert.deepEqual(
        subscriber
          .on('devices/tracker/attributes')
          .map((line) => JSON.parse(line).deviceId)
          .filter(Boolean),
        logins,
      );
      const replies = stated.map((vector: Json) => vector.reply ?? '').join('');
      await eventually(() => tracker.received.length * 2 >= replies.length, 'the replies');
      assert.ok(replies.length > 0);
      assert.equal(tracker.received.toString('hex'), replies);
    });

    it('survives a crash: who was left as online is announced as offline, and comes back', async (t) => {
      if (!peersFor(t)) return;
      const { service, port, dial } = await world(t, bus);
      const token = await service.add('sensor');
      (await dial('official')).send(auth(token));
      await eventually(async () => (await service.cli('device', 'ls')).json[0].status === 'online', 'online');
      await new Promise((resolve) => setTimeout(resolve, 1_500)); // what it remembers is written each second
      assert.equal(await service.stop('SIGKILL'), null);
      await service.restart();
      using after = await Subscriber.start(bus === 'embedded' ? (service.ports.mqtt as number) : port);
      await eventually(
        () => after.on('devices/sensor/status').some((line) => JSON.parse(line).status === 'offline'),
        'the retained status is corrected',
      );
      (await dial('official')).send(Buffer.concat([auth(token), attributes({ back: 1 })]));
      await after.see('devices/sensor/attributes {"back":1}');
      assert.equal(await service.stop('SIGINT'), 0);
    });
  });
}
