import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { codePage, tcpErrors } from '@fairlead/tcp';
import { eventually, FakeClock, freePort, settled } from '@fairlead/testkit';
import type { RunView } from '../src/history/history.ts';
import type { StepRecord } from '../src/job/run.ts';
import type { JobDefinition } from '../src/job/schema.ts';
import { demoTask, demoTrigger } from '../src/rules/demo.ts';
import { parseRules } from '../src/rules/parse.ts';
import { Automation, type AutomationOptions } from '../src/service.ts';
import { MemoryStore } from './memory-store.ts';
import { Caller, listenPeer } from './run/peer.ts';

const key = Buffer.alloc(32, 7);

async function open(options: Partial<AutomationOptions> & { store?: MemoryStore } = {}) {
  const store = options.store ?? new MemoryStore();
  const published: string[] = [];
  const sent: unknown[] = [];
  const automation = new Automation({
    key,
    codePages: codePage,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    publish: async (topic, payload, retain) => void published.push(`${topic} ${payload} ${retain}`),
    downlink: async (device, kind, values) => {
      if (device === 'gone') throw tcpErrors.error('NOT_CONNECTED', { endpoint: device });
      sent.push({ device, kind, values });
      return { bytes: 3 };
    },
    ...options,
    store,
  });
  await automation.open();
  return { automation, store, published, sent, [Symbol.asyncDispose]: () => automation.close() };
}

/** Runs a job to its end. */
async function runJob(automation: Automation, definition: JobDefinition, name = 'job'): Promise<RunView> {
  await automation.put('job', name, definition);
  const { id, ended } = automation.startJob(name, { variables: { order: '4711' } });
  await ended;
  return automation.run(id) as RunView;
}

const stepsOf = (view: RunView) =>
  (view.detail as { steps: StepRecord[] }).steps.map(({ name, result }) => `${name} ${result}`);
const results = (automation: Automation, name = 'job') =>
  automation.runs({ kind: 'job', name, limit: 100 }).map(({ result, code }) => code ?? result);

describe('definitions', () => {
  it('are added, shown, changed, removed', async () => {
    await using house = await open();
    const { automation } = house;
    await automation.put('connection', 'plc', { port: 1234, group: 'hall 2' }, 'add');
    await assert.rejects(automation.put('connection', 'plc', {}, 'add'), { code: 'DEFINITION_EXISTS' });
    await automation.put('task', 'greet', { connection: 'plc', rules: [{ send: 'Hello' }] });
    await assert.rejects(automation.put('task', 'x', { connection: 'nobody', rules: [] }), {
      code: 'DEFINITION_UNKNOWN',
    });
    await assert.rejects(automation.remove('connection', 'plc'), { code: 'DEFINITION_IN_USE' });
    await automation.remove('task', 'greet');
    await automation.remove('connection', 'plc');
    assert.throws(() => automation.get('connection', 'plc'), { code: 'DEFINITION_UNKNOWN' });
  });

  it('mistakes are named', async () => {
    await using house = await open();
    const { automation } = house;
    const put = (kind: 'connection' | 'task' | 'job', fields: object) => automation.put(kind, 'x', fields);
    await assert.rejects(put('connection', { prot: 1 }), /Did you mean "port"/);
    await assert.rejects(put('connection', { codePage: 'windows-1253x' }), { code: 'CODE_PAGE_UNKNOWN' });
    await assert.rejects(put('connection', { framing: 'lines' }), { code: 'FRAMING_SPEC_INVALID' });
    await assert.rejects(put('task', { connection: {}, rules: [{ sned: 'x' }] }), { code: 'RULES_INVALID' });
    await assert.rejects(put('job', { steps: [{ publish: { topic: 'a' }, task: 'b' }] }), /expected one of/);
    await assert.rejects(
      put('job', { steps: [{ publish: { topic: 'a' }, when: { step: 'b' } }] }),
      /no step before/,
    );
    await assert.rejects(
      put('job', { on: [{ schedule: '99 * * * *' }], steps: [{ publish: { topic: 'a' } }] }),
      {
        code: 'SCHEDULE_INVALID',
      },
    );
    await assert.rejects(automation.put('connection', 'a/b', {}), { code: 'DEFINITION_INVALID' });
  });

  it('are sealed in the store: neither names nor bodies nor keys can be read', async () => {
    await using house = await open();
    const { automation, store } = house;
    const rules = [{ send: 'secret body', key: 'SECRETKEY', name: 'secret rule' }];
    await automation.put('task', 'secrettask', { connection: { port: 1 }, rules });
    const { id, record } = automation.startTask('secrettask');
    await record;
    await eventually(() => automation.run(id)?.endedAt !== undefined, 'the run ends');
    automation.runs({ limit: 1 });
    const all = [...store.rows.values(), ...store.runRows.values()];
    const dump = all.map((row) => Buffer.from(row.body).toString('latin1') + JSON.stringify(row)).join();
    for (const word of ['secret body', 'SECRETKEY', 'secret rule', 'secrettask']) {
      assert.ok(!dump.includes(word) && !dump.includes(Buffer.from(word).toString('hex')), word);
    }
  });

  it('are masked unless asked', async () => {
    await using house = await open();
    const { automation } = house;
    const rules = [{ send: 'secret', key: 'K', rules: [{ check: { equal: 'x' }, group: 1 }] }];
    await automation.put('task', 't', { connection: {}, rules });
    assert.deepEqual(automation.get('task', 't').definition.rules, [
      { send: '••••', key: '••••', rules: [{ check: { equal: '••••' }, group: 1 }] },
    ]);
    assert.deepEqual(automation.get('task', 't', true).definition.rules, rules);
  });

  it('another key reads nothing, and says so', async () => {
    const store = new MemoryStore();
    await using first = await open({ store });
    await first.automation.put('connection', 'plc', {});
    await using second = await open({ store, key: Buffer.alloc(32, 8) });
    assert.throws(() => second.automation.list('connection'), { code: 'SECRET_UNREADABLE' });
  });
});

