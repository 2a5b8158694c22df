import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coreErrors } from '@fairlead/core';
import { codePage, tcpErrors } from '@fairlead/tcp';
import { eventually, FakeClock } from '@fairlead/testkit';
import { Budget } from '../../src/budget.ts';
import { type ConnectionDefinition, parseConnection } from '../../src/connection/schema.ts';
import { compileTree } from '../../src/rules/compile.ts';
import type { RuleDefinition } from '../../src/rules/schema.ts';
import { runTask, type TaskOptions } from '../../src/task/run-task.ts';
import { OneDevice } from '../device-links.ts';
import { open } from '../house.ts';

const run = (
  device: OneDevice | undefined,
  rules: readonly (RuleDefinition | 'receive')[],
  {
    connection = {},
    ...others
  }: { connection?: ConnectionDefinition } & Partial<Omit<TaskOptions, 'connection'>> = {},
) =>
  runTask({
    tree: compileTree(rules, 'task'),
    connection: parseConnection({ device: 'scale', ...connection }),
    codePages: codePage,
    devices: device,
    ...others,
  });

const ask: RuleDefinition[] = [
  {
    send: 'SERIAL?\\r\\n',
    rules: [{ receive: null, key: 'serial', rules: [{ check: { startsWith: '47' } }] }],
  },
];

describe('a task on the link of a device', () => {
  it('sends what is written, receives frames, and gives the link back', async () => {
    const device = new OneDevice();
    device.answer = () => ['4711'];
    const budget = new Budget();
    const record = await run(device, ask, { budget, connection: { wait: '5s', hold: '2s' } });
    assert.deepEqual(
      [record.result, record.peer, record.messages],
      ['success', 'scale', [{ key: 'serial', text: '4711' }]],
    );
    assert.deepEqual(device.noted, ['hold scale 5000 2000', 'sent "SERIAL?\\r\\n"', 'end false']);
    assert.equal(record.output[0]?.text, 'Has the link to scale, 10.0.0.7:502');
    assert.equal(budget.used, 0);
  });

  it('frames that come before they are received wait in order, and the link does not see how', async () => {
    const device = new OneDevice();
    device.answer = () => ['a', 'b', 'c'];
    const rules: RuleDefinition[] = [
      { send: 'x' },
      { receive: null, key: 'D0', keyFormat: true, iterations: 3 },
    ];
    assert.deepEqual(
      (await run(device, rules)).messages.map(({ text }) => text),
      ['a', 'b', 'c'],
    );
  });

  it('says that an answer is still to come when it does not wait any longer', async () => {
    const clock = new FakeClock();
    const device = new OneDevice();
    const record = run(device, ask, { clock });
    await eventually(() => device.noted.length === 2, 'sent');
    await clock.advance(10_000);
    assert.equal((await record).code, 'RECEIVE_TIMEOUT');
    assert.equal(device.noted.at(-1), 'end true');
  });

  it('fails with the code of the link, and tries again only before it has begun', async () => {
    const clock = new FakeClock();
    const device = new OneDevice();
    device.cause = coreErrors.error('CONNECT_REFUSED', { endpoint: 'x' });
    const connection = { reconnect: { attempts: 1, delay: 1_000 } };
    const record = run(device, ask, { clock, connection });
    await eventually(() => device.noted.length === 1, 'tried');
    await clock.advance(1_000);
    assert.equal((await record).code, 'CONNECT_REFUSED');
    assert.equal(device.noted.length, 2);
    device.cause = undefined;
    device.answer = () => {
      device.lose(coreErrors.error('PEER_RESET'));
      return [];
    };
    assert.equal((await run(device, ask, { connection })).code, 'PEER_RESET');
    assert.deepEqual(device.noted.slice(-3), ['hold scale 30000 30000', 'sent "SERIAL?\\r\\n"', 'end false']);
  });

  it('a device that floods ends the run, and nothing is kept', async () => {
    const clock = new FakeClock();
    const device = new OneDevice();
    const budget = new Budget();
    device.answer = () => Array.from({ length: 2_000 }, () => 'x'.repeat(1_000));
    const rules: RuleDefinition[] = [{ send: 'x', delayAfter: 1_000 }, { receive: null }];
    const record = run(device, rules, { clock, budget });
    await eventually(() => device.noted.length === 2, 'sent');
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    await clock.advance(1_000);
    const { code, error } = await record;
    assert.equal(code, 'DEVICE_FRAMES_WAITING');
    assert.match(String(error), /scale has sent 1049\d{3} bytes that the rules have not received/);
    assert.equal(budget.used, 0);
  });

  it('is stopped while it waits for its turn', async () => {
    const stop = new AbortController();
    const device = new OneDevice();
    device.busy = true;
    const record = run(device, ask, { signal: stop.signal });
    stop.abort('a person stopped it');
    assert.equal((await record).code, 'RUN_STOPPED');
  });

  it('outside the service there is no link', async () => {
    assert.equal((await run(undefined, ask)).code, 'DEVICE_LINK_UNAVAILABLE');
  });

  it('runs in the service under a saved connection, which can be tested', async () => {
    const device = new OneDevice();
    device.answer = () => ['4711'];
    await using house = await open({ devices: device });
    const { automation } = house;
    await automation.put('connection', 'bench', { device: 'scale' });
    await automation.put('task', 'serial', { connection: 'bench', rules: ask });
    const { record } = automation.startTask('serial');
    assert.equal((await record).result, 'success');
    assert.deepEqual(automation.counters().messages.task, { received: 1, sent: 1 });
    const tested = await automation.testConnection('bench', 'connect');
    assert.match(
      tested.words,
      /^The link to the device scale is open, to 10\.0\.0\.7:502\. Its framing is line\./,
    );
    device.cause = tcpErrors.error('NOT_CONNECTED', { endpoint: 'scale' });
    assert.equal((await automation.testConnection('bench', 'connect')).code, 'NOT_CONNECTED');
  });
});

it('a connection to a device has no fields of a socket, and the other way round', () => {
  const reason = (fields: object) => {
    try {
      parseConnection(fields);
      return 'valid';
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.match(reason({ device: 'a', port: 1 }), /"port" has no meaning with "device"/);
  assert.match(reason({ device: 'a', tls: true }), /"tls" has no meaning with "device"/);
  assert.match(reason({ hold: '5s' }), /"hold" is for a connection with "device"/);
  assert.match(reason({ device: 'a b' }), /expected the name of a device/);
  assert.match(reason({ device: 'a', hold: '11m' }), /expected 1ms to 10m/);
  assert.equal(reason({ device: 'a', timeout: 5, codePage: 'latin1', reconnect: { attempts: 2 } }), 'valid');
  assert.equal(parseConnection({ device: 'a' }).timeout, 10_000);
  assert.equal(parseConnection({ device: 'a', timeout: 5 }).timeout, 5_000);
});
