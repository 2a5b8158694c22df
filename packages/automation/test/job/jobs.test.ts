import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, FakeClock, freePort, settled } from '@fairlead/testkit';
import { Vault } from '../../src/secret/vault.ts';
import { key, open } from '../house.ts';
import { MemoryStore } from '../memory-store.ts';

it('the record of a job has what it began with, masked unless secrets are asked for', async () => {
  await using house = await open();
  const { automation } = house;
  await automation.put('job', 'job', {
    variables: { a: 'of the job' },
    steps: [{ publish: { topic: 't' } }],
  });
  const { id, ended } = automation.startJob('job', { variables: { order: '4711' } });
  await ended;
  const inputs = (secrets: boolean) =>
    (automation.run(id, secrets)?.detail as { inputs?: object } | undefined)?.inputs;
  assert.deepEqual(inputs(true), { a: 'of the job', order: '4711', Job: 'job' });
  assert.deepEqual(inputs(false), {
    a: '•••• (10 characters)',
    order: '•••• (4 characters)',
    Job: '•••• (3 characters)',
  });
  // What somebody sends to a trigger is kept within bounds.
  const long = automation.startJob('job', { variables: { a: 'x'.repeat(2 ** 22) } });
  await long.ended;
  assert.ok(JSON.stringify(automation.run(long.id, true)).length < 2 ** 21);
});

describe('schedules', () => {
  const at = (hour: number, minute = 0) => Date.UTC(2026, 5, 1, hour, minute);
  const job = (others: object = {}) => ({
    on: [{ schedule: '0 3 * * *', zone: 'Europe/Berlin' }],
    steps: [{ publish: { topic: '{{var.ScheduledTime}}' } }],
    ...others,
  });

  it('run at their time in their zone', async () => {
    const clock = new FakeClock(at(0));
    await using house = await open({ clock });
    const { automation, published } = house;
    await automation.put('job', 'job', job());
    await clock.advance(59 * 60_000);
    assert.equal(published.length, 0);
    await clock.advance(60_000);
    assert.deepEqual(published, ['2026-06-01T01:00:00.000Z  false']);
    await clock.advance(48 * 3_600_000);
    assert.equal(published.length, 3);
  });

  for (const [missed, count] of [
    ['skip', 0],
    ['once', 1],
    ['all', 3],
  ] as const) {
    it(`missed while the service did not run: ${missed}`, async () => {
      const store = new MemoryStore();
      const before = await open({ store, clock: new FakeClock(at(0)) });
      await before.automation.put('job', 'job', job({ missed }));
      await before.automation.close();
      await using after = await open({ store, clock: new FakeClock(at(72)) });
      await eventually(() => after.published.length >= count, 'missed runs');
      assert.equal(after.published.length, count);
      await after.automation.close();
      await using again = await open({ store, clock: new FakeClock(at(72)) });
      await settled();
      assert.equal(again.published.length, 0);
    });
  }

  it('a disabled job is started by a person alone', async () => {
    const clock = new FakeClock(at(0));
    await using house = await open({ clock });
    const { automation, published } = house;
    await automation.put('job', 'job', job({ enabled: false }));
    await clock.advance(48 * 3_600_000);
    assert.equal(published.length, 0);
  });
});

it('of a job is known when it starts next, whether it runs, and how it ran last', async () => {
  const clock = new FakeClock(Date.UTC(2026, 5, 1));
  const gate = Promise.withResolvers<void>();
  await using house = await open({ clock, publish: () => gate.promise });
  const { automation } = house;
  const on = [
    { schedule: '0 3 * * *', zone: 'UTC' },
    { schedule: '30 1 * * *', zone: 'UTC' },
  ];
  const steps = [{ publish: { topic: 't' } }];
  await automation.put('job', 'b', { on, steps });
  await automation.put('job', 'a', { on, enabled: false, steps });
  const now = () => automation.jobs().map(({ last, ...job }) => ({ ...job, last: last?.result ?? last?.id }));
  const nextAt = Date.UTC(2026, 5, 1, 1, 30);
  const idle = { running: 0, waiting: 0, last: undefined };
  assert.deepEqual(now(), [
    { name: 'a', enabled: false, nextAt: undefined, ...idle },
    { name: 'b', enabled: true, nextAt, ...idle },
  ]);
  const first = automation.startJob('b');
  const second = automation.startJob('b');
  assert.deepEqual(now()[1], { name: 'b', enabled: true, nextAt, running: 1, waiting: 1, last: second.id });
  const waiting = () => automation.runs({ kind: 'job', limit: 9 }).map((run) => run.waiting);
  assert.deepEqual([waiting(), automation.run(second.id)?.waiting], [[true, undefined], true]);
  gate.resolve();
  await Promise.all([first.ended, second.ended]);
  assert.deepEqual(waiting(), [undefined, undefined]);
  assert.deepEqual(now()[1], { name: 'b', enabled: true, nextAt, running: 0, waiting: 0, last: 'success' });
  await clock.advance(2 * 3_600_000);
  assert.equal(automation.jobs()[1]?.nextAt, Date.UTC(2026, 5, 1, 3));
  await automation.remove('job', 'b');
  assert.equal(automation.jobs().length, 1);
});

