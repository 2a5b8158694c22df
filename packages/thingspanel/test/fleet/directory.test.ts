import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog } from '@fairlead/core';
import { eventually, FakeClock, settled } from '@fairlead/testkit';
import { thingspanelErrors } from '../../src/catalogue.ts';
import { PlatformDirectory } from '../../src/fleet/directory.ts';
import { DeviceRecords } from '../../src/fleet/records.ts';
import type { PlatformDevice } from '../../src/platform/answer.ts';
import type { FleetDevice } from '../../src/ports.ts';

type Answer = PlatformDevice | undefined | 'away' | 'wrong';

const device = (id: string, token: string, more: Partial<PlatformDevice> = {}): PlatformDevice => ({
  id,
  token,
  protocol: 'official',
  type: 'standard',
  inboundBuffer: 1_024,
  outboundBuffer: 1_024,
  ...more,
});

/** The devices of a service, and a platform that answers as told. */
async function world(t: TestContext, cache = { fresh: 60_000, stale: 3_600_000 }) {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-records-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const clock = new FakeClock();
  const file = join(folder, 'devices.json');
  const records = await DeviceRecords.open({ file, clock, log: silentLog });
  const own = new Map<string, FleetDevice>();
  const answers = new Map<string, Answer>();
  const asked: string[] = [];
  const forgotten: string[] = [];
  const platform = {
    async lookUp(token: string) {
      asked.push(token);
      await Promise.resolve();
      const answer = answers.get(token);
      if (answer === 'away')
        throw thingspanelErrors.error('THINGSPANEL_UNREACHABLE', { url: 'u', reason: 'r' });
      if (answer === 'wrong') throw thingspanelErrors.error('THINGSPANEL_ANSWER_WRONG');
      return answer;
    },
  };
  const fleet = {
    byToken: (token: string) => own.get(`own:${token}`),
    byName: (name: string) => own.get(name),
    add(definition: FleetDevice) {
      assert.ok(!own.has(definition.name));
      own.set(definition.name, definition);
      return { device: definition };
    },
    edit(name: string, patch: object) {
      const edited = { ...(own.get(name) as FleetDevice), ...patch };
      own.set(name, edited);
      return edited;
    },
    remove: (name: string) => own.delete(name),
  };
  const directory = new PlatformDirectory<FleetDevice>({
    platform,
    records,
    fleet,
    cache,
    clock,
    log: silentLog,
  });
  directory.attach({
    forget: (name) => void forgotten.push(name),
    deviceChanged: async () => {},
    send: async () => {},
  });
  t.after(() => directory[Symbol.asyncDispose]());
  return { directory, records, clock, own, answers, asked, forgotten, file };
}

test('an answer is used again while it is fresh, and one question serves all who ask meanwhile', async (t) => {
  const { directory, clock, answers, asked } = await world(t);
  answers.set('t', device('7', 't'));
  const found = await Promise.all([directory.byToken('t', 'official'), directory.byToken('t', 'official')]);
  assert.deepEqual(
    found.map((one) => one?.name),
    ['7', '7'],
  );
  assert.deepEqual(asked, ['t']);
  assert.equal((await directory.byToken('t', 'official'))?.name, '7');
  assert.equal(asked.length, 1);
  await clock.advance(60_000);
  await directory.byToken('t', 'official');
  assert.equal(asked.length, 2);
});

test('a refused token costs one question for a while, and a call of the platform lets it in', async (t) => {
  const { directory, clock, answers, asked } = await world(t);
  for (let i = 0; i < 3; i++) assert.equal(await directory.byToken('t', 'official'), undefined);
  assert.equal(asked.length, 1);
  await clock.advance(5_000);
  await directory.byToken('t', 'official');
  assert.equal(asked.length, 2);
  answers.set('t', device('7', 't'));
  directory.changed(['t'], []);
  assert.equal((await directory.byToken('t', 'official'))?.name, '7');
});

test('while the platform is away, known devices enter at once, others do not; then the platform decides', async (t) => {
  const { directory, clock, answers, asked, forgotten } = await world(t, { fresh: 0, stale: 3_600_000 });
  for (const n of [1, 2]) answers.set(`t${n}`, device(`d${n}`, `t${n}`));
  await directory.byToken('t1', 'official');
  await directory.byToken('t2', 'official');
  for (const n of [1, 2, 3]) answers.set(`t${n}`, 'away');
  asked.length = 0;
  assert.equal((await directory.byToken('t1', 'official'))?.name, 'd1');
  assert.equal((await directory.byToken('t2', 'official'))?.name, 'd2');
  assert.deepEqual(asked, ['t1'], 'the second does not wait for another attempt');
  assert.match(
    directory.doubt('d1')?.message ?? '',
    /"d1" entered by an answer of ThingsPanel that is 0 s old/,
  );
  await assert.rejects(async () => directory.byToken('t3', 'official'), { code: 'THINGSPANEL_UNREACHABLE' });
  answers.set('t1', device('d1', 't1'));
  answers.set('t2', undefined);
  await clock.advance(5_000);
  await settled();
  assert.equal(directory.doubt('d1'), undefined);
  assert.deepEqual(forgotten, ['d2'], 'refused after all');
  answers.set('t2', 'away');
  await clock.advance(6_000);
  await assert.rejects(async () => directory.byToken('t2', 'official'), { code: 'THINGSPANEL_UNREACHABLE' });
  answers.set('t1', 'away');
  await clock.advance(4_000_000);
  await assert.rejects(
    async () => directory.byToken('t1', 'official'),
    { code: 'THINGSPANEL_UNREACHABLE' },
    'too old',
  );
});

