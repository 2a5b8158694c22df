import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, FakeClock, freePort } from '@fairlead/testkit';
import { open } from '../house.ts';
import { Caller, listenPeer } from '../live/peer.ts';

const echo = [
  { receive: null, iterations: 'forever' as const, rules: [{ send: 'got {{message}}', fire: true }] },
];

describe('triggers of the service', () => {
  it('a client beyond the maximum is logged with its code, one line a second at most', async () => {
    const clock = new FakeClock();
    await using house = await open({ clock });
    const { automation, logged } = house;
    const port = await freePort();
    await automation.put('trigger', 'door', { connection: { port, maxClients: 1 }, rules: echo });
    await using first = new Caller(port);
    first.say('a');
    await first.hear('got a');
    const refuse = async (count: number) => {
      const before = automation.counters().triggers.get('door')?.refused ?? 0;
      for (let more = 0; more < count; more++) {
        await using caller = new Caller(port);
        await caller.end();
      }
      await eventually(
        () => automation.counters().triggers.get('door')?.refused === before + count,
        'refused',
      );
    };
    await refuse(3);
    await clock.advance(1_000);
    await refuse(1);
    const lines = logged.filter(({ code }) => code === 'CLIENT_REFUSED');
    assert.deepEqual(
      lines.map(({ trigger, count }) => [trigger, count]),
      [
        ['door', 1],
        ['door', 3],
      ],
    );
    assert.match(
      String(lines[0]?.message),
      /"door" has reached its limit of 1 clients; the client 127\.0\.0\.1:\d+ was closed/,
    );
  });

  it('counts clients, fires, messages each way, over all times that it listened', async () => {
    await using house = await open();
    const { automation } = house;
    const port = await freePort();
    await automation.put('trigger', 'door', { connection: { port }, rules: echo });
    for (const turn of [1, 2]) {
      if (turn === 2) await automation.startTrigger('door');
      await using caller = new Caller(port);
      for (const word of ['a', 'b']) {
        caller.say(word);
        await caller.hear(`got ${word}`);
      }
      const now = automation.triggers()[0];
      assert.deepEqual(
        [now?.clients, now?.accepted, now?.fires, now?.received, now?.sent],
        [1, turn, 2 * turn, 2 * turn, 2 * turn],
      );
      await automation.stopTrigger('door');
      assert.deepEqual(automation.counters().triggers.get('door')?.received, 2 * turn);
      const said = automation.triggerOutput('door').entries.filter(({ type }) => type !== 'info');
      assert.equal(said.length, 4, 'what was said is there after it was stopped');
    }
    assert.deepEqual([...automation.counters().runs], [['trigger stopped RUN_STOPPED', 2]]);
    await automation.remove('trigger', 'door');
    assert.equal(automation.counters().triggers.size, 0);
    assert.deepEqual(automation.counters().messages.trigger, { received: 4, sent: 4 });
  });

  it('starting by hand one that cannot listen says why, and leaves it trying', async () => {
    const clock = new FakeClock();
    await using house = await open({ clock });
    const { automation } = house;
    await using other = await listenPeer(() => {});
    await automation.put('trigger', 'door', { connection: { port: other.port }, rules: echo });
    await assert.rejects(automation.startTrigger('door'), { code: 'PORT_IN_USE' });
    assert.deepEqual(
      automation.triggers().map(({ state, code }) => [state, code]),
      [['failed', 'PORT_IN_USE']],
    );
    await other[Symbol.asyncDispose]();
    await eventually(async () => {
      await clock.advance(1_000);
      return automation.triggers()[0]?.state === 'listening';
    }, 'it listens');
  });

  it('one that a person stopped does not try when starting it fails', async () => {
    await using house = await open();
    const { automation } = house;
    await using other = await listenPeer(() => {});
    const fields = { connection: { port: other.port }, rules: echo, enabled: false };
    await automation.put('trigger', 'door', fields);
    await assert.rejects(automation.startTrigger('door'), { code: 'PORT_IN_USE' });
    assert.equal(automation.triggers()[0]?.state, 'stopped');
  });

  it('at a DNS name: saved, it says why it cannot listen', async () => {
    await using house = await open();
    const { automation, logged } = house;
    await automation.put('trigger', 'door', { connection: { address: 'example.org' }, rules: echo });
    const [state] = automation.triggers();
    assert.deepEqual([state?.state, state?.code], ['failed', 'ADDRESS_NOT_LISTENABLE']);
    assert.match(state?.error ?? '', /it is a name, and a name may belong to several machines/);
    assert.equal(logged[0]?.code, 'ADDRESS_NOT_LISTENABLE');
  });
});

describe('tasks of the service', () => {
  it('one that a step of a job gave up has a record that says so', async () => {
    await using house = await open();
    const { automation } = house;
    await using peer = await listenPeer(() => {});
    await automation.put('task', 'wait', { connection: { port: peer.port }, rules: [{ receive: 0 }] });
    await automation.put('job', 'job', { steps: [{ task: 'wait', timeout: '30ms' }] });
    assert.equal((await automation.startJob('job').ended)?.code, 'STEP_TIMEOUT');
    await eventually(() => automation.run(2)?.endedAt !== undefined, 'the task has ended');
    const run = automation.run(2);
    assert.deepEqual([run?.kind, run?.result, run?.code], ['task', 'stopped', 'RUN_STOPPED']);
    assert.match(run?.error ?? '', /The step "step 1" did not end within 30 ms/);
    assert.deepEqual(automation.counters().messages.task, { received: 0, sent: 0 });
  });

  it('count their messages, and their runs by outcome', async () => {
    await using house = await open();
    const { automation } = house;
    await using peer = await listenPeer((socket) => socket.once('data', () => socket.end('b')));
    const task = { connection: { port: peer.port }, rules: [{ send: 'a' }, { receive: 5 }] };
    await automation.startTask(task).record;
    const refused = { connection: { port: await freePort() }, rules: [{ send: 'a' }] };
    await automation.startTask(refused).record;
    const { messages, runs, running } = automation.counters();
    assert.deepEqual(messages.task, { received: 1, sent: 1 });
    assert.deepEqual(
      [...runs],
      [
        ['task success ', 1],
        ['task failure CONNECT_REFUSED', 1],
      ],
    );
    assert.equal(running.get('task'), 0);
  });
});

it('an address is one, or a name', async () => {
  await using house = await open();
  const { automation } = house;
  for (const address of [
    '10.0.0.5',
    '::1',
    'fe80::1%eth0',
    'plc-7',
    'plc_7.local',
    'waage.münchen.de',
    '0.0.0.0',
  ])
    await automation.put('connection', 'a', { address });
  for (const address of ['10.0.0', '10.0.0.256', 'not an address', 'http://plc', 'plc:9090', '-a', 'a..b'])
    await assert.rejects(automation.put('connection', 'a', { address }), {
      code: 'DEFINITION_INVALID',
      message: /expected an IPv4 or IPv6 address, or a name/,
    });
});