it('a job that does not succeed stands in the log, once a second at most, without what is secret', async () => {
  const clock = new FakeClock();
  await using house = await open({ clock, publish: () => Promise.reject(new Error('hush')) });
  const { automation, logged } = house;
  await automation.put('job', 'job', { steps: [{ publish: { topic: '{{var.hush}}' } }] });
  for (let time = 0; time < 3; time++) await automation.startJob('job').ended;
  assert.deepEqual(logged, [
    {
      job: 'job',
      run: 1,
      code: 'VARIABLE_UNKNOWN',
      count: 1,
      message: 'A job did not succeed; "fairlead run show" shows the reason',
    },
  ]);
  await clock.advance(1_000);
  await automation.startJob('job').ended;
  assert.deepEqual([logged[1]?.run, logged[1]?.count], [4, 3]);
});

describe('a clock that is set while the service runs', () => {
  const day = 86_400_000;
  const hourly = (missed: 'skip' | 'once' | 'all') => ({
    on: [{ schedule: '0 * * * *', zone: 'UTC' }],
    missed,
    steps: [{ publish: { topic: '{{var.ScheduledTime}}' } }],
  });
  const shown = (published: string[]) => published.map((line) => line.slice(8, 16));

  it('back by a day: schedules go on by the time that it shows now, and the log says so', async () => {
    const clock = new FakeClock(Date.UTC(2026, 0, 11, 9, 30));
    await using house = await open({ clock });
    const { automation, published, logged, store } = house;
    await automation.put('job', 'job', hourly('all'));
    await clock.advance(3_600_000);
    assert.deepEqual(shown(published), ['11T10:00']);
    clock.set(-day);
    await clock.advance(3 * 3_600_000);
    assert.deepEqual(shown(published), ['11T10:00', '10T11:00', '10T12:00', '10T13:00']);
    assert.deepEqual(
      logged.map(({ ms, message }) => [ms, /set back/.test(String(message))]),
      [[-day, true]],
    );
    assert.equal(automation.jobs()[0]?.nextAt, Date.UTC(2026, 0, 10, 14));
    // A restart goes by it, too.
    await house.automation.close();
    const later = new FakeClock(Date.UTC(2026, 0, 10, 15, 30));
    await using again = await open({ store, clock: later });
    await clock.advance(0);
    assert.deepEqual(shown(again.published), ['10T14:00', '10T15:00']);
  });

  it('back a moment before a time: it comes once', async () => {
    const clock = new FakeClock(Date.UTC(2026, 0, 10, 9, 59, 58));
    await using house = await open({ clock });
    await house.automation.put('job', 'job', hourly('all'));
    clock.set(-5_000);
    await clock.advance(60_000);
    assert.deepEqual(shown(house.published), ['10T10:00']);
  });

  for (const [missed, made] of [
    ['skip', 0],
    ['once', 1],
    ['all', 24],
  ] as const)
    it(`ahead by a day, missed: ${missed}`, async () => {
      const clock = new FakeClock(Date.UTC(2026, 0, 10, 9, 30));
      await using house = await open({ clock });
      const { automation, published, logged } = house;
      await automation.put('job', 'job', hourly(missed));
      clock.set(day);
      await clock.advance(10_000);
      assert.equal(published.length, made, 'soon after, not when the old wait is over');
      assert.ok(logged.some(({ ms, message }) => ms === day && /set ahead/.test(String(message))));
      assert.deepEqual(automation.counters().missed, { made, skipped: 24 - made });
      await clock.advance(3_600_000);
      assert.equal(shown(published).at(-1), '11T10:00');
    });

  it('back: no run ends before it began', async () => {
    const clock = new FakeClock();
    const { promise, resolve } = Promise.withResolvers<void>();
    await using house = await open({ clock, publish: () => promise });
    await house.automation.put('job', 'job', { steps: [{ publish: { topic: 't' } }] });
    const { id, ended } = house.automation.startJob('job');
    clock.set(-day);
    resolve();
    await ended;
    const { startedAt = 0, endedAt = 0, result } = house.automation.run(id) ?? {};
    assert.deepEqual([result, endedAt >= startedAt], ['success', true]);
  });

  it('by a second or less now and then: nothing is said', async () => {
    const clock = new FakeClock(Date.UTC(2026, 0, 10, 9, 30));
    await using house = await open({ clock });
    await house.automation.put('job', 'job', hourly('all'));
    for (let n = 0; n < 100; n++) {
      clock.set(n % 2 === 0 ? 900 : -900);
      await clock.advance(20_000);
    }
    assert.deepEqual([house.logged, shown(house.published)], [[], ['10T10:00']]);
  });
});

