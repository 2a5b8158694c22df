/** SIGHUP: what changes without a restart, what waits for one, and a file that is not valid. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, peerEnvironment } from '@fairlead/testkit';
import { BareDevice, RunningService } from './running.ts';
import { auth, peersFor } from './world.ts';

/** The exit code of `mosquitto_pub` as a user of the embedded broker. */
function publishAs(port: number, user: string, password: string): Promise<number | null> {
  const place = ['-h', '127.0.0.1', '-p', String(port), '-q', '1', '-u', user, '-P', password];
  const child = spawn('mosquitto_pub', [...place, '-t', 'a/b', '-m', 'x'], {
    env: peerEnvironment(),
    stdio: 'ignore',
  });
  return new Promise((resolve) => child.once('exit', resolve));
}

/** The HTTP status that a client gets which names the service so. */
function statusAs(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const place = { host: '127.0.0.1', port, path: '/api/v1/devices', headers: { host: `${host}:${port}` } };
    request(place, (answer) => resolve(answer.resume().statusCode))
      .on('error', reject)
      .end();
  });
}

test('SIGHUP applies what can change, names what waits for a restart, and keeps the old on a mistake', async (t) => {
  if (!peersFor(t)) return;
  await using service = await RunningService.start({}, undefined, 'log: {level: info}\n');
  const { official, mqtt, http } = service.ports;
  const token = await service.add('boiler');
  using first = await BareDevice.dial(official);
  first.send(auth(token));
  await eventually(
    async () => (await service.metric('fairlead_devices_online')) === 1,
    'the device is online',
  );
  assert.notEqual(await publishAs(mqtt as number, 'alice', 'secret-1'), 0);

  assert.equal(await statusAs(http, 'plant.example'), 421);

  await writeFile(join(service.folder, 'alice'), 'secret-1');
  const next = [
    'log: {level: debug}',
    'http: {hosts: [plant.example]}',
    'listeners: {official: {deny: [127.0.0.0/8], limits: {sessions: 5}}}',
    'bus: {embedded: {users: {alice: {passwordFile: alice}}}}',
    'topics: {status: "site/{device}/status"}',
  ].join('\n');
  await service.configure(next);
  service.signal('SIGHUP');
  await eventually(() => service.log.includes('next start'), 'the reload');
  const line = (text: string) =>
    JSON.parse(service.log.split('\n').find((each) => each.includes(text)) ?? '{}');
  assert.deepEqual(line('"Reloaded"').applied.sort(), [
    'bus.embedded.users.alice',
    'http.hosts',
    'listeners.official.deny',
    'listeners.official.limits.sessions',
    'log.level',
  ]);
  assert.deepEqual(line('next start').keys.sort(), ['topics.status']);
  assert.equal(await statusAs(http, 'plant.example'), 401);
  using second = await BareDevice.dial(official);
  await eventually(() => second.closed, 'a new link is refused');
  assert.ok(!first.closed);
  assert.equal(await publishAs(mqtt as number, 'alice', 'secret-1'), 0);

  await service.configure('log: {level: info}\nlisteners:\n  official:\n    denny: []\n');
  service.signal('SIGHUP');
  await eventually(() => service.log.includes('earlier one stays in use'), 'the mistake is named');
  assert.match(service.log, /CONFIG_KEY_UNKNOWN.*fairlead\.yaml:4:5/);
  using third = await BareDevice.dial(official);
  await eventually(() => third.closed, 'a new link is still refused');

  await writeFile(join(service.folder, 'alice'), 'secret-2'); // the key has not changed, the password has
  await service.configure('bus: {embedded: {users: {alice: {passwordFile: alice}}}}\n');
  service.signal('SIGHUP');
  await eventually(() => service.log.split('"Reloaded"').length === 3, 'another reload');
  assert.equal(await publishAs(mqtt as number, 'alice', 'secret-2'), 0);
  assert.notEqual(await publishAs(mqtt as number, 'alice', 'secret-1'), 0);
  using fourth = await BareDevice.dial(official);
  fourth.send(auth(token));
  await eventually(() => first.closed, 'the newer link has taken over');
  assert.equal(await service.stop('SIGTERM'), 0);
});
