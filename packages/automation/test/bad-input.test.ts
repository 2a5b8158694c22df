/** What goes wrong has an outcome, and it stands in the record of the run: read here from the history, as people do. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { eventually, FakeClock, freePort } from '@fairlead/testkit';
import type { ConnectionDefinition } from '../src/connection/schema.ts';
import type { RunView } from '../src/history/run-history.ts';
import type { RuleDefinition } from '../src/rules/schema.ts';
import type { RunRecord } from '../src/run/record.ts';
import { open, results } from './house.ts';
import { Caller, listenPeer } from './live/peer.ts';

type Rules = (RuleDefinition | 'receive')[];
const expectWord: Rules = [
  {
    send: 'Hello',
    rules: [
      {
        receive: 5,
        rules: [
          { check: { equal: 'OK' }, group: 1, exit: 'success' },
          { check: 'otherwise', group: 1, exit: 'failure' },
        ],
      },
    ],
  },
];

/** The run of a saved task against a peer that does this, as the history has it. */
async function taskRun(
  talk: (socket: Socket) => void,
  rules: Rules = expectWord,
  connection: ConnectionDefinition = {},
): Promise<RunView> {
  await using house = await open();
  await using peer = await listenPeer(talk);
  return await recorded(house.automation, rules, { port: peer.port, ...connection });
}

async function recorded(
  automation: Awaited<ReturnType<typeof open>>['automation'],
  rules: Rules,
  connection: ConnectionDefinition,
): Promise<RunView> {
  await automation.put('task', 'task', { connection: { timeout: 5, ...connection }, rules });
  const { id, record } = automation.startTask('task');
  await record;
  return automation.run(id, true) as RunView;
}

/** The run of a trigger's client that does this. */
async function clientRun(
  talk: (caller: Caller) => void,
  rules: Rules,
  connection: ConnectionDefinition = {},
) {
  await using house = await open();
  const { automation } = house;
  const port = await freePort();
  await automation.put('trigger', 'door', { connection: { port, timeout: 5, ...connection }, rules });
  await using caller = new Caller(port);
  talk(caller);
  await eventually(
    () => automation.counters().running.get('trigger') === 0 && automation.run(1) !== undefined,
    'its end',
  );
  assert.equal(automation.triggers()[0]?.state, 'listening', 'the trigger listens on');
  return automation.run(1, true) as RunView;
}

const outcome = ({ result, code }: RunView) => `${result} ${code ?? ''}`.trimEnd();
const texts = ({ detail }: RunView) =>
  (detail as RunRecord).output.filter(({ type }) => type === 'received').map(({ text }) => text);

describe('a peer of a task', () => {
  it('refuses', async () => {
    await using house = await open();
    const run = await recorded(house.automation, expectWord, { port: await freePort() });
    assert.equal(outcome(run), 'failure CONNECT_REFUSED');
    assert.match(run.error ?? '', /^Nothing listens at 127\.0\.0\.1:\d+\.$/);
  });

  it('has a name that nobody knows', async () => {
    await using house = await open();
    const run = await recorded(house.automation, expectWord, { address: 'nobody.invalid', port: 1 });
    assert.equal(outcome(run), 'failure ADDRESS_UNKNOWN');
  });

  it('is silent', async () => {
    const rules: Rules = [{ send: 'Hello', rules: [{ receive: '20ms', name: 'the answer' }] }];
    const run = await taskRun(() => {}, rules);
    assert.equal(outcome(run), 'failure RECEIVE_TIMEOUT');
    assert.equal(run.error, 'No message within 20 ms at the rule "the answer".');
  });

  it('floods', async () => {
    const run = await taskRun((socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write('x'.repeat(65_536)));
      };
      socket.on('drain', more);
      more();
    });
    assert.equal(outcome(run), 'failure EXIT_FAILURE');
    assert.ok(JSON.stringify(run).length < 20_000);
  });

  it('sends a megabyte where a word was expected', async () => {
    const megabyte = (socket: Socket) => void socket.on('error', () => {}).end('x'.repeat(1_000_000));
    assert.equal(outcome(await taskRun(megabyte)), 'failure EXIT_FAILURE');
    const framed = await taskRun(megabyte, expectWord, { framing: 'line:1000' });
    assert.equal(outcome(framed), 'failure FRAME_TOO_LARGE');
    assert.ok(JSON.stringify(framed).length < 20_000);
  });

  it('resets', async () => {
    assert.equal(
      outcome(await taskRun((socket) => void socket.once('data', () => socket.resetAndDestroy()))),
      'failure PEER_RESET',
    );
  });

  it('closes in the middle', async () => {
    assert.equal(
      outcome(await taskRun((socket) => void socket.once('data', () => socket.end()))),
      'failure PEER_LEFT',
    );
  });

  it('never reads', async () => {
    const rules: Rules = [{ send: 'x'.repeat(60_000), iterations: 'forever' }];
    const run = await taskRun((socket) => void socket.pause(), rules, { timeout: '100ms', logSent: false });
    assert.equal(outcome(run), 'failure SEND_TIMEOUT');
  });
});

