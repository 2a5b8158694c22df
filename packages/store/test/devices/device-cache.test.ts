import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Device } from '@fairlead/store';
import { DeviceCache } from '../../src/devices/device-cache.ts';

const device = (name: string, parent?: string) => ({ name, parent }) as Device;
const subDevices = (gateway: string, count: number) =>
  new Map(Array.from({ length: count }, (_, i) => [`${i}`, device(`${gateway}-${i}`, gateway)]));

test('gateways leave, the oldest first, when their sub-devices are too many together', () => {
  const cache = new DeviceCache({ devices: 10, subDevices: 10 });
  cache.addGateway('g1', subDevices('g1', 4));
  cache.addGateway('g2', subDevices('g2', 4));
  cache.addGateway('g3', subDevices('g3', 4));
  assert.equal(cache.gateway('g1'), undefined);
  assert.equal(cache.gateway('g2')?.size, 4);
  assert.equal(cache.gateway('g3')?.size, 4);
});

test('a gateway that alone has too many is not held', () => {
  const cache = new DeviceCache({ devices: 10, subDevices: 10 });
  cache.addGateway('g1', subDevices('g1', 4));
  cache.addGateway('big', subDevices('big', 11));
  assert.equal(cache.gateway('big'), undefined);
  assert.equal(cache.gateway('g1')?.size, 4);
});

test('names that are asked for and have no sub-devices are bounded too', () => {
  const cache = new DeviceCache({ devices: 10, subDevices: 3 });
  for (let i = 0; i < 9; i++) cache.addGateway(`g${i}`, new Map());
  assert.deepEqual(
    [0, 5, 6, 8].map((i) => cache.gateway(`g${i}`)?.size),
    [undefined, undefined, 0, 0],
  );
});

test('a sub-device that changes takes its gateway with it', () => {
  const cache = new DeviceCache({ devices: 10, subDevices: 10 });
  cache.add(device('s', 'g1'));
  cache.addGateway('g1', subDevices('g1', 2));
  cache.remove(device('s', 'g1'));
  assert.equal(cache.get('s'), undefined);
  assert.equal(cache.gateway('g1'), undefined);
});
