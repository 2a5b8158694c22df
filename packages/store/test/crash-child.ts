/** Adds devices and messages until it is killed, and says each device once the store has it. */
import { writeSync } from 'node:fs';
import { openStore } from '@fairlead/store';

const store = openStore({ dir: process.argv[2] as string });
const observer = store.observer();
for (let i = 0; ; i++) {
  const { device, token } = store.devices.add({ name: `d${i}`, framing: `fixed:${1 + (i % 7)}` });
  writeSync(1, `${device.name} ${token}\n`);
  observer.status({ device, status: 'online', since: i });
  observer.uplinks([{ device, kind: 'attributes', time: i, payload: Buffer.from(`{"i":${i}}`) }]);
  if (i % 10 === 9) store.flush();
}