test('a wrong answer about one device holds up no other', async (t) => {
  const { directory, clock, answers } = await world(t, { fresh: 0, stale: 3_600_000 });
  for (const n of [1, 2]) answers.set(`t${n}`, device(`d${n}`, `t${n}`));
  await directory.byToken('t1', 'official');
  await directory.byToken('t2', 'official');
  answers.set('t1', 'wrong');
  assert.equal((await directory.byToken('t1', 'official'))?.name, 'd1');
  answers.set('t2', 'away');
  await directory.byToken('t2', 'official');
  answers.set('t2', device('d2', 't2'));
  await clock.advance(5_000);
  await settled();
  assert.ok(directory.doubt('d1'));
  assert.equal(directory.doubt('d2'), undefined);
});

test('a new token, another protocol, and an id that moves', async (t) => {
  const { directory, records, own, answers, forgotten } = await world(t, { fresh: 0, stale: 0 });
  answers.set('t1', device('7', 't1'));
  await directory.byToken('t1', 'official');
  answers.set('t2', device('7', 't2'));
  assert.equal((await directory.byToken('t2', 'official'))?.name, '7');
  assert.deepEqual(forgotten, ['7'], 'the link with the old token ends');
  assert.equal(records.byToken('t1'), undefined);
  answers.set('t2', device('7', 't2', { protocol: 'custom' }));
  assert.equal((await directory.byToken('t2', 'official'))?.protocol, 'custom');
  answers.set('t2', device('8', 't2'));
  assert.equal((await directory.byToken('t2', 'official'))?.name, '8');
  assert.deepEqual([...own.keys()], ['8'], 'a token is of one device');
  directory.deleted([], ['8']);
  assert.deepEqual([own.size, records.size], [0, 0]);
});

test("a device of the service itself keeps its name and its token; the platform's one gets another name", async (t) => {
  const { directory, own, answers, asked } = await world(t);
  const pump = { name: 'pump', protocol: 'official', inboundBuffer: 1, outboundBuffer: 1 };
  own.set('pump', pump).set('own:secret', pump);
  assert.equal(directory.byToken('secret', 'official'), pump);
  assert.deepEqual(asked, []);
  answers.set('t', device('pump', 't'));
  assert.match((await directory.byToken('t', 'official'))?.name ?? '', /^pump-[0-9a-f]{8}$/);
});

test('devices are known after a restart, and a damaged file is named without what is in it', async (t) => {
  const { directory, records, answers, file, clock } = await world(t, { fresh: 0, stale: 0 });
  answers.set('t', device('7', 't'));
  await directory.byToken('t', 'official');
  await clock.advance(200);
  await eventually(() => existsSync(file), 'it is written soon');
  const written = readFileSync(file, 'utf8');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  await clock.advance(1_000);
  await directory.byToken('t', 'official');
  await clock.advance(1_000);
  assert.equal(readFileSync(file, 'utf8'), written, 'a new age alone can wait');
  await records[Symbol.asyncDispose]();
  assert.notEqual(readFileSync(file, 'utf8'), written);
  const again = await DeviceRecords.open({ file, clock, log: silentLog });
  assert.equal(again.byToken('t')?.name, '7');
  writeFileSync(file, '{"devices":[{"token":"secret"');
  await assert.rejects(
    DeviceRecords.open({ file, clock, log: silentLog }),
    ({ code, message }: Error & { code: string }) =>
      code === 'THINGSPANEL_FILE_UNUSABLE' && !message.includes('secret'),
  );
});

test('a disk that does not take the file is tried again, and the devices stay known', async (t) => {
  const { directory, answers, clock, file } = await world(t);
  mkdirSync(`${file}.new`); // in its place
  answers.set('t', device('7', 't'));
  await directory.byToken('t', 'official');
  await clock.advance(200);
  await eventually(() => clock.next === 30_000, 'the next attempt is planned');
  rmSync(`${file}.new`, { recursive: true });
  await clock.advance(30_000);
  await eventually(() => existsSync(file), 'it is written');
  assert.equal((await directory.byToken('t', 'official'))?.name, '7');
});

test('a device that is deleted while the platform answers about it does not come back', async (t) => {
  const { directory, records, answers } = await world(t);
  answers.set('t', device('7', 't'));
  const asked = directory.byToken('t', 'official');
  directory.deleted(['t'], []);
  assert.equal(await asked, undefined);
  assert.equal(records.size, 0);
});

test('where the name of the protocol is not known, the link tells it', async (t) => {
  const { directory, answers } = await world(t, { fresh: 0, stale: 0 });
  answers.set('t', device('7', 't', { protocol: undefined }));
  assert.equal((await directory.byToken('t', 'custom'))?.protocol, 'custom');
  directory.changed(['t'], []);
  assert.equal((await directory.byToken('t', 'profile'))?.protocol, 'custom', 'as before');
});

test('a device is in the file before it enters, and enters though the file cannot be written', async (t) => {
  const { directory, answers, file } = await world(t);
  const names = Array.from({ length: 20 }, (_, i) => `m${i}`);
  for (const name of names) answers.set(name, device(name, name));
  await Promise.all(
    names.map(async (name) => {
      await directory.byToken(name, 'official');
      assert.match(readFileSync(file, 'utf8'), new RegExp(`"token":"${name}"`));
    }),
  );
  rmSync(file);
  mkdirSync(`${file}.new`); // in the way of the next write
  answers.set('late', device('late', 'late'));
  assert.ok(await directory.byToken('late', 'official'));
  assert.equal(existsSync(file), false);
  rmSync(`${file}.new`, { recursive: true });
});