describe('a connection is tested for real', () => {
  it('and what happened is said in words', async () => {
    await using house = await open();
    const { automation } = house;
    await using peer = await listenPeer(() => {});
    const connected = await automation.testConnection({ port: peer.port }, 'connect');
    assert.ok(connected.ok && /Connected to 127.0.0.1/.test(connected.words));
    const port = await freePort();
    assert.equal((await automation.testConnection({ port }, 'connect')).code, 'CONNECT_REFUSED');
    assert.ok((await automation.testConnection({ port }, 'listen')).ok);
    assert.equal((await automation.testConnection({ port: peer.port }, 'listen')).code, 'PORT_IN_USE');
    const named = await automation.testConnection({ address: 'example.org' }, 'listen');
    assert.equal(named.code, 'ADDRESS_NOT_LISTENABLE');
  });
});

describe('steps of a job', () => {
  it('publish, downlink, with variables and results of earlier steps', async () => {
    await using house = await open();
    const { automation, published, sent } = house;
    const run = await runJob(automation, {
      variables: { site: 'north' },
      steps: [
        { name: 'tell', publish: { topic: '{{var.site}}/orders', payload: '{{var.order}}', retain: true } },
        {
          name: 'set',
          downlink: { device: 'meter-1', values: { order: '{{var.order}}', after: '{{var.tell.result}}' } },
        },
      ],
    });
    assert.equal(run.result, 'success');
    assert.deepEqual(published, ['north/orders 4711 true']);
    assert.deepEqual(sent, [
      { device: 'meter-1', kind: 'attributes', values: { order: '4711', after: 'success' } },
    ]);
  });

  it('a task, whose messages later steps see', async () => {
    await using house = await open();
    const { automation, published } = house;
    await using peer = await listenPeer((socket) =>
      socket.once('data', (bytes) => socket.end(`re: ${bytes}`)),
    );
    await automation.put('task', 'ask', {
      connection: { port: peer.port },
      rules: [{ send: 'order {{var.order}}' }, { receive: null, key: 'REPLY' }],
    });
    await runJob(automation, {
      steps: [{ task: 'ask' }, { publish: { topic: 'replies', payload: '{{result.REPLY}}' } }],
    });
    assert.deepEqual(published, ['replies re: order 4711 false']);
  });

  it('an HTTP request, and what its answer means', async (t) => {
    await using house = await open();
    const { automation } = house;
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/no' ? 503 : 200;
      response.end(`${request.method} ${request.headers['x-order']}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const headers = { 'x-order': '{{var.order}}' };
    const ok = await runJob(automation, { steps: [{ http: { url, method: 'POST', headers, body: 'x' } }] });
    assert.equal((ok.detail as { steps: StepRecord[] }).steps[0]?.output, 'POST 4711');
    const bad = await runJob(automation, {
      steps: [{ http: { url: `${url}/no` }, retries: 2, retryDelay: 0 }],
    });
    assert.equal(bad.code, 'STEP_FAILED');
    assert.equal((bad.detail as { steps: StepRecord[] }).steps[0]?.attempts, 3);
  });

  it('a program: only one that is allowed, without a shell', async () => {
    await using house = await open({ programs: ['/bin/echo', '/bin/sleep', '/bin/false'] });
    const { automation } = house;
    const run = (program: object, others: object = {}) =>
      runJob(automation, { steps: [{ program, ...others } as never] });
    const output = (view: RunView) => (view.detail as { steps: StepRecord[] }).steps[0]?.output;
    assert.equal(
      output(await run({ path: '/bin/echo', args: ['$HOME', '{{var.order}}; ls'] })),
      '$HOME 4711; ls\n',
    );
    assert.equal((await run({ path: '/bin/ls' })).code, 'PROGRAM_DENIED');
    assert.match((await run({ path: '/bin/false' })).error ?? '', /exited with 1/);
    assert.equal((await run({ path: '/bin/sleep', args: ['60'] }, { timeout: '50ms' })).code, 'STEP_TIMEOUT');
  });

  it('conditions on earlier results and on values', async () => {
    await using house = await open();
    const { automation } = house;
    const publish = { topic: 't' };
    const run = await runJob(automation, {
      steps: [
        { name: 'a', downlink: { device: 'gone', values: {} }, onError: 'continue', retryDelay: 0 },
        { name: 'b', publish, when: { step: 'a' } },
        { name: 'c', publish, when: { step: 'a', is: 'failure' } },
        { name: 'd', publish, when: [{ step: 'c' }, { value: '{{var.order}}', larger: 5_000 }] },
        { name: 'e', publish, when: { step: 'd', is: 'skipped' } },
      ],
    });
    assert.deepEqual(stepsOf(run), ['a failure', 'b skipped', 'c success', 'd skipped', 'e success']);
    assert.equal(run.result, 'success');
  });

  it('on an error the job stops, unless it is to continue', async () => {
    await using house = await open();
    const { automation, published } = house;
    const fails = { downlink: { device: 'gone', values: {} } };
    const run = await runJob(automation, { steps: [fails, { publish: { topic: 't' } }] });
    assert.deepEqual([run.result, run.code, published.length], ['failure', 'NOT_CONNECTED', 0]);
  });

  it('is stopped by a person, and the record says so', async () => {
    await using house = await open();
    const { automation } = house;
    await using peer = await listenPeer(() => {});
    await automation.put('task', 'wait', { connection: { port: peer.port }, rules: [{ receive: 0 }] });
    await automation.put('job', 'job', { steps: [{ task: 'wait' }] });
    const { id, ended } = automation.startJob('job');
    await eventually(() => peer.sockets.length === 1, 'the task has connected');
    assert.ok(automation.stopRun(id, 'Anna stopped it'));
    await ended;
    assert.deepEqual([automation.run(id)?.result, automation.run(id)?.code], ['stopped', 'RUN_STOPPED']);
    assert.equal(automation.stopRun(id), false);
  });
});

describe('concurrency', () => {
  const rules: ['skip' | 'queue' | 'parallel', (string | undefined)[]][] = [
    ['skip', ['success', 'JOB_SKIPPED', 'JOB_SKIPPED']],
    ['queue', ['success', 'success', 'JOB_QUEUE_FULL']],
    ['parallel', ['success', 'success', 'success']],
  ];
  for (const [concurrency, expected] of rules) {
    it(concurrency, async () => {
      let most = 0;
      let now = 0;
      const { promise: gate, resolve } = Promise.withResolvers<void>();
      await using house = await open({
        publish: async () => {
          most = Math.max(most, ++now);
          await gate;
          now--;
        },
      });
      const { automation } = house;
      await automation.put('job', 'job', { concurrency, queue: 1, steps: [{ publish: { topic: 't' } }] });
      const started = [1, 2, 3].map(() => automation.startJob('job'));
      await settled();
      resolve();
      await Promise.all(started.map(({ ended }) => ended));
      assert.deepEqual(results(automation).reverse(), expected);
      assert.equal(most, concurrency === 'parallel' ? 3 : 1);
    });
  }
});

describe('a job that starts itself is bounded', () => {
  it('by a step', async () => {
    await using house = await open();
    const { automation } = house;
    await automation.put('job', 'job', { concurrency: 'parallel', steps: [{ job: 'job' }] });
    const error = await automation.startJob('job').ended;
    assert.equal(error?.code, 'JOB_TOO_DEEP');
    assert.equal(results(automation).length, 6);
  });

  it('by a step that would wait for itself', async () => {
    await using house = await open();
    const { automation } = house;
    await automation.put('job', 'job', { concurrency: 'queue', steps: [{ job: 'job' }] });
    assert.equal((await automation.startJob('job').ended)?.code, 'JOB_TOO_DEEP');
  });

  it('by a task that fires the trigger that starts it', async () => {
    await using house = await open();
    const { automation } = house;
    const port = await freePort();
    await automation.put('trigger', 'door', { connection: { port }, rules: [{ receive: null, fire: true }] });
    await automation.put('task', 'knock', { connection: { port }, rules: [{ send: 'knock' }] });
    await automation.put('job', 'job', { on: [{ trigger: 'door' }], steps: [{ task: 'knock' }] });
    automation.startJob('job');
    await eventually(() => results(automation).includes('JOB_TOO_DEEP'), 'the loop ends');
    await settled();
    assert.equal(results(automation).length, 6);
  });
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

describe('triggers of the service', () => {
  it('start with it and fire jobs with the variables of the client that fired', async () => {
    const store = new MemoryStore();
    const port = await freePort();
    const before = await open({ store });
    await before.automation.put('trigger', 'door', {
      connection: { port },
      rules: parseRules(demoTrigger).rules,
    });
    const payload = '{{var.Trigger}}: {{var.TextBody}} from {{var.FromAddress}}, {{result.INSTRUCTION}}';
    await before.automation.put('job', 'job', {
      on: [{ trigger: 'door' }],
      steps: [{ publish: { topic: 't', payload } }],
    });
    await before.automation.close();
    await using after = await open({ store });
    assert.equal(after.automation.triggers()[0]?.state, 'listening');
    await using caller = new Caller(port);
    caller.say('Handshake');
    await caller.hear('Heartbeat');
    caller.say('Do it');
    await eventually(() => after.published.length === 1, 'the job runs');
    assert.equal(after.published[0], `t door: Do it from 127.0.0.1:${caller.socket.localPort}, Do it false`);
    assert.match(
      after.automation
        .triggerOutput('door')
        .entries.map(({ text }) => text)
        .join(),
      /Handshake.*Heartbeat/,
    );
  });

  it('two on one port: the second has failed, says why, and listens once the port is free', async () => {
    const clock = new FakeClock();
    await using house = await open({ clock });
    const { automation } = house;
    const port = await freePort();
    await automation.put('trigger', 'a', { connection: { port }, rules: ['receive'] });
    await automation.put('trigger', 'b', { connection: { port }, rules: ['receive'] });
    const state = () => automation.triggers().map(({ state: now, code }) => code ?? now);
    assert.deepEqual(state(), ['listening', 'PORT_IN_USE']);
    await automation.stopTrigger('a');
    await eventually(async () => {
      await clock.advance(1_000);
      return state().join() === 'stopped,listening';
    }, 'b listens');
    await assert.rejects(automation.startTrigger('a'), { code: 'PORT_IN_USE' });
    await assert.rejects(automation.startTrigger('b'), { code: 'TRIGGER_STATE' });
  });

  it('the demo runs, one side against the other', async () => {
    await using house = await open();
    const { automation } = house;
    const port = await freePort();
    await automation.put('connection', 'both', { port, timeout: 5 });
    await automation.put('trigger', 'server', { connection: 'both', rules: parseRules(demoTrigger).rules });
    const task = { connection: 'both', rules: parseRules(demoTask).rules };
    const record = await automation.startTask(task).record;
    assert.equal(record.result, 'success');
    await eventually(() => automation.triggers()[0]?.fires === 1, 'it fires');
    const [run] = automation.runs({ kind: 'trigger', name: 'server', limit: 1 });
    assert.match(run?.cause ?? '', /^127\.0\.0\.1:\d+$/);
  });
});

describe('history', () => {
  it('the service ended in the middle of a run: the record says so', async () => {
    const store = new MemoryStore();
    const before = await open({ store });
    await using peer = await listenPeer(() => {});
    await before.automation.put('task', 'wait', { connection: { port: peer.port }, rules: [{ receive: 0 }] });
    const { id } = before.automation.startTask('wait');
    // As a crash leaves it: what was written, no more.
    const crashed = new MemoryStore();
    for (const [key, row] of store.rows) crashed.rows.set(key, row);
    for (const [run, row] of store.runRows) crashed.runRows.set(run, row);
    await before.automation.close();
    assert.equal(before.automation.run(id)?.code, 'RUN_STOPPED');
    await using after = await open({ store: crashed });
    const run = after.automation.run(id);
    assert.deepEqual([run?.name, run?.result, run?.code], ['wait', 'interrupted', 'RUN_INTERRUPTED']);
  });

  it('keeps within bounds', async () => {
    await using house = await open({ history: 5 });
    const { automation } = house;
    await automation.put('job', 'job', { steps: [{ publish: { topic: 't' } }] });
    for (let count = 0; count < 9; count++) await automation.startJob('job').ended;
    assert.deepEqual(
      automation.runs({ limit: 100 }).map(({ id }) => id),
      [9, 8, 7, 6, 5],
    );
  });
});
