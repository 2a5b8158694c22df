import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type WebhookBusOptions, webhookBus } from '@fairlead/bus';
import { isFairleadError } from '@fairlead/core';
import { eventually } from '@fairlead/testkit';
import { signature, signingKey } from '../../src/webhook/signature.ts';
import { recordingLog } from '../recording-log.ts';
import { payloadOf, Receiver } from './receiver.ts';

const QUICK = { min: '5ms', max: '20ms' } as const;

async function open(t: TestContext, options: Partial<WebhookBusOptions> = {}) {
  const receiver = new Receiver();
  await receiver.start();
  const log = recordingLog();
  const bus = await webhookBus({ url: receiver.url, reconnect: QUICK, log, ...options });
  t.after(async () => {
    await bus.close();
    await receiver.stop();
  });
  return { receiver, bus, log };
}

const numbers = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ topic: 't', payload: String(n) }));

test('signs as the Standard Webhooks specification shows', () => {
  const key = signingKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw') as Buffer;
  assert.equal(
    signature(key, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}'),
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
  assert.deepEqual(signingKey('text'), Buffer.from('text'));
  assert.equal(signingKey('whsec_'), undefined);
});

test('posts batches in order, signed with a secret that is read for each request', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-hook-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [secret, authorization] = [join(folder, 'secret'), join(folder, 'authorization')];
  await writeFile(secret, 'first\n');
  await writeFile(authorization, 'Bearer abc\n');
  const { receiver, bus } = await open(t, {
    secret: { file: secret },
    authorization: { file: authorization },
    batch: { messages: 10 },
  });
  bus.publish(numbers(25));
  await bus.flushed();
  assert.deepEqual(
    receiver.requests.map(({ messages }) => messages.length),
    [10, 10, 5],
  );
  const payloads = receiver.requests.flatMap(({ messages }) => messages.map((m) => String(payloadOf(m))));
  assert.deepEqual(
    payloads,
    numbers(25).map(({ payload }) => payload),
  );
  const checked = (secretText: string, at: number) => {
    const { headers, body } = receiver.requests[at] as Receiver['requests'][0];
    const { 'webhook-id': id, 'webhook-timestamp': timestamp } = headers;
    assert.ok(Math.abs(Number(timestamp) - Date.now() / 1_000) < 60);
    const expected = createHmac('sha256', secretText).update(`${id}.${timestamp}.${body}`).digest('base64');
    assert.equal(headers['webhook-signature'], `v1,${expected}`);
    assert.equal(headers.authorization, 'Bearer abc');
  };
  checked('first', 0);
  await writeFile(secret, 'second');
  bus.publish(numbers(1));
  await bus.flushed();
  checked('second', 3);
});

test('repeats a request under the same id until it is answered, and says once why it is down', async (t) => {
  const { receiver, bus, log } = await open(t);
  const statuses = [500, 503, 302, 404, 429, 401];
  receiver.answer = (_, response) =>
    void response.writeHead(statuses.shift() ?? 200, { location: '/else' }).end();
  bus.publish(numbers(3));
  await eventually(() => bus.state === 'down', 'the bus is down');
  assert.equal(bus.publish(numbers(1)), false);
  await bus.flushed(AbortSignal.timeout(10_000));
  const ids = new Set(receiver.requests.slice(0, 7).map(({ headers }) => headers['webhook-id']));
  assert.equal(ids.size, 1, 'the redirect was not followed, and each attempt has the same id');
  assert.equal(bus.state, 'connected');
  assert.deepEqual(log.codes, ['BUS_WEBHOOK_REFUSED', 'BUS_CREDENTIALS_REFUSED']);
  assert.ok(!JSON.stringify(log.lines).includes('hidden'), 'the query is not logged');
  assert.equal(bus.stats().refused, 0);
});

