/** A gateway with a journal, as a process that is killed: `node journal-gateway.ts FOLDER MQTT_URL DEVICES`. Prints its port. */
import { mqttBus } from '@fairlead/bus';
import { silentLog } from '@fairlead/core';
import { createGateway, type Device, uplinkRecord } from '@fairlead/gateway';
import { openJournal } from '@fairlead/journal';

const [folder = '', url = '', count = '0'] = process.argv.slice(2);
const devices = new Map<string, Device>(
  Array.from({ length: Number(count) }, (_, i) => [
    `token-${i}`,
    {
      id: `id-${i}`,
      name: `device-${i}`,
      type: 'standard',
      protocol: 'official',
      profile: { id: 'p', authReply: '05', ack: '06' },
      inboundBuffer: 1_024,
      outboundBuffer: 1_024,
    },
  ]),
);
const journal = await openJournal({ files: folder, format: uplinkRecord, segment: 2 ** 20, size: 2 ** 24 });
const bus = await mqttBus({ url, version: 5, qos: 1, log: silentLog });
const gateway = await createGateway({
  bus,
  log: silentLog,
  directory: {
    byToken: (token) => devices.get(token),
    byIdentity: () => undefined,
    profile: () => undefined,
    byName: () => undefined,
    byAddress: () => undefined,
    subDevices: () => [],
  },
  scripts: {
    load: async () => {
      throw new Error('there are no scripts');
    },
  },
  journal: { journal, keeps: () => true },
});
const { address } = await gateway.listen('official', 'official', '127.0.0.1:0');
console.log(`port ${address.slice(address.lastIndexOf(':') + 1)}`);
