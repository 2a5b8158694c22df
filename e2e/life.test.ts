/** Who is there: the service as its subscribers see it, and a device as its operator does. */
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { it } from 'node:test';
import { eventually, startMosquitto } from '@fairlead/testkit';
import { RunningService, Subscriber } from './running.ts';
import { auth, peersFor, world } from './world.ts';

const TOPIC = `fairlead/${hostname()}/status`;

const statuses = (subscriber: Subscriber) =>
  subscriber.on(TOPIC).map((payload) => JSON.parse(payload) as { status: string; since?: string });

it('a service that is killed is offline by its last will, and one that stops says so', async (t) => {
  if (!peersFor(t)) return;
  await using broker = await startMosquitto();
  const environment = { FAIRLEAD_BUS__KIND: 'mqtt', FAIRLEAD_BUS__MQTT__URL: broker.url };
  await using service = await RunningService.start(environment);
  using subscriber = await Subscriber.start(broker.port, TOPIC);
  const count = (wanted: number) =>
    eventually(() => statuses(subscriber).length === wanted, `${wanted} changes`, 20_000);
  await count(1);
  await service.stop('SIGKILL');
  await count(2);
  await service.restart();
  await count(3);
  await service.stop();
  await count(4);
  const seen = statuses(subscriber);
  assert.deepEqual(
    seen.map(({ status, since }) => [status, since !== undefined]),
    [
      ['online', true],
      ['offline', false],
      ['online', true],
      ['offline', true],
    ],
  );

  // It is retained, and a new broker, which keeps nothing, is told again.
  using late = await Subscriber.start(broker.port, TOPIC);
  await eventually(() => statuses(late)[0]?.status === 'offline', 'the last status');
  await service.restart();
  await broker.kill();
  await broker.restart();
  await eventually(
    async () => {
      using fresh = await Subscriber.start(broker.port, TOPIC);
      await eventually(() => statuses(fresh).length > 0, 'a status', 1_000).catch(() => {});
      return statuses(fresh)[0]?.status === 'online';
    },
    'online at the new broker',
    20_000,
  );
});

it('an operator learns why a device is offline', async (t) => {
  if (!peersFor(t)) return;
  const { service, subscriber, dial } = await world(t, 'embedded');
  const why = async () => (await service.cli('device', 'why', 'sensor')).json;
  const token = await service.add('sensor');
  assert.equal((await why()).sentence, 'It has never connected.');
  const sensor = await dial('official');
  sensor.send(auth(token));
  await eventually(() => subscriber.on('devices/sensor/status').length === 1, 'online is announced');
  assert.match(
    (await why()).sentence,
    /^It has been online since .* UTC, on the link official-1; its last message/,
  );
  sensor.socket.end();
  await eventually(() => subscriber.on('devices/sensor/status').length === 2, 'offline is announced');
  const { sentence, code, state } = await why();
  assert.match(
    sentence,
    /^It has been offline since .* UTC: the device closed the link \(PEER_CLOSED\) after \d+ s;/,
  );
  assert.deepEqual([code, state], ['PEER_CLOSED', undefined]);
  assert.equal((await service.cli('device', 'why', 'nobody')).code, 3);
});
