/** Devices that speak as they left the factory, over real sockets, to the whole service. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createClient } from '@fairlead/api';
import { profileFolder, SCRIPT } from './profile.ts';
import { dial, eventually, packet, type Running, scratch, start } from './running.ts';

/** Frames of the examples of the profile gt06, and the replies that they state. */
const IMEI = '863586038760942';
const LOGIN = '787811010863586038760942a0010000010aa4000d0a';
const LOGIN_REPLY = '78780501010a7ed70d0a';
const STATUS = '78780a130604ea04000006bc8a0d0a';
const STATUS_REPLY = '7878051300069d4e0d0a';
const POSITION = '78782222120616083817c5050cc8c801a819d600152400e8011dbf003332000000004862500d0a';

async function service(t: TestContext, listener: string): Promise<{ running: Running; address: string }> {
  const { dir, remove } = scratch();
  t.after(remove);
  const running = await startWith(t, dir, listener);
  return { running, address: running.service.addresses.listeners.trackers as string };
}

async function startWith(t: TestContext, dir: string, listener: string): Promise<Running> {
  writeFileSync(join(dir, 'fairlead.yaml'), `listeners:\n  trackers: {listen: "127.0.0.1:0", ${listener}}\n`);
  const running = await start(dir);
  t.after(() => running.service.close());
  return running;
}

/** A device, and all that it was sent so far in hex. */
async function device(t: TestContext, address: string) {
  const socket: Socket = await dial(address);
  t.after(() => socket.destroy());
  let received = '';
  socket.on('data', (bytes) => {
    received += bytes.toString('hex');
  });
  return {
    socket,
    send: (hex: string) => socket.write(Buffer.from(hex, 'hex')),
    received: (hex: string) => eventually(() => received === hex),
    clear: () => {
      received = '';
    },
  };
}

const value = (running: Running, name: string, key: string) =>
  eventually(async () => (await running.call('GET', `/api/v1/devices/${name}`)).json.values?.[key]);

