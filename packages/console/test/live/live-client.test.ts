/** A page's end of the stream, with a keeper that is the test's. */
import assert from 'node:assert/strict';
import { mock, type TestContext, test } from 'node:test';
import { type HeardEvent, LiveClient } from '../../page/data/live/live-client.ts';
import { type ToKeeper, type ToPage, talkLimits } from '../../page/data/live/talk.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const state = (topic: string, value: unknown) =>
  ({ say: 'event', event: { event: 'state', topic, name: topic, time: '', value } }) as unknown as ToPage;

function world(t: TestContext) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1_000_000 });
  const lines: { said: ToKeeper[]; hear: (message: ToPage) => void; closed: boolean }[] = [];
  const shown = { visible: true };
  const client = new LiveClient(
    (hear) => {
      const line = { said: [] as ToKeeper[], hear, closed: false };
      lines.push(line);
      return {
        send: (message) => void line.said.push(message),
        close: () => {
          line.closed = true;
        },
      };
    },
    () => shown.visible,
  );
  t.after(() => {
    client.close();
    mock.timers.reset();
  });
  const line = () => lines.at(-1) as (typeof lines)[number];
  const wanted = () => line().said.findLast((message) => message.say === 'want');
  return { client, lines, line, wanted, shown };
}

test('listeners of a topic share it; the last one takes it away', async (t) => {
  const { client, line, wanted } = world(t);
  const heard: unknown[] = [];
  const listener = (event: HeardEvent) => heard.push('value' in event ? event.value : event.event);
  const stops = [client.listen('inbox', listener), client.listen('inbox', listener)];
  await settle();
  assert.deepEqual(wanted(), { say: 'want', topics: ['inbox'], visible: true });
  line().hear(state('inbox', 1));
  assert.deepEqual(heard, [1, 1]);
  // One that comes later gets the value that is known.
  stops.push(client.listen('inbox', listener));
  await settle();
  assert.deepEqual(heard, [1, 1, 1]);
  line().hear({ say: 'reset' });
  assert.deepEqual(heard.slice(3), ['reset', 'reset', 'reset']);
  for (const stop of stops) stop();
  await settle();
  assert.deepEqual(wanted(), { say: 'want', topics: [], visible: true });
  line().hear(state('inbox', 2));
  assert.equal(heard.length, 6);
});

test('topics are told apart by what they mean, and one that is none says why', async (t) => {
  const { client, wanted } = world(t);
  const codes: unknown[] = [];
  const listener = (event: HeardEvent) => event.event === 'gone' && codes.push(event.code);
  client.listen('links?state=open&limit=5', listener);
  client.listen('links?limit=5&state=open', listener);
  client.listen('nosuch', listener);
  client.listen('links?filter=nosuch:1', listener);
  await settle();
  const want = wanted();
  assert.deepEqual(want?.say === 'want' && want.topics, ['links?limit=5&state=open']);
  assert.deepEqual(codes, ['LIVE_TOPIC_INVALID', 'FILTER_SYNTAX']);
});

test('skipped records are asked for, and refused ones reject with the code', async (t) => {
  const { client, line } = world(t);
  const [first, second] = [
    client.load({ topic: 'log', from: 1, to: 2 }),
    client.load({ topic: 'log', from: 3, to: 4 }),
  ];
  line().hear({ say: 'failed', call: 2, told: { code: 'LIVE_RECORDS_GONE', message: 'gone' } });
  line().hear({ say: 'loaded', call: 1, loaded: { from: 1, to: 2, records: ['a', 'b'] } });
  assert.deepEqual((await first).records, ['a', 'b']);
  await assert.rejects(second, { code: 'LIVE_RECORDS_GONE' });
});

test('a page that is shown again asks at once; one that hears nothing looks for another keeper', async (t) => {
  const { client, line, lines, shown } = world(t);
  line().hear({ say: 'status', status: { state: 'live', version: '1' } });
  shown.visible = false;
  client.visibilityChanged();
  assert.deepEqual(line().said.at(-1), { say: 'want', topics: [], visible: false });
  mock.timers.tick(10 * talkLimits.repeat);
  assert.equal(lines.length, 1, 'a hidden page does not care');
  shown.visible = true;
  client.visibilityChanged();
  assert.deepEqual(line().said.at(-1), { say: 'retry' });
  const load = client.load({ topic: 'log', from: 1, to: 2 });
  mock.timers.tick(talkLimits.repeat);
  assert.equal(lines.length, 2);
  assert.equal(lines[0]?.closed, true);
  assert.equal(client.status().state, 'lost');
  await assert.rejects(load, { code: 'CLOSED' });
  line().hear({ say: 'status', status: { state: 'live', version: '1' } });
  assert.equal(client.status().state, 'live');
});