describe('schedules and clocks', () => {
  const publish = { publish: { topic: '{{var.ScheduledTime}}' } };
  const inBerlin = (schedule: string, others: object = {}) => ({
    on: [{ schedule, zone: 'Europe/Berlin' }],
    steps: [publish],
    ...others,
  });
  /** Times at which a schedule ran, `day hour:minute` in UTC. */
  async function times(pattern: string, from: number, hours: number): Promise<string[]> {
    const clock = new FakeClock(from);
    await using house = await open({ clock });
    await house.automation.put('job', 'job', inBerlin(pattern));
    await clock.advance(hours * 3_600_000);
    return house.published.map((line) => line.slice(8, 16).replace('T', ' '));
  }

  it('spring: a daily time in the gap comes when the gap ends, and the next day as ever', async () => {
    const eve = Date.UTC(2026, 2, 28, 12);
    assert.deepEqual(await times('30 2 * * *', eve, 48), ['29 01:00', '30 00:30']);
  });

  it('spring: times of an interval that do not exist are left out', async () => {
    const night = Date.UTC(2026, 2, 29, 0, 15);
    assert.deepEqual(await times('*/30 * * * *', night, 1), ['29 00:30', '29 01:00']);
  });

  it('autumn: a daily time that comes twice runs once', async () => {
    const eve = Date.UTC(2026, 9, 24, 12);
    assert.deepEqual(await times('30 2 * * *', eve, 48), ['25 00:30', '26 01:30']);
  });

  it('autumn: an interval goes on through both of the hours', async () => {
    const night = Date.UTC(2026, 9, 24, 23, 45);
    assert.deepEqual(await times('*/30 * * * *', night, 2), ['25 00:00', '25 00:30', '25 01:00', '25 01:30']);
  });

  for (const [missed, count] of [
    ['skip', 0],
    ['once', 1],
    ['all', 3],
  ] as const) {
    it(`a machine that slept: times that passed are missed ones: ${missed}`, async () => {
      const clock = new SleepingClock(Date.UTC(2026, 5, 1));
      await using house = await open({ clock });
      const { automation, published } = house;
      await automation.put('job', 'job', inBerlin('0 3 * * *', { missed }));
      clock.slept = 71 * 3_600_000;
      await clock.advance(3_600_000);
      assert.equal(published.length, count);
      const { made, skipped } = automation.counters().missed;
      assert.deepEqual([made, skipped], [count, 3 - count]);
      await clock.advance(3_600_000);
      assert.equal(published.length, count + 1, 'the next one is on time');
    });
  }

  it('a job that is enabled again makes up for nothing', async () => {
    const clock = new FakeClock(Date.UTC(2026, 5, 1));
    await using house = await open({ clock });
    const { automation, published } = house;
    for (const enabled of [true, false, true]) {
      await automation.put('job', 'job', inBerlin('0 3 * * *', { missed: 'all', enabled }));
      if (!enabled) await clock.advance(72 * 3_600_000);
    }
    await settled();
    assert.equal(published.length, 0);
  });

  it('several at one time are started each', async () => {
    const clock = new FakeClock(Date.UTC(2026, 5, 1));
    await using house = await open({ clock });
    const { automation } = house;
    const on = [
      { schedule: '0 * * * *', zone: 'UTC' },
      { schedule: '*/30 * * * *', zone: 'UTC' },
    ];
    await automation.put('job', 'job', { on, steps: [publish] });
    await clock.advance(3_600_000);
    const causes = automation.runs({ kind: 'job', name: 'job', limit: 10 }).map(({ cause }) => cause);
    assert.deepEqual(causes.sort(), ['schedule */30 * * * *', 'schedule */30 * * * *', 'schedule 0 * * * *']);
  });

  it('a job that cannot be scheduled is told, and keeps none of the others', async () => {
    const store = new MemoryStore();
    const clock = new FakeClock(Date.UTC(2026, 5, 1));
    const before = await open({ store, clock });
    await before.automation.put('job', 'b', inBerlin('0 3 * * *'));
    // As an earlier version, or other data of time zones, may have left it.
    const vault = new Vault(key);
    const id = vault.idOf('job', 'a');
    const bad = { on: [{ schedule: '0 3 * * *', zone: 'Europe/Atlantis' }], steps: [publish] };
    const body = vault.seal({ name: 'a', definition: bad }, `job\0${id.toString('hex')}`);
    store.putDefinition({ kind: 'job', id, body });
    await before.automation.close();
    await using after = await open({ store, clock });
    assert.deepEqual(
      after.logged.map(({ job, code }) => [job, code]),
      [['a', 'SCHEDULE_INVALID']],
    );
    await clock.advance(24 * 3_600_000);
    assert.equal(after.published.length, 1);
  });
});

/** A clock whose machine may sleep: time goes on, timers do not. */
class SleepingClock extends FakeClock {
  slept = 0;
  override now(): number {
    return super.now() + this.slept;
  }
}

it('a job that is started while the service stops has a record that says so', async () => {
  const store = new MemoryStore();
  const port = await freePort();
  const house = await open({ store });
  const { automation } = house;
  await automation.put('trigger', 'door', { connection: { port }, rules: [{ receive: 0, fire: true }] });
  await automation.put('job', 'job', { on: [{ trigger: 'door' }], steps: [{ publish: { topic: 't' } }] });
  await automation.close();
  const { id } = automation.startJob('job');
  assert.deepEqual([automation.run(id)?.result, automation.run(id)?.code], ['stopped', 'RUN_STOPPED']);
});
