/** The keeper of a browser's one stream, with pages and a service that are the test's. */
import assert from 'node:assert/strict';
import { mock, type TestContext, test } from 'node:test';
import type { LiveEvent, LiveOptions } from '@fairlead/api';
import { Keeper } from '../../page/data/live/keeper.ts';
import { type ToKeeper, type ToPage, talkLimits } from '../../page/data/live/talk.ts';

/** A stream as the service would send it. */
class Stream {
  readonly options: LiveOptions;
  topics: readonly string[];
  retries = 0;
  refuses: string | undefined;
  #events: LiveEvent[] = [];
  #wake: () => void = () => {};
  #failure: Error | undefined;

  constructor(options: LiveOptions) {
    this.options = options;
    this.topics = options.topics ?? [];
    options.signal?.addEventListener('abort', () => this.#wake());
  }

  send(...events: object[]): void {
    this.#events.push(...(events as LiveEvent[]));
    this.#wake();
  }
  fail(code: string): void {
    this.#failure = Object.assign(new Error(code), { code });
    this.#wake();
  }
  async setTopics(topics: readonly string[]): Promise<void> {
    if (this.refuses !== undefined) throw Object.assign(new Error('no'), { code: this.refuses });
    this.topics = topics;
  }
  async load({ from, to }: { from: number; to: number }) {
    if (from > 10) throw Object.assign(new Error('gone'), { code: 'LIVE_RECORDS_GONE' });
    return { from, to, records: [] };
  }
  retryNow(): void {
    this.retries++;
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<LiveEvent> {
    while (this.options.signal?.aborted !== true) {
      const next = this.#events.shift();
      if (next !== undefined) yield next;
      else if (this.#failure !== undefined) throw this.#failure;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function world(t: TestContext) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1_000_000 });
  t.after(() => mock.timers.reset());
  const streams: Stream[] = [];
  const keeper = new Keeper((options) => {
    const stream = new Stream(options);
    streams.push(stream);
    return stream as never;
  });
  const page = () => {
    const got: ToPage[] = [];
    const say = keeper.attach((message) => got.push(message));
    const want = (topics: string[], visible = true) => say({ say: 'want', topics, visible });
    const events = () => got.flatMap((message) => (message.say === 'event' ? [message.event] : []));
    return { got, say: (message: ToKeeper) => say(message), want, events };
  };
  const pass = async (ms: number) => {
    mock.timers.tick(ms);
    await settle();
    await settle();
  };
  const stream = () => streams.at(-1) as Stream;
  const hello = () =>
    stream().send({
      event: 'hello',
      stream: 's',
      time: '2026-01-01T00:00:00.000Z',
      version: '1',
      topics: [],
    });
  return { streams, stream, hello, page, pass };
}

const state = (topic: string, value: unknown) => ({ event: 'state', topic, name: topic, time: '', value });

test('twelve pages have one stream with the topics of all, and each gets its own', async (t) => {
  const { streams, stream, hello, page, pass } = world(t);
  const pages = Array.from({ length: 12 }, page);
  for (const [i, each] of pages.entries()) each.want(['overview', i < 6 ? 'inbox' : 'jobs']);
  await pass(talkLimits.gather);
  assert.equal(streams.length, 1);
  assert.deepEqual([...stream().topics].sort(), ['inbox', 'jobs', 'overview']);
  hello();
  stream().send(state('inbox', [1]), state('overview', 2));
  await pass(0);
  assert.deepEqual(
    pages[0]?.events().map(({ topic }) => topic),
    ['inbox', 'overview'],
  );
  assert.deepEqual(
    pages[11]?.events().map(({ topic }) => topic),
    ['overview'],
  );
  // A page that comes later gets what is known at once: the service does not send it again.
  const late = page();
  late.want(['inbox']);
  await pass(talkLimits.gather);
  assert.equal(streams.length, 1);
  assert.deepEqual(
    late.events().map(({ topic }) => topic),
    ['inbox'],
  );
  assert.deepEqual(
    late.got.find(({ say }) => say === 'status'),
    {
      say: 'status',
      status: { state: 'live', heardAt: 1_000_030, serviceTime: Date.parse('2026-01-01'), version: '1' },
    },
  );
});

test('a page that is hidden for a minute gets nothing, and hears that it missed something when it is back', async (t) => {
  const { streams, stream, hello, page, pass } = world(t);
  const [seen, hidden] = [page(), page()];
  seen.want(['overview']);
  hidden.want(['wire/a']);
  await pass(talkLimits.gather);
  hello();
  hidden.want(['wire/a'], false);
  await pass(talkLimits.hidden - 10_000);
  seen.want(['overview']);
  hidden.want(['wire/a'], false);
  assert.deepEqual(stream().topics, ['overview', 'wire/a']);
  await pass(15_000);
  await pass(talkLimits.gather);
  assert.deepEqual(stream().topics, ['overview']);
  hidden.want(['wire/a'], true);
  await pass(talkLimits.gather);
  assert.deepEqual(stream().topics, ['overview', 'wire/a']);
  assert.equal(hidden.got.at(-1)?.say, 'reset');
  assert.equal(seen.got.filter(({ say }) => say === 'reset').length, 0);
  // The last pages leave: so does the stream.
  hidden.say({ say: 'bye' });
  seen.say({ say: 'bye' });
  await pass(talkLimits.gather);
  assert.equal(stream().options.signal?.aborted, true);
  seen.want(['overview']);
  await pass(talkLimits.gather);
  assert.equal(streams.length, 2);
});

test('a page that says nothing any more is gone', async (t) => {
  const { stream, page, pass } = world(t);
  const [here, crashed] = [page(), page()];
  here.want(['overview']);
  crashed.want(['inbox']);
  await pass(talkLimits.gather);
  for (let ms = 0; ms <= talkLimits.silence; ms += talkLimits.repeat) {
    here.want(['overview']);
    await pass(talkLimits.repeat);
  }
  await pass(talkLimits.gather);
  assert.deepEqual(stream().topics, ['overview']);
});

test('a session that has ended stops the stream until somebody has signed in', async (t) => {
  const { streams, stream, hello, page, pass } = world(t);
  const one = page();
  one.want(['overview']);
  await pass(talkLimits.gather);
  hello();
  await pass(0);
  stream().options.lost?.('closed');
  stream().fail('UNAUTHORIZED');
  await pass(0);
  const states = () => one.got.flatMap((message) => (message.say === 'status' ? [message.status.state] : []));
  assert.deepEqual(states(), ['connecting', 'live', 'lost', 'signedOut']);
  one.want(['overview', 'inbox']);
  await pass(600_000 - 599_000);
  assert.equal(streams.length, 1, 'nothing is asked without a session');
  one.say({ say: 'retry' });
  await pass(talkLimits.gather);
  assert.equal(streams.length, 2);
  assert.deepEqual(stream().topics, ['overview', 'inbox']);
});

test('another refusal is tried again later, and at once when a page asks', async (t) => {
  const { streams, stream, page, pass } = world(t);
  const one = page();
  one.want(['overview']);
  await pass(talkLimits.gather);
  stream().fail('LIVE_TOPICS_FULL');
  await pass(0);
  one.want(['inbox']);
  await pass(talkLimits.gather);
  assert.equal(streams.length, 1);
  await pass(talkLimits.refused);
  assert.equal(streams.length, 2);
  one.say({ say: 'retry' });
  assert.equal(stream().retries, 1);
  stream().fail('LIVE_TOPICS_FULL');
  await pass(0);
  one.say({ say: 'retry' });
  await pass(talkLimits.gather);
  assert.equal(streams.length, 3);
});

test('topics that could not be set are set again, and records are loaded or refused with a code', async (t) => {
  const { stream, hello, page, pass } = world(t);
  const one = page();
  one.want(['overview']);
  await pass(talkLimits.gather);
  hello();
  stream().refuses = 'SERVER_TIMEOUT';
  one.want(['inbox']);
  await pass(talkLimits.gather);
  assert.deepEqual(stream().topics, ['overview']);
  stream().refuses = undefined;
  await pass(talkLimits.look);
  await pass(talkLimits.gather);
  assert.deepEqual(stream().topics, ['inbox']);
  one.say({ say: 'load', call: 1, skipped: { topic: 'log', from: 1, to: 2 } });
  one.say({ say: 'load', call: 2, skipped: { topic: 'log', from: 11, to: 12 } });
  await pass(0);
  assert.deepEqual(one.got.slice(-2), [
    { say: 'loaded', call: 1, loaded: { from: 1, to: 2, records: [] } },
    { say: 'failed', call: 2, told: { code: 'LIVE_RECORDS_GONE', message: 'gone' } },
  ]);
});
