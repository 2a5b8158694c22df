import { after } from 'node:test';
import { mqttBus } from '@fairlead/bus';
import { busSuite, type Mosquitto, requirePeer, startMosquitto } from '@fairlead/testkit';

let mosquitto: Promise<Mosquitto> | undefined;
after(async () => (await mosquitto)?.stop());

for (const version of [4, 5] as const)
  for (const qos of [0, 1] as const)
    busSuite(`mqtt, MQTT ${version === 4 ? '3.1.1' : '5'}, QoS ${qos}`, async (t) => {
      if (!requirePeer(t, 'mosquitto')) return undefined;
      // Nothing is dropped for a subscriber that is behind, so that every loss seen is ours.
      mosquitto ??= startMosquitto({ config: ['max_queued_messages 0'] });
      const { url } = await mosquitto;
      const queue = { highWater: '64KiB', limit: '1MiB' };
      return { bus: await mqttBus({ url, version, qos, queue, maxPayload: '64KiB' }) };
    });