describe('a client of a trigger', () => {
  it('is silent', async () => {
    assert.equal(outcome(await clientRun(() => {}, [{ receive: '20ms' }])), 'failure RECEIVE_TIMEOUT');
  });

  it('resets', async () => {
    const run = await clientRun(
      (caller) => {
        caller.say('a');
        void caller.hear('b').then(() => caller.socket.resetAndDestroy());
      },
      [{ receive: 5, rules: [{ send: 'b', rules: ['receive'] }] }],
    );
    assert.equal(outcome(run), 'failure PEER_RESET');
  });

  it('sends a megabyte where a word was expected', async () => {
    const rules: Rules = [{ receive: 5, rules: [{ check: { notEqual: 'OK' }, exit: 'failure' }] }];
    const megabyte = (caller: Caller) => caller.say('x'.repeat(1_000_000));
    assert.equal(outcome(await clientRun(megabyte, rules)), 'failure EXIT_FAILURE');
    assert.equal(
      outcome(await clientRun(megabyte, rules, { framing: 'line:1000' })),
      'failure FRAME_TOO_LARGE',
    );
  });

  it('floods: its results are bounded', async () => {
    const run = await clientRun(
      (caller) => {
        caller.socket.on('error', () => {});
        for (let more = 0; more < 11; more++) caller.say('x\n'.repeat(1_000));
      },
      [{ receive: 5, iterations: 'forever', key: 'D', keyFormat: true }],
      { framing: 'line', logReceived: false },
    );
    assert.equal(outcome(run), 'failure RESULTS_FULL');
  });
});

describe('a tree that never ends', () => {
  const endless: Rules = [{ send: 'x', iterations: 'forever', rules: [{ receive: 5 }] }];
  const echo = (socket: Socket) => void socket.on('data', () => socket.write('y'));

  it('is stopped by force exit', async () => {
    const rules: Rules = [{ send: 'x', iterations: 'forever', rules: [{ receive: 5, exit: 'success' }] }];
    assert.equal(outcome(await taskRun(echo, rules)), 'success');
  });

  it('is stopped by the close of the socket', async () => {
    let count = 0;
    const some = (socket: Socket) =>
      void socket.on('data', () => (++count < 4 ? socket.write('y') : socket.end()));
    assert.equal(outcome(await taskRun(some, endless)), 'failure PEER_LEFT');
    const all: Rules = [{ send: 'x' }, { receive: 0, iterations: 'forever' }];
    assert.equal(
      outcome(await taskRun((socket) => void socket.once('data', () => socket.end('bye')), all)),
      'success',
    );
  });

  it('is stopped by a person', async () => {
    await using house = await open();
    const { automation } = house;
    await using peer = await listenPeer(echo);
    const { id, record } = automation.startTask({ connection: { port: peer.port }, rules: endless });
    await eventually(() => peer.sockets.length === 1, 'it has begun');
    automation.stopRun(id, 'Anna stopped it');
    await record;
    assert.equal(outcome(automation.run(id) as RunView), 'stopped RUN_STOPPED');
    assert.equal(automation.run(id)?.error, 'The run was stopped: Anna stopped it.');
  });
});