describe('a listener of profiles', () => {
  test('takes a GT06 tracker: login, readings, a command', async (t) => {
    const { running, address } = await service(t, 'profiles: [gt06, teltonika], unknown: inbox');
    const { call } = running;
    const body = { name: 'truck-7', profile: 'gt06', identity: IMEI };
    assert.equal((await call('POST', '/api/v1/devices', body)).status, 201);
    const tracker = await device(t, address);
    // The login arrives in two pieces, the second with the next frame glued to it.
    tracker.send(LOGIN.slice(0, 10));
    await new Promise((resolve) => setImmediate(resolve));
    tracker.send(LOGIN.slice(10) + STATUS);
    await tracker.received(LOGIN_REPLY + STATUS_REPLY);
    tracker.send(POSITION);
    assert.equal((await value(running, 'truck-7', 'battery')).value, 66);
    const { value: latitude, time } = await value(running, 'truck-7', 'latitude');
    assert.deepEqual([latitude.toFixed(5), time], ['47.06884', '2018-06-22T08:56:23.000Z']);
    assert.equal((await call('GET', '/api/v1/devices/truck-7')).json.status, 'online');

    tracker.clear();
    const command = { kind: 'command', values: { method: 'relay', params: { on: true } }, wait: '5s' };
    assert.equal((await call('POST', '/api/v1/devices/truck-7/downlinks', command)).status, 200);
    await tracker.received('787812800c0000000052656c61792c312300009dee0d0a');
  });

  test('keeps an unknown tracker connected until somebody registers it, with all that it sent', async (t) => {
    const { running, address } = await service(t, 'profiles: [gt06, teltonika], unknown: inbox');
    const { call } = running;
    const tracker = await device(t, address);
    tracker.send(LOGIN + STATUS);
    const entry = await eventually(async () => {
      const [first] = (await call('GET', '/api/v1/inbox')).json;
      return first?.frames.length === 1 && first;
    });
    assert.deepEqual(
      [entry.listener, entry.profile, entry.identity, entry.connected, entry.frames[0]],
      ['trackers', 'gt06', IMEI, true, STATUS],
    );
    const enrolled = await call('POST', `/api/v1/inbox/${entry.id}/enroll`, { name: 'truck-7' });
    assert.deepEqual([enrolled.status, enrolled.json.connected], [201, true]);
    await tracker.received(LOGIN_REPLY + STATUS_REPLY);
    assert.equal((await value(running, 'truck-7', 'battery')).value, 66);
    assert.deepEqual((await call('GET', '/api/v1/inbox')).json, []);
  });

  test('the inbox is there after a restart', async (t) => {
    const { running, address } = await service(t, 'profiles: [gt06]');
    const tracker = await device(t, address);
    tracker.send(LOGIN);
    await eventually(async () => (await running.call('GET', '/api/v1/inbox')).json.length === 1);
    await running.service.close();
    const again = await start(running.dir);
    t.after(() => again.service.close());
    const [entry] = (await again.call('GET', '/api/v1/inbox')).json;
    assert.deepEqual([entry.identity, entry.connected], [IMEI, false]);
    assert.equal((await again.call('DELETE', `/api/v1/inbox/${entry.id}`)).status, 204);
  });

  test('registers devices on the spot, and takes official ones at the same port', async (t) => {
    const { running, address } = await service(t, 'profiles: [official, gt06], unknown: create');
    const tracker = await device(t, address);
    tracker.send(LOGIN + STATUS);
    assert.equal((await value(running, `gt06-${IMEI}`, 'battery')).value, 66);
    const { json } = await running.call('POST', '/api/v1/devices', { name: 'boiler' });
    const boiler = await device(t, address);
    boiler.socket.write(Buffer.concat([packet(0, 0, json.token), packet(0, 1, '{"temperature":36.5}')]));
    assert.equal((await value(running, 'boiler', 'temperature')).value, 36.5);
  });

  test('a new version of a profile takes hold on a live link', async (t) => {
    const { dir, remove } = scratch();
    t.after(remove);
    const first = await start(dir);
    const put = async (running: Running, changes: Parameters<typeof profileFolder>[0], match = {}) => {
      const body = { files: profileFolder(changes) };
      const { status, json } = await running.call('PUT', '/api/v1/profiles/lines', body, match);
      assert.equal(status, 200, JSON.stringify(json));
    };
    await put(first, {});
    await first.call('POST', '/api/v1/devices', { name: 'a', profile: 'lines', identity: '7' });
    await first.service.close();
    const running = await startWith(t, dir, 'profiles: [lines], unknown: refuse');
    const meter = await device(t, running.service.addresses.listeners.trackers as string);
    meter.socket.write('ID 7\nT 20\n');
    assert.equal((await value(running, 'a', 'temperature')).value, 20);
    const script = SCRIPT.replace('Number(value)', 'Number(value) * 2');
    const examples = [{ name: 'doubled', hex: '542032310a', values: { temperature: 42 } }];
    await put(running, { version: '1.1.0', script, examples }, { 'if-match': '*' });
    meter.socket.write('T 30\n');
    await eventually(async () => (await value(running, 'a', 'temperature')).value === 60);
    const links = (await running.call('GET', '/api/v1/links?device=a')).json;
    assert.deepEqual(
      links.map(({ state }: { state: string }) => state),
      ['open'],
    );
  });

  test('a profile that does not exist does not stop the start; the listener takes it when it is added', async (t) => {
    const { running, address } = await service(t, 'profiles: [lines, gt06], unknown: inbox');
    const put = { files: profileFolder() };
    assert.equal((await running.call('PUT', '/api/v1/profiles/lines', put)).status, 200);
    const meter = await device(t, address);
    meter.send(Buffer.from('ID 7\n').toString('hex'));
    const [entry] = await eventually(async () => {
      const found = (await running.call('GET', '/api/v1/inbox')).json;
      return found.length > 0 && found;
    });
    assert.deepEqual([entry.profile, entry.identity], ['lines', '7']);
  });

  test('a tap shows both directions of a tracker', async (t) => {
    const { running, address } = await service(t, 'profiles: [gt06]');
    await running.call('POST', '/api/v1/devices', { name: 'truck-7', profile: 'gt06', identity: IMEI });
    const leave = new AbortController();
    const client = createClient({ url: running.url, token: running.token });
    let text = '';
    const connected = Promise.withResolvers<void>();
    const reading = (async () => {
      const options = { signal: leave.signal, connected: () => connected.resolve() };
      for await (const event of client.tap('truck-7', options)) text += JSON.stringify(event);
    })();
    await connected.promise;
    const tracker = await device(t, address);
    tracker.send(LOGIN);
    await tracker.received(LOGIN_REPLY);
    tracker.send(STATUS);
    await eventually(
      () => text.includes(STATUS) && text.includes(STATUS_REPLY) && text.includes('"battery":66'),
    );
    tracker.socket.destroy();
    await once(tracker.socket, 'close');
    await eventually(() => text.includes('"what":"closed"'));
    leave.abort();
    await reading;
  });
});
