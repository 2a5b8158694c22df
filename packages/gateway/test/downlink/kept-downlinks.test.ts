import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { settled } from '@fairlead/testkit';
import { MemoryQueue } from '../../src/downlink/memory-queue.ts';
import { type DownlinkState, gatewayLimits, type KeptDownlink } from '../../src/index.ts';
import { attributes, auth, packet, world } from '../harness.ts';

const sensor = { name: 'sensor', token: 'secret' };
const set = (n: number) => ({ kind: 'attributes' as const, values: { n } });
const sent = (...numbers: number[]) =>
  Buffer.concat(numbers.map((n) => packet(0, 1, JSON.stringify({ n })))).toString('hex');
/** A device whose script names what its answers name: `ID:` is sent, `ok ID` or `no ID` is the answer. */
const talker = {
  name: 'talker',
  token: 'secret',
  protocol: 'custom',
  profile: { id: 't', framing: 'line', uplink: 't' },
};

async function talking(device: object = talker, queue = new MemoryQueue()) {
  const it = await world([{ ...talker, ...device }], { downlinkQueue: queue });
  it.scripts.sources.t = {
    uplink: (bytes) => {
      const [, word, id = ''] = /^(ok|no) (.*)$/.exec(bytes.toString()) ?? [];
      if (word === undefined) return { messages: [], replies: [] };
      return {
        messages: [],
        replies: [],
        answers: [{ id, refused: word === 'no' ? 'will not' : undefined }],
      };
    },
    requests: ({ values }) => {
      const id = String((values as { n: number }).n);
      return [{ send: Buffer.from(`${id}:`), id }];
    },
  };
  return { ...it, queue };
}

const states = async (queue: MemoryQueue) =>
  (await queue.list({ limit: 100 }))
    .map(({ state, code }) => [state, code].filter(Boolean).join(' '))
    .reverse();

/** A queue whose process dies: from then on nothing is written any more. */
class DyingQueue extends MemoryQueue {
  dead = false;
  override async save(downlink: KeptDownlink, from: DownlinkState): Promise<boolean> {
    if (this.dead) return new Promise(() => {});
    return super.save(downlink, from);
  }
}

describe('kept downlinks', () => {
  test('wait for the device and reach it in their order; others are refused at once, as ever', async () => {
    const queue = new MemoryQueue();
    const { gateway, official } = await world([sensor], { downlinkQueue: queue });
    await assert.rejects(gateway.send('sensor', set(0)), { code: 'DEVICE_OFFLINE' });
    for (const n of [1, 2, 3]) {
      const { status, id } = await gateway.send('sensor', set(n), { keep: 60_000 });
      assert.equal(status, 'queued');
      assert.equal((await gateway.ledger.get(id as string)).state, 'queued');
    }
    const peer = await (await official()).send(auth('secret'));
    await settled();
    assert.equal(peer.hex, sent(1, 2, 3));
    assert.deepEqual(await states(queue), ['written', 'written', 'written']);
    assert.equal(gateway.counters().downlinks.get('written'), 3);
  });

  test('expire when their time is over, and are not sent then', async () => {
    const queue = new MemoryQueue();
    const { gateway, official, clock } = await world([sensor], { downlinkQueue: queue });
    await gateway.send('sensor', set(1), { keep: 1_000 });
    await gateway.send('sensor', set(2), { keep: 5_000 });
    const late = assert.rejects(gateway.send('sensor', set(3), { keep: 1_000, until: 'written' }), {
      code: 'DOWNLINK_FAILED',
      message: /has expired/,
    });
    await settled();
    await clock.advance(1_000);
    await late;
    assert.deepEqual(await states(queue), ['expired', 'queued', 'expired']);
    const peer = await (await official()).send(auth('secret'));
    await settled();
    assert.equal(peer.hex, sent(2));
  });

  test('a device says that its messages are kept, and how far apart they are sent', async () => {
    const { gateway, official, clock } = await world([{ ...sensor, downlinks: { keep: 60_000, gap: 500 } }]);
    for (const n of [1, 2]) assert.equal((await gateway.send('sensor', set(n))).status, 'queued');
    const peer = await (await official()).send(auth('secret'));
    await settled();
    assert.equal(peer.hex, sent(1));
    await clock.advance(500);
    await settled();
    assert.equal(peer.hex, sent(1, 2));
  });

  test('a device that listens only after it was heard is sent to then', async () => {
    const { gateway, official, clock } = await world([{ ...sensor, downlinks: { window: 2_000 } }]);
    const peer = await (await official()).send(auth('secret'));
    await clock.advance(2_001);
    await assert.rejects(gateway.send('sensor', set(0)), { code: 'DOWNLINK_WINDOW_CLOSED' });
    await gateway.send('sensor', set(1), { keep: true });
    await clock.advance(10_000);
    await settled();
    assert.equal(peer.hex, '');
    await peer.send(attributes({ a: 1 }));
    await settled();
    assert.equal(peer.hex, sent(1));
    await gateway.send('sensor', set(2)); // it listens now
    await settled();
    assert.equal(peer.hex, sent(1, 2));
  });

  test('a key makes the second one the first; with other values it is refused', async () => {
    const { gateway, official } = await world([sensor]);
    const first = await gateway.send('sensor', set(1), { keep: true, key: 'k' });
    assert.equal((await gateway.send('sensor', set(1), { keep: true, key: 'k' })).id, first.id);
    await assert.rejects(gateway.send('sensor', set(2), { key: 'k', keep: true }), {
      code: 'DOWNLINK_KEY_REUSED',
    });
    const peer = await (await official()).send(auth('secret'));
    await settled();
    const again = await gateway.send('sensor', set(1), { key: 'k' });
    assert.deepEqual([again.id, again.status, peer.hex], [first.id, 'written', sent(1)]);
  });

  test('are cancelled while they wait, and not later', async () => {
    const { gateway, official } = await world([sensor]);
    const { id = '' } = await gateway.send('sensor', set(1), { keep: true });
    const other = await gateway.send('sensor', set(2), { keep: true });
    assert.equal((await gateway.ledger.cancel(id)).state, 'cancelled');
    const peer = await (await official()).send(auth('secret'));
    await settled();
    assert.equal(peer.hex, sent(2));
    for (const done of [id, other.id ?? ''])
      await assert.rejects(gateway.ledger.cancel(done), { code: 'DOWNLINK_NOT_CANCELLABLE' });
    await assert.rejects(gateway.ledger.cancel('none'), { code: 'DOWNLINK_UNKNOWN' });
  });

  test('sizes and times are bounded', async () => {
    const { gateway } = await world([sensor]);
    const long = {
      kind: 'attributes' as const,
      values: { pad: 'x'.repeat(gatewayLimits.values.keptValues) },
    };
    const refused = { code: 'DOWNLINK_INVALID' };
    await assert.rejects(gateway.send('sensor', long, { keep: true }), refused);
    await assert.rejects(gateway.send('sensor', set(1), { keep: true, key: 'k'.repeat(129) }), refused);
    for (const keep of [0, -1, Number.NaN, 1e12])
      await assert.rejects(gateway.send('sensor', set(1), { keep }), refused);
    for (let n = 0; n < gatewayLimits.values.keptPerDevice; n++)
      await gateway.send('sensor', set(n), { keep: true });
    await assert.rejects(gateway.send('sensor', set(1), { keep: true }), { code: 'DOWNLINKS_WAITING' });
  });
});

