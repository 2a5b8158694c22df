import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { mqttBus } from '@fairlead/bus';
import { connectIndi } from '@fairlead/indi';
import { eventually, scratch, start } from '../running.ts';

const LAMP = join(import.meta.dirname, 'lamp.ts');
const WHERE = '/api/v1/drivers/Lamp%201/properties';

describe('drivers in the service', () => {
  it('show in the HTTP API and on the INDI port, and are set from both', async (t) => {
    const { dir, remove } = scratch();
    t.after(remove);
    writeFileSync(
      join(dir, 'fairlead.yaml'),
      `drivers:\n  listen: 127.0.0.1:0\n  run:\n    lamp:\n      command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(LAMP)}]\n`,
    );
    await using running = await start(dir);
    const { call, service } = running;
    await eventually(async () => (await call('GET', WHERE)).status === 200);
    const { json: drivers } = await call('GET', '/api/v1/drivers');
    assert.equal(drivers[0].name, 'lamp');
    assert.deepEqual(drivers[0].devices, ['Lamp 1']);

    const set = await call('PUT', `${WHERE}/BRIGHTNESS`, { values: { PERCENT: 55 }, wait: '5s' });
    assert.deepEqual([set.status, set.json.state, set.json.elements[0].value], [200, 'Ok', 55]);
    const refused = await call('POST', `${WHERE}/BRIGHTNESS`, { values: { PERCENT: 95 }, wait: '5s' });
    assert.deepEqual([refused.status, refused.json.code], [422, 'PROPERTY_REFUSED']);
    assert.match(refused.json.detail, /Too bright/);
    assert.ok(running.logged.some((line) => /"device":"Lamp 1".*"Too bright\."/.test(line)));
    const range = await call('PUT', `${WHERE}/BRIGHTNESS`, { values: { PERCENT: 101 } });
    assert.deepEqual([range.status, range.json.code], [400, 'PROPERTY_NOT_SETTABLE']);
    assert.equal((await call('GET', `${WHERE}/NOTHING`)).status, 404);
    assert.equal((await call('GET', '/api/v1/drivers/Nobody/properties')).json.code, 'DRIVER_DEVICE_UNKNOWN');

    const stopped = await call('POST', '/api/v1/drivers/lamp/stop', {});
    assert.deepEqual([stopped.status, stopped.json.state, stopped.json.devices], [200, 'stopped', []]);
    assert.equal((await call('GET', WHERE)).json.code, 'DRIVER_DEVICE_UNKNOWN');
    assert.equal((await call('POST', '/api/v1/drivers/lamp/start', {})).json.state, 'running');
    await eventually(async () => (await call('GET', WHERE)).status === 200);
    const { pid } = (await call('GET', '/api/v1/drivers')).json[0];
    assert.notEqual((await call('POST', '/api/v1/drivers/lamp/restart', {})).json.pid, pid);
    await eventually(async () => (await call('GET', WHERE)).status === 200);
    const unknown = await call('POST', '/api/v1/drivers/lmap/stop', {});
    assert.deepEqual([unknown.status, unknown.json.code], [404, 'DRIVER_UNKNOWN']);
    assert.match(unknown.json.detail, /"lmap"\. Known names: lamp/);

    await using client = connectIndi(service.addresses.indi as string);
    await client.waitFor('Lamp 1', 'BRIGHTNESS');
    await client.set('Lamp 1', 'BRIGHTNESS', { PERCENT: 60 });
    const shown = await call('GET', `${WHERE}/BRIGHTNESS`);
    assert.equal(shown.json.elements[0].value, 60);
  });

  it('show on the bus and are set from it', async (t) => {
    const { dir, remove } = scratch();
    t.after(remove);
    writeFileSync(
      join(dir, 'fairlead.yaml'),
      `drivers:\n  run:\n    lamp:\n      command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(LAMP)}]\n`,
    );
    await using running = await start(dir);
    await eventually(async () => (await running.call('GET', WHERE)).status === 200);
    await using bus = await mqttBus({ url: `mqtt://${running.service.addresses.mqtt}` });
    const seen: string[] = [];
    await bus.subscribe('drivers/#', (topic, payload) => {
      seen.push(`${topic} ${payload}`);
    });
    const saw = (what: RegExp) => eventually(() => Promise.resolve(seen.some((line) => what.test(line))));
    bus.publish([{ topic: 'drivers/Lamp 1/BRIGHTNESS/set', payload: '{"PERCENT":"33"}' }]);
    await saw(/^drivers\/Lamp 1\/BRIGHTNESS \{"state":"Ok","time":"[^"]+","values":\{"PERCENT":33\}\}$/);
    bus.publish([{ topic: 'drivers/Lamp 1/BRIGHTNESS/set', payload: 'oops' }]);
    await eventually(() => Promise.resolve(running.logged.some((line) => line.includes('REQUEST_INVALID'))));
    await saw(
      /^drivers\/Lamp 1\/BRIGHTNESS\/refused \{"code":"REQUEST_INVALID","message":"the message: it is not JSON\."\}$/,
    );
    const refusals: readonly [topic: string, payload: string, words: RegExp][] = [
      ['Lamp 1/BRIGHTNESS', '{"PERCENT":101}', /BRIGHTNESS\/refused .*PROPERTY_NOT_SETTABLE/],
      ['Lamp 1/BRIGHTNESS', '{"PERCENT":95}', /BRIGHTNESS\/refused .*PROPERTY_REFUSED.*Too bright/],
      ['Lamp 1/NOTHING', '{"A":1}', /Lamp 1\/NOTHING\/refused .*PROPERTY_UNKNOWN/],
      ['No%2Fbody/A', '{"A":1}', /No%2Fbody\/A\/refused .*PROPERTY_UNKNOWN/],
    ];
    for (const [topic, payload, words] of refusals) {
      bus.publish([{ topic: `drivers/${topic}/set`, payload }]);
      await saw(words);
    }
  });
});
