import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, FakeClock, freePort } from '@fairlead/testkit';
import { demoTask, demoTrigger } from '../src/rules/demo.ts';
import { parseRules } from '../src/rules/parse.ts';
import { open } from './house.ts';
import { Caller, listenPeer } from './live/peer.ts';
import { MemoryStore } from './memory-store.ts';

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
      /not an earlier step/,
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
    const [{ kind, count, code } = {}] = second.logged;
    assert.deepEqual([kind, count, code], ['connection', 1, 'SECRET_UNREADABLE']);
  });

  it('after the key was lost one can begin anew, and what is damaged keeps none of the others', async () => {
    const store = new MemoryStore();
    const port = await freePort();
    const trigger = { connection: { port }, rules: [{ receive: null }] };
    await using first = await open({ store });
    await first.automation.put('trigger', 'lost', trigger);
    await first.automation.put('job', 'old', { steps: [{ publish: { topic: 't' } }] });
    await first.automation.startJob('old').ended;
    await first.automation.close();
    const other = Buffer.alloc(32, 8);
    await using second = await open({ store, key: other });
    await second.automation.put('trigger', 'door', trigger);
    await second.automation.put('job', 'new', { steps: [{ publish: { topic: 't' } }] });
    await second.automation.remove('trigger', 'door');
    await second.automation.put('trigger', 'door', trigger);
    await second.automation.close();
    await using third = await open({ store, key: other });
    const { automation } = third;
    assert.deepEqual(
      automation.triggers().map(({ name, state }) => `${name} ${state}`),
      ['door listening'],
    );
    assert.equal(await automation.startJob('new').ended, undefined);
    assert.deepEqual(
      automation.runs({ limit: 9 }).map(({ name }) => name),
      ['new', '(unreadable)'],
    );
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

describe('triggers of the service', () => {
  it('start with it and fire jobs with the variables of the client that fired', async () => {
    const store = new MemoryStore();
    const port = await freePort();
    const before = await open({ store });
    await before.automation.put('trigger', 'door', {
      connection: { port },
      rules: parseRules(demoTrigger).rules,
    });
    const payload =
      '{{var.Trigger}}: {{var.TextBody}} from {{var.FromAddress}}, {{result.INSTRUCTION}} {{var.Messages}}';
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
    const messages = JSON.stringify([{ key: 'INSTRUCTION', text: 'Do it' }]);
    const from = `127.0.0.1:${caller.socket.localPort}`;
    assert.equal(after.published[0], `t door: Do it from ${from}, Do it ${messages} false`);
    assert.match(
      after.automation
        .triggerOutput('door', true)
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

describe('the end of the service', () => {
  it('stops a job whose task talks with a trigger of ours: all three records say so', async () => {
    const house = await open();
    const { automation } = house;
    const port = await freePort();
    const endless = [{ receive: 0, iterations: 'forever' as const, rules: [{ send: 'b' }] }];
    await automation.put('trigger', 'door', { connection: { port }, rules: endless });
    await automation.put('task', 'knock', {
      connection: { port },
      rules: [{ send: 'a' }, ...endless.slice(0, 1)],
    });
    await automation.put('job', 'job', { steps: [{ task: 'knock', retries: 5, retryDelay: 0 }] });
    automation.startJob('job');
    await eventually(() => (automation.triggers()[0]?.received ?? 0) > 2, 'they talk');
    await automation.close();
    const ends = automation.runs({ limit: 10 }).map(({ kind, result, code }) => `${kind} ${result} ${code}`);
    assert.deepEqual(
      ends.sort(),
      ['job', 'task', 'trigger'].map((kind) => `${kind} stopped RUN_STOPPED`),
    );
  });
});
