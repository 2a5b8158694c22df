import { after } from 'node:test';
import { mqttBus } from '@fairlead/bus';
import {
  busSuite,
  eventually,
  type LastingSide,
  type Mosquitto,
  requirePeer,
  startMosquitto,
} from '@fairlead/testkit';
import { connect } from 'mqtt';

let shared: Promise<Mosquitto> | undefined;
after(async () => (await shared)?.stop());

for (const version of [4, 5] as const)
  for (const qos of [0, 1] as const)
    busSuite(`mqtt, MQTT ${version === 4 ? '3.1.1' : '5'}, QoS ${qos}`, async (t) => {
      if (!requirePeer(t, 'mosquitto')) return undefined;
      // Nothing is dropped for a subscriber that is behind, so that every loss seen is ours.
      shared ??= startMosquitto({ config: ['max_queued_messages 0', 'persistence true'] });
      const mosquitto = await shared;
      const queue = { highWater: '64KiB', limit: '1MiB' } as const;
      const reconnect = { min: '10ms', max: '50ms' } as const;
      const { url } = mosquitto;
      return {
        bus: await mqttBus({ url, version, qos, queue, maxPayload: '64KiB', reconnect }),
        lasting: qos === 1 ? () => keeperAt(mosquitto) : undefined,
      };
    });

/** A subscriber with a session that the broker keeps, also over its end, sees what the broker had confirmed. */
async function keeperAt(mosquitto: Mosquitto): Promise<LastingSide> {
  const kept: string[] = [];
  const keeper = connect(mosquitto.url, { clientId: 'keeper', clean: false, reconnectPeriod: 20 });
  keeper.on('error', () => {});
  keeper.on('message', (_topic, payload) => kept.push(String(payload)));
  await eventually(() => keeper.connected, 'the keeper is connected');
  await keeper.subscribeAsync('lasting', { qos: 1 });
  return {
    restart: async () => {
      await mosquitto.end();
      await mosquitto.restart();
    },
    kept: async () => kept,
    [Symbol.asyncDispose]: async () => {
      await keeper.unsubscribeAsync('lasting');
      await keeper.endAsync(true);
    },
  };
}