test('waits as long as the receiver asks', async (t) => {
  const { receiver, bus } = await open(t);
  const at: number[] = [];
  receiver.answer = (_, response) => {
    at.push(performance.now());
    if (at.length === 1) response.writeHead(429, { 'retry-after': '1' }).end();
    else response.writeHead(200).end();
  };
  bus.publish(numbers(1));
  await bus.flushed(AbortSignal.timeout(10_000));
  assert.ok((at[1] as number) - (at[0] as number) >= 950, `${at}`);
});

test('finds the message that the receiver does not accept, and delivers the others once and in order', async (t) => {
  const { receiver, bus, log } = await open(t);
  const accepted: string[] = [];
  receiver.answer = ({ messages }, response) => {
    const payloads = messages.map((message) => String(payloadOf(message)));
    if (payloads.includes('13')) {
      response.writeHead(422).end();
      return;
    }
    accepted.push(...payloads);
    response.writeHead(200).end();
  };
  bus.publish(numbers(40));
  await bus.flushed();
  assert.deepEqual(
    accepted,
    numbers(40)
      .map(({ payload }) => payload)
      .filter((payload) => payload !== '13'),
  );
  assert.equal(bus.stats().refused, 1);
  assert.deepEqual(log.codes, ['BUS_MESSAGE_REFUSED']);
});

test('a receiver that never answers, cuts the connection, or answers without an end', async (t) => {
  const { receiver, bus, log } = await open(t, { timeout: '100ms' });
  const endless = Buffer.alloc(40_000);
  const ways: Receiver['answer'][] = [
    () => {},
    (_, response) => response.destroy(),
    (_, response) =>
      void response.writeHead(200, { 'content-length': '100' }).write('cut', () => response.destroy()),
    (_, response) => {
      response.writeHead(503);
      const more = () => {
        while (!response.destroyed && response.write(endless));
      };
      response.on('drain', more);
      more();
    },
  ];
  receiver.answer = (received, response) => {
    const way = ways.shift();
    if (way === undefined) response.writeHead(200).end();
    else way(received, response);
  };
  bus.publish(numbers(1));
  await bus.flushed(AbortSignal.timeout(10_000));
  assert.equal(receiver.requests.length, 5);
  assert.deepEqual([...log.codes].sort(), ['BUS_WEBHOOK_REFUSED', 'BUS_WEBHOOK_SILENT', 'PEER_RESET']);
});

test('a receiver that is not there: messages wait within the bound, and close() ends', async (t) => {
  const { receiver, bus, log } = await open(t, {
    closeGrace: '50ms',
    queue: { highWater: '10KiB', limit: '20KiB' },
  });
  await receiver.stop();
  const large = { topic: 't', payload: 'x'.repeat(5_000) };
  assert.equal(bus.publish([large]), true);
  await eventually(() => bus.state === 'down', 'the bus is down');
  assert.equal(bus.publish([large, large]), false);
  assert.throws(
    () => bus.publish([large, large]),
    (error) => isFairleadError(error, 'BUS_QUEUE_FULL'),
  );
  await assert.rejects(bus.drained(AbortSignal.timeout(20)), (error) => isFairleadError(error, 'ABORTED'));
  await bus.close();
  assert.deepEqual(log.codes, ['CONNECT_REFUSED', 'BUS_UNFLUSHED']);
  await receiver.start();
});

test('refuses options that cannot be right', async () => {
  const flawed: Partial<WebhookBusOptions>[] = [
    { url: 'ftp://host/' },
    { url: 'http://user:secret@host/' },
    { tls: { ca: 'x' } },
    { secret: '' },
    { secret: { file: '/nowhere' } },
    { authorization: 'line\nend' },
    { batch: { messages: 0 } },
    { urll: '' } as never,
  ];
  for (const options of flawed)
    await assert.rejects(webhookBus({ url: 'http://127.0.0.1:1/', ...options }), (error) => {
      assert.ok(isFairleadError(error), String(error));
      assert.ok(!error.message.includes('secret@'));
      return true;
    });
});