describe('answers', () => {
  test('acknowledge, refuse, or do not come', async () => {
    const { gateway, custom, clock, queue } = await talking();
    const peer = await (await custom()).send('secret\n');
    const outcomes = Promise.allSettled(
      [1, 2, 3].map((n) =>
        gateway.send('talker', set(n), { keep: true, until: 'acknowledged', wait: 120_000 }),
      ),
    );
    await settled();
    assert.equal(peer.text, '1:\n'); // one after another
    await peer.send('ok 1\n');
    await settled();
    assert.equal(peer.text, '1:\n2:\n');
    await peer.send('no 2\n');
    await settled();
    await clock.advance(gatewayLimits.values.answerTime);
    assert.deepEqual(
      (await outcomes).map((each) => (each.status === 'fulfilled' ? each.value.status : each.reason.code)),
      ['acknowledged', 'DOWNLINK_FAILED', 'DOWNLINK_FAILED'],
    );
    assert.deepEqual(await states(queue), [
      'acknowledged',
      'failed DOWNLINK_REFUSED',
      'failed DOWNLINK_UNANSWERED',
    ]);
  });

  test('at least once: it is sent again on the link and on the next one, before all others, until it is answered', async () => {
    const { gateway, custom, clock, queue } = await talking();
    const first = await (await custom()).send('secret\n');
    await gateway.send('talker', set(1), { keep: true, delivery: 'at-least-once' });
    await gateway.send('talker', set(2), { keep: true });
    await settled();
    await clock.advance(gatewayLimits.values.answerTime);
    await clock.advance(gatewayLimits.values.keptRetry);
    await settled();
    assert.equal(first.text, '1:\n1:\n');
    const second = await (await custom()).send('secret\n');
    await settled();
    assert.equal(second.text, '1:\n');
    await second.send('ok 1\n');
    await settled();
    assert.equal(second.text, '1:\n2:\n');
    assert.deepEqual(await states(queue), ['acknowledged', 'written']);
  });

  test('at most once: a link that ends before the answer leaves it uncertain', async () => {
    const { gateway, custom, queue } = await talking();
    await (await custom()).send('secret\n');
    await gateway.send('talker', set(1), { keep: true });
    await settled();
    const second = await (await custom()).send('secret\n'); // takes the place of the first
    await settled();
    assert.equal(second.text, '');
    assert.deepEqual(await states(queue), ['failed DOWNLINK_UNCERTAIN']);
  });

  test('the sender of one that is only written, and of one that takes too long, is told so', async () => {
    const { gateway, official, clock } = await world([sensor]);
    const slow = assert.rejects(gateway.send('sensor', set(1), { keep: true, until: 'written', wait: 100 }), {
      code: 'DOWNLINK_PENDING',
    });
    await settled();
    await clock.advance(100);
    await slow;
    await (await official()).send(auth('secret'));
    await assert.rejects(gateway.send('sensor', set(2), { keep: true, until: 'acknowledged' }), {
      code: 'DOWNLINK_ONLY_WRITTEN',
    });
  });
});