describe('code pages', () => {
  it('one that does not exist is refused when it is saved, with the nearest', async () => {
    await using house = await open();
    await assert.rejects(house.automation.put('connection', 'c', { codePage: 'windows-1253x' }), {
      code: 'CODE_PAGE_UNKNOWN',
    });
    const inline = { connection: { codePage: 'utf-9' }, rules: [] };
    await assert.rejects(house.automation.put('task', 't', inline), { code: 'CODE_PAGE_UNKNOWN' });
    const { record } = house.automation.startTask(inline);
    assert.equal((await record).code, 'CODE_PAGE_UNKNOWN');
  });

  const invalid = (socket: Socket) => void socket.end(Buffer.from([0x41, 0xff, 0x42]));
  const all: Rules = [{ receive: 5, iterations: 'forever' }];

  it('bytes that are not valid, strict: the run fails', async () => {
    assert.equal(outcome(await taskRun(invalid, all, { onInvalid: 'strict' })), 'failure TEXT_INVALID');
  });

  it('bytes that are not valid, replace: the run goes on', async () => {
    const run = await taskRun(invalid, all);
    assert.deepEqual([outcome(run), texts(run)], ['success', ['A\ufffdB']]);
  });

  // What no value could change is refused when it is saved.
  const price: Rules = [{ send: 'Preis: {{var.animal | 猫}}' }];
  const listen = (socket: Socket) => void socket.resume().on('end', () => socket.end());

  it('a text that cannot be encoded, strict: the run fails before it is sent', async () => {
    const run = await taskRun(listen, price, { codePage: 'windows-1252', onInvalid: 'strict' });
    assert.equal(outcome(run), 'failure TEXT_NOT_ENCODABLE');
    assert.equal((run.detail as RunRecord).output.filter(({ type }) => type === 'sent').length, 0);
  });

  it('a text that cannot be encoded, replace: another character goes out, and the output has the bytes', async () => {
    const run = await taskRun(listen, price, { codePage: 'windows-1252' });
    assert.equal(outcome(run), 'success');
    assert.equal((run.detail as RunRecord).output[1]?.hex, Buffer.from('Preis: ?').toString('hex'));
  });
});

it('two triggers on one port: the second says so, the first works on', async () => {
  const clock = new FakeClock();
  await using house = await open({ clock });
  const { automation, logged } = house;
  const port = await freePort();
  const rules: Rules = [{ receive: 5, rules: [{ send: 'from a' }] }];
  for (const name of ['a', 'b']) await automation.put('trigger', name, { connection: { port }, rules });
  assert.deepEqual(
    automation.triggers().map(({ state, code }) => code ?? state),
    ['listening', 'PORT_IN_USE'],
  );
  assert.deepEqual(
    logged.map(({ trigger, code }) => [trigger, code]),
    [['b', 'PORT_IN_USE']],
  );
  await using caller = new Caller(port);
  caller.say('x');
  await caller.hear('from a');
});

it('a job that starts itself: five levels, then a record that says so', async () => {
  await using house = await open();
  const { automation } = house;
  const port = await freePort();
  await automation.put('trigger', 'door', { connection: { port }, rules: [{ receive: 5, fire: true }] });
  await automation.put('task', 'knock', { connection: { port }, rules: [{ send: 'knock' }] });
  await automation.put('job', 'job', { on: [{ trigger: 'door' }], steps: [{ task: 'knock' }] });
  automation.startJob('job');
  await eventually(() => results(automation).includes('JOB_TOO_DEEP'), 'the loop ends');
  const deepest = automation
    .runs({ kind: 'job', name: 'job', limit: 10 })
    .find(({ code }) => code !== undefined);
  assert.equal(outcome(deepest as RunView), 'failure JOB_TOO_DEEP');
  assert.match(deepest?.error ?? '', /The job "job" was started by jobs that start jobs, 5 deep/);
});
