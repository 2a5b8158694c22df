import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FairleadError, silentLog } from '@fairlead/core';
import { FakeClock, settled } from '@fairlead/testkit';
import type { DeviceRecord } from '../../src/fleet/records.ts';
import { PlatformBus } from '../../src/mqtt/platform-bus.ts';
import type { Connection, Message } from '../../src/mqtt/port.ts';

class FakeConnection {
  state: 'connecting' | 'connected' | 'down' | 'closed' = 'connected';
  cause: FairleadError | undefined;
  readonly sent: Message[] = [];
  readonly #listeners: ((change: never) => void)[] = [];
  #flushed = Promise.withResolvers<void>();
  queuedBytes = 0;

  on(_: 'state', listener: (change: never) => void): () => void {
    this.#listeners.push(listener);
    return () => {};
  }
  check(): void {}
  publish(batch: readonly Message[]): boolean {
    this.sent.push(...batch);
    return this.state === 'connected';
  }
  async drained(): Promise<void> {}
  async flushed(signal?: AbortSignal): Promise<void> {
    if (this.state === 'connected') return;
    signal?.addEventListener('abort', () => this.#flushed.reject(signal.reason));
    await this.#flushed.promise;
  }
  async ready(): Promise<void> {}
  async subscribe() {
    return { close: async () => {} };
  }
  stats() {
    const { queuedBytes } = this;
    return {
      published: 0,
      received: 0,
      refused: 0,
      dropped: 0,
      queuedMessages: 0,
      queuedBytes,
      reconnects: 0,
    } as const;
  }
  /** The broker does not take its user. */
  refuse(): void {
    this.state = 'down';
    this.cause = { code: 'BUS_CREDENTIALS_REFUSED' } as FairleadError;
    for (const listener of this.#listeners) listener(undefined as never);
  }
  async close(): Promise<void> {
    this.state = 'closed';
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

const topic = (kind: string) => ({
  matches: (text: string) => text.endsWith(`/${kind}`),
  deviceIn: (text: string) => text.split('/')[1] ?? '',
});

function world(count = 1) {
  const clock = new FakeClock();
  const shared = new FakeConnection();
  const own = new Map<string, FakeConnection>();
  let state: FakeConnection['state'] = 'connected';
  const records = new Map<string, DeviceRecord>();
  for (let n = 1; n <= count; n++) {
    const of = { id: `${n}`, token: `t${n}`, name: `d${n}`, type: 'standard', checkedAt: 0 } as const;
    records.set(`d${n}`, { ...of, protocol: 'official' });
  }
  const bus = new PlatformBus({
    shared: shared as Connection,
    async openDevice(token) {
      const connection = new FakeConnection();
      connection.state = state;
      own.set(token, connection);
      return connection as Connection;
    },
    topics: {
      attributes: topic('attributes'),
      events: topic('events'),
      raw: topic('raw'),
      status: topic('status'),
    },
    recordOf: (name) => records.get(name),
    clock,
    log: silentLog,
  });
  const begin = (at: FakeConnection['state']) => {
    state = at;
  };
  const publish = (name: string, text = '{}') =>
    bus.publish([{ topic: `devices/${name}/attributes`, payload: text }]);
  const status = (name: string, is: string) =>
    bus.publish([{ topic: `devices/${name}/status`, payload: JSON.stringify({ status: is, since: 0 }) }]);
  return { bus, clock, shared, own, records, publish, status, begin };
}

test('a thousand devices open their connections one after another, and nothing that waits is lost', async () => {
  const { bus, clock, own, publish, status } = world(1_000);
  for (let n = 1; n <= 1_000; n++) {
    status(`d${n}`, 'online');
    publish(`d${n}`, `{"n":${n}}`);
  }
  await clock.advance(1_000);
  assert.ok(own.size >= 50 && own.size <= 52, `${own.size} in the first second`);
  const flushed = bus.flushed();
  await clock.advance(20_000);
  await flushed;
  assert.equal(own.size, 1_000);
  for (let n = 1; n <= 1_000; n++) assert.deepEqual(own.get(`t${n}`)?.sent[0]?.payload, `{"n":${n}}`);
  await bus.close();
});

test('messages of a refused user are refused by name, and a flush does not wait for them', async () => {
  const { bus, clock, own, shared, publish, begin } = world(2);
  begin('connecting');
  publish('d1');
  await clock.advance(0);
  const flushed = bus.flushed();
  await settled();
  own.get('t1')?.refuse();
  await flushed;
  assert.throws(() => publish('d1'), { code: 'THINGSPANEL_USER_REFUSED', retryable: false });
  assert.throws(() => bus.check([{ topic: 'devices/d1/attributes', payload: '{}' }]), {
    code: 'THINGSPANEL_USER_REFUSED',
  });
  assert.equal(publish('d2'), true, 'others go on');
  assert.equal(shared.sent.length, 0);
  await bus.close();
});

test('a full queue of one device is its own matter', async () => {
  const { bus, own, clock, publish } = world(2);
  publish('d1');
  await clock.advance(0);
  (own.get('t1') as FakeConnection).queuedBytes = 8 * 2 ** 20;
  assert.throws(() => publish('d1'), { code: 'THINGSPANEL_QUEUE_FULL' });
  publish('d2');
  await bus.close();
});

test('a connection ends with its device, and one with a new token is another connection', async () => {
  const { bus, own, clock, records, publish, status } = world(1);
  status('d1', 'online');
  publish('d1');
  await clock.advance(0);
  const first = own.get('t1') as FakeConnection;
  status('d1', 'offline');
  assert.equal(first.state, 'closed');
  publish('d1'); // of the journal
  await clock.advance(0);
  const second = own.get('t1') as FakeConnection;
  assert.notEqual(second, first);
  records.set('d1', { ...(records.get('d1') as DeviceRecord), token: 'new' });
  publish('d1');
  await clock.advance(20);
  assert.equal(second.state, 'closed');
  assert.equal(own.get('new')?.sent.length, 1);
  await clock.advance(5_000);
  assert.equal(own.get('new')?.state, 'closed', 'nobody needs it');
  await bus.close();
});

test('a status is told once, and devices that are not of the platform are left out', async () => {
  const { bus, shared, status, publish } = world(1);
  status('d1', 'online');
  status('d1', 'online'); // suspect
  status('pump', 'online');
  publish('pump');
  bus.publish([
    { topic: 'devices/d1/status', payload: '' },
    { topic: 'drivers/x', payload: 'y' },
  ]);
  assert.deepEqual(shared.sent, [
    { topic: 'device/status', payload: '{"accessToken":"t1","values":{"status":"1"}}' },
  ]);
  await bus.close();
});