describe('a process that dies', () => {
  for (const [delivery, text, state] of [
    ['at-most-once', '', 'failed DOWNLINK_UNCERTAIN'],
    ['at-least-once', '1:\n', 'written'],
  ] as const)
    test(`${delivery}: after the bytes have left, and before anything else is written`, async () => {
      const queue = new DyingQueue();
      const { gateway, custom } = await talking({}, queue);
      const peer = await (await custom()).send('secret\n');
      await gateway.send('talker', set(1), { keep: true, delivery });
      await settled();
      assert.equal(peer.text, '1:\n');
      const [left] = await queue.list({ limit: 1 });
      assert.equal(left?.state, 'written');
      queue.dead = true; // what comes now is lost with the process
      await peer.send('ok 1\n');
      queue.dead = false;
      const after = await talking({}, queue);
      const again = await (await after.custom()).send('secret\n');
      await settled();
      assert.equal(again.text, text);
      assert.deepEqual(await states(queue), [state]);
    });
});

describe('results', () => {
  const results = (lines: readonly string[]) =>
    lines
      .filter((line) => line.includes('/result '))
      .map((line) => JSON.parse(line.slice(line.indexOf(' ') + 1)));

  test('of kept ones, and of all from the bus, are published', async () => {
    const { gateway, official, bus } = await world([sensor]);
    const { id } = await gateway.send('sensor', set(1), { keep: true, key: 'k' });
    bus.deliver('devices/sensor/set', '{"n":2}');
    await settled();
    assert.deepEqual(
      results(bus.lines).map(({ id, key, status, code, values }) => ({ id, key, status, code, values })),
      [
        { id, key: 'k', status: 'queued', code: undefined, values: { n: 1 } },
        { id: undefined, key: undefined, status: 'failed', code: 'DEVICE_OFFLINE', values: { n: 2 } },
      ],
    );
    await (await official()).send(auth('secret'));
    bus.deliver('devices/sensor/set', '{"n":3}');
    await settled();
    assert.deepEqual(
      results(bus.lines)
        .slice(2)
        .map(({ id, status, values }) => ({ id, status, values })),
      [
        { id, status: 'written', values: { n: 1 } },
        { id: undefined, status: 'written', values: { n: 3 } },
      ],
    );
  });

  test('reach the topic that a request names, with its correlation; properties say how it is kept', async () => {
    const { official, bus, gateway } = await world([sensor]);
    const properties = { keep: '1m', key: 'k', delivery: 'at-least-once' };
    const request = { responseTopic: 'me/answers', correlation: Buffer.of(1, 255), properties };
    bus.deliver('devices/sensor/command', '{"a":1}', request);
    await settled();
    const [kept] = await gateway.ledger.list({ limit: 1 });
    assert.deepEqual([kept?.key, kept?.delivery, kept?.kind], ['k', 'at-least-once', 'command']);
    await (await official()).send(auth('secret'));
    await settled();
    const answers = bus.published.filter(({ topic }) => topic === 'me/answers');
    assert.deepEqual(
      answers.map(({ payload, correlation }) => [JSON.parse(String(payload)).status, correlation]),
      ['queued', 'written'].map((status) => [status, Buffer.of(1, 255)]),
    );
  });

  test('requests that say nonsense, or would speak for devices, are refused', async () => {
    const { official, bus } = await world([sensor]);
    const peer = await (await official()).send(auth('secret'));
    for (const request of [
      { properties: { keep: 'soon' } },
      { properties: { delivery: 'twice' } },
      { responseTopic: 'devices/other/command' },
      { responseTopic: 'devices/other/attributes' },
      { responseTopic: '$SYS/x' },
    ]) {
      bus.deliver('devices/sensor/set', '{"n":1}', request);
      await settled();
      assert.equal(results(bus.lines).at(-1).code, 'DOWNLINK_INVALID', JSON.stringify(request));
    }
    assert.equal(peer.hex, '');
    assert.ok(bus.published.every(({ topic }) => /^devices\/sensor\/(status|result)$/.test(topic)));
  });
});
