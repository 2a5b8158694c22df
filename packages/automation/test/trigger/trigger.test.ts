import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { codePage } from '@fairlead/tcp';
import { eventually } from '@fairlead/testkit';
import { type ConnectionDefinition, parseConnection } from '../../src/connection/schema.ts';
import { compileTree } from '../../src/rules/compile.ts';
import { demoTrigger } from '../../src/rules/demo.ts';
import { parseRules } from '../../src/rules/parse.ts';
import type { RuleDefinition } from '../../src/rules/schema.ts';
import type { RunRecord } from '../../src/run/record.ts';
import type { TriggerFire } from '../../src/trigger/exchanges.ts';
import { startTrigger, type Trigger, type TriggerOptions } from '../../src/trigger/trigger.ts';

import { Caller } from '../live/peer.ts';

interface Seen {
  readonly trigger: Trigger;
  readonly port: number;
  readonly fires: TriggerFire[];
  readonly records: RunRecord[];
  [Symbol.asyncDispose](): Promise<void>;
}

async function start(
  rules: readonly (RuleDefinition | 'receive')[] | string,
  connection: ConnectionDefinition = {},
  others: Partial<TriggerOptions> = {},
): Promise<Seen> {
  const fires: TriggerFire[] = [];
  const records: RunRecord[] = [];
  const trigger = await startTrigger({
    name: 'door',
    tree: typeof rules === 'string' ? parseRules(rules, 'trigger').tree : compileTree(rules, 'trigger'),
    connection: parseConnection({ port: 0, timeout: 5, ...connection }),
    codePages: codePage,
    fire: (fire) => fires.push(fire),
    ended: (record) => records.push(record),
    ...others,
  });
  const port = Number(trigger.address.split(':').at(-1));
  return { trigger, port, fires, records, [Symbol.asyncDispose]: () => trigger.stop() };
}

/** What a browser sends for a page that posts text/plain: the page chooses the body. */
const POST = 'POST / HTTP/1.1\r\nHost: 127.0.0.1:9090\r\nContent-Type: text/plain\r\n\r\nopen\n';

describe('a web page that posts to a trigger', () => {
  const rules: readonly (RuleDefinition | 'receive')[] = ['receive', { send: 'got it' }];

  for (const framing of ['as-it-arrives', 'line', { rules: [{ kind: 'line' }] }] as never[])
    it(`makes nothing happen: ${JSON.stringify(framing)}`, async () => {
      await using door = await start(rules, { framing });
      await using page = new Caller(door.port);
      page.say(POST);
      await eventually(() => door.records.length === 1, 'the client is done');
      assert.deepEqual(
        [door.records[0]?.result, door.records[0]?.code, door.records[0]?.messages.length],
        ['failure', 'HTTP_REFUSED', 0],
      );
      assert.equal(door.trigger.counters().received, 0);
    });

  it('is not mixed up with a message of two words, which may be the beginning of a request line', async () => {
    await using door = await start(rules);
    await using scale = new Caller(door.port);
    scale.say('GET weight');
    await scale.hear('got it');
    await using closing = new Caller(door.port);
    closing.say('GET weight');
    closing.socket.end();
    await closing.hear('got it');
  });

  it('is served where the connection allows HTTP', async () => {
    await using door = await start(rules, { allowHttp: true });
    await using page = new Caller(door.port);
    page.say(POST);
    await page.hear('got it');
  });
});

describe('a trigger', () => {
  it('runs the demo for each client, and fires with what that client said', async () => {
    await using door = await start(demoTrigger);
    await using a = new Caller(door.port);
    await using b = new Caller(door.port);
    a.say('Handshake');
    b.say('Handshake');
    await a.hear('Heartbeat');
    await b.hear('Heartbeat');
    b.say('from b');
    await eventually(() => door.fires.length === 1, 'b fires');
    a.say('from a');
    await eventually(() => door.fires.length === 2, 'a fires');
    const [first, second] = door.fires;
    assert.equal(first?.textBody, 'from b');
    assert.equal(first?.fromAddress, `127.0.0.1:${b.socket.localPort}`);
    assert.deepEqual(first?.messages, [{ key: 'INSTRUCTION', text: 'from b' }]);
    assert.ok(Math.abs(Date.now() - (first?.receivedTime ?? 0)) < 10_000);
    assert.equal(second?.fromAddress, `127.0.0.1:${a.socket.localPort}`);
  });

  it('keeps listening after a failure', async () => {
    await using door = await start(demoTrigger);
    await using bad = new Caller(door.port);
    bad.say('Hello');
    await bad.end();
    await eventually(() => door.records.length === 1, 'the exchange ends');
    assert.equal(door.records[0]?.code, 'EXIT_FAILURE');
    await using good = new Caller(door.port);
    good.say('Handshake');
    await good.hear('Heartbeat');
    assert.equal(door.trigger.counters().failures, 1);
  });

  it('keeps listening when a client resets', async () => {
    await using door = await start(demoTrigger);
    await using bad = new Caller(door.port);
    bad.say('Handshake');
    await bad.hear('Heartbeat');
    bad.socket.resetAndDestroy();
    await eventually(() => door.records.length === 1, 'the exchange ends');
    assert.equal(door.records[0]?.code, 'PEER_RESET');
    await using good = new Caller(door.port);
    good.say('Handshake');
    await good.hear('Heartbeat');
  });

  it('a client beyond the maximum is accepted, logged, closed', async () => {
    await using door = await start(demoTrigger, { maxClients: 1 });
    await using first = new Caller(door.port);
    first.say('Handshake');
    await first.hear('Heartbeat');
    await using second = new Caller(door.port);
    await second.end();
    const { entries } = door.trigger.output.list();
    assert.equal(entries.filter(({ code }) => code === 'CLIENT_REFUSED').length, 1);
    assert.equal(door.trigger.counters().refused, 1);
    first.socket.end();
    await eventually(() => door.trigger.counters().clients === 0, 'the first leaves');
    await using third = new Caller(door.port);
    third.say('Handshake');
    await third.hear('Heartbeat');
  });

  it('answers a client that has closed its side already', async () => {
    await using door = await start([{ receive: null, rules: [{ send: 'got {{message}}' }] }]);
    await using caller = new Caller(door.port);
    caller.socket.end('word');
    await caller.hear('got word');
    await caller.end();
  });

  it('two on one port: the second is told', async () => {
    await using door = await start(demoTrigger);
    await assert.rejects(start(demoTrigger, { port: door.port }), { code: 'PORT_IN_USE' });
  });

  it('does not listen at a name', async () => {
    await assert.rejects(start(demoTrigger, { address: 'example.org' }), { code: 'ADDRESS_NOT_LISTENABLE' });
  });

  it('stops: the runs of its clients end, and their records say so', async () => {
    const door = await start([{ receive: 0 }]);
    await using caller = new Caller(door.port);
    await eventually(() => door.trigger.counters().clients === 1, 'the client is there');
    await door.trigger.stop('the service stops');
    await caller.end();
    assert.deepEqual([door.records[0]?.result, door.records[0]?.code], ['stopped', 'RUN_STOPPED']);
  });

  it('counters live as long as the trigger, over its clients', async () => {
    await using door = await start([{ send: 'no {{counter.clients | D3}}' }]);
    for (const expected of ['no 001', 'no 002']) {
      await using caller = new Caller(door.port);
      await caller.hear(expected);
    }
  });
});
