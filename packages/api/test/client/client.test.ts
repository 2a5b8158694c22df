import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isFairleadError } from '@fairlead/core';
import { FakeClock } from '@fairlead/testkit';
import {
  type ClientOptions,
  createClient,
  type Fetch,
  ProblemError,
  type StreamEvent,
} from '../../src/index.ts';

type Init = Parameters<Fetch>[1];

/** A client whose requests are answered by a function; `asked` has them in order. */
function clientOf(
  answer: (url: URL, init: Init) => Response | Promise<Response>,
  more: Partial<ClientOptions> = {},
) {
  const asked: string[] = [];
  const fetch: Fetch = async (url, init) => {
    asked.push(`${init.method} ${url.pathname}${url.search} ${init.body ?? ''}`.trim());
    return answer(url, init);
  };
  return { asked, client: createClient({ url: 'http://service:7650/', token: 't', fetch, ...more }) };
}

const problem = (status: number, code: string) =>
  Response.json({ code, detail: 'no', details: { limit: 3 } }, { status });

describe('a call', () => {
  test('has its path, query and body from the operation', async () => {
    const { asked, client } = clientOf(() => Response.json({ name: 'a b' }));
    await client.devices.get({ params: { name: 'a b/c' } });
    await client.devices.list({ query: { limit: 5, after: undefined, prefix: 'm&' } });
    await client.devices.change({ params: { name: 'a' }, revision: 3, body: { label: null } });
    await client.devices.remove({ params: { name: 'a' }, revision: '*', query: { cascade: true } });
    await client.jobs.run({ params: { name: 'nightly' } });
    assert.deepEqual(asked, [
      'GET /api/v1/devices/a%20b%2Fc',
      'GET /api/v1/devices?limit=5&prefix=m%26',
      'PATCH /api/v1/devices/a {"label":null}',
      'DELETE /api/v1/devices/a?cascade=true',
      'POST /api/v1/jobs/nightly/run {}',
    ]);
  });

  test('sends the token, and the type of what it sends and expects', async () => {
    const { client } = clientOf((_url, { headers }) => Response.json(headers));
    const headers = await client.devices.add({ body: { name: 'a' } });
    assert.deepEqual(headers, {
      accept: 'application/json',
      authorization: 'Bearer t',
      'fairlead-request': '1',
      'content-type': 'application/json',
    });
  });

  test('gives undefined where there is nothing to say', async () => {
    const { client } = clientOf(() => new Response(null, { status: 204 }));
    assert.equal(await client.links.close({ params: { id: '1' } }), undefined);
  });

  test('rejects with the code of the service', async () => {
    const { client } = clientOf(() => problem(404, 'DEVICE_UNKNOWN'));
    await assert.rejects(client.devices.get({ params: { name: 'a' } }), (error) => {
      assert.ok(error instanceof ProblemError);
      assert.deepEqual(
        [error.code, error.status, error.kind, error.details.limit],
        ['DEVICE_UNKNOWN', 404, 'missing', 3],
      );
      return true;
    });
  });

  test('rejects with a code of its own where the service did not answer as such', async () => {
    const cases: [() => Response | Promise<Response>, string][] = [
      [() => new Response('<html>', { status: 502 }), 'SERVER_ANSWER_INVALID'],
      [() => new Response('no JSON'), 'SERVER_ANSWER_INVALID'],
      [
        () => Promise.reject(new TypeError('fetch failed', { cause: new Error('refused') })),
        'SERVER_UNREACHABLE',
      ],
    ];
    for (const [answer, code] of cases)
      await assert.rejects(clientOf(answer).client.service.status(), (error) => isFairleadError(error, code));
  });

  test('ends at its time limit, and with the signal', async () => {
    const clock = new FakeClock();
    const hanging: Fetch = (_url, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    const late = createClient({ url: 'http://service', fetch: hanging, clock }).service.status({
      extraTime: 1_000,
    });
    const refused = assert.rejects(late, (error) => isFairleadError(error, 'SERVER_TIMEOUT'));
    await clock.advance(31_000);
    await refused;
    const stop = new AbortController();
    const client = createClient({ url: 'http://service', fetch: hanging, clock, signal: stop.signal });
    const stopped = assert.rejects(client.service.status(), (error) => isFairleadError(error, 'ABORTED'));
    stop.abort();
    await stopped;
  });
});

test('an import yields each result as soon as it is there', async () => {
  const sent = new TransformStream<Uint8Array, Uint8Array>();
  const { asked, client } = clientOf(() => new Response(sent.readable));
  const results = client.devices.import({ body: '{"name":"a"}\n', query: { existing: 'keep' } });
  const writer = sent.writable.getWriter();
  const first = results.next();
  await writer.write(new TextEncoder().encode('{"line":1,"name":"a"}\n'));
  assert.deepEqual((await first).value, { line: 1, name: 'a' });
  await writer.close();
  assert.equal((await results.next()).done, true);
  assert.deepEqual(asked, ['POST /api/v1/devices/import?existing=keep {"name":"a"}']);
});

describe('the event stream', () => {
  const event = (device: string) =>
    `data: {"time":"2026-01-01T00:00:00.000Z","device":"${device}","kind":"attributes","values":{}}\n\n`;

  test('goes on after the service was away, and tells what was missed', async () => {
    const answers = [
      () => new Response(`: connected\n\n${event('a')}event: missed\ndata: 7\n\n`),
      () => problem(503, 'SHUTTING_DOWN'),
      () => new Response(event('b')),
    ];
    const { client } = clientOf(() => (answers.shift() ?? (() => problem(401, 'UNAUTHORIZED')))());
    const told: string[] = [];
    const got: StreamEvent[] = [];
    const following = client.follow({
      random: () => 0,
      connected: () => told.push('connected'),
      lost: (why) => told.push(why),
      missed: (count) => told.push(`missed ${count}`),
    });
    await assert.rejects(
      async () => {
        for await (const message of following) got.push(message);
      },
      (error) => isFairleadError(error, 'UNAUTHORIZED'),
    );
    assert.deepEqual(
      got.map(({ device }) => device),
      ['a', 'b'],
    );
    assert.deepEqual(told, [
      ...['connected', 'missed 7', 'the service closed the stream', 'connected'],
      'the service closed the stream',
    ]);
  });

  test('names the last event that it got when it connects again', async () => {
    const answers = [
      `id: e-4\n${event('a')}: alive\nid: e-7\n\n`,
      `id: e-9\nevent: reset\ndata: {}\n\n${event('b')}`,
    ];
    const sent: (string | undefined)[] = [];
    let resets = 0;
    const client = createClient({
      url: 'http://service',
      fetch: async (_url, { headers }) => {
        sent.push(headers['last-event-id']);
        const text = answers.shift();
        return text === undefined ? problem(401, 'UNAUTHORIZED') : new Response(text);
      },
    });
    const got: string[] = [];
    await assert.rejects(
      async () => {
        const following = client.follow({ random: () => 0, reset: () => resets++ });
        for await (const { device } of following) got.push(device);
      },
      (error) => isFairleadError(error, 'UNAUTHORIZED'),
    );
    assert.deepEqual([got, sent, resets], [['a', 'b'], [undefined, 'e-7', 'e-9'], 1]);
  });

  test('of live topics asks for the topics of now and goes on after the last event', async () => {
    const hello = 'event: hello\ndata: {"stream":"s","time":"","version":"1","topics":["inbox"]}\n\n';
    const state = 'id: e-3\nevent: state\ndata: {"topic":"inbox","time":"","value":[]}\n\n';
    const answers = [hello + state, hello];
    const asked: string[] = [];
    const client = createClient({
      url: 'http://service',
      fetch: async ({ pathname, search }, { method, headers, body }) => {
        asked.push(`${method} ${pathname}${search} ${headers['last-event-id'] ?? ''} ${body ?? ''}`);
        if (method === 'PUT') return new Response('{"topics":[]}');
        const text = answers.shift();
        return text === undefined ? problem(401, 'UNAUTHORIZED') : new Response(text);
      },
    });
    const follower = client.watch({ topics: ['inbox'], random: () => 0 });
    const got: string[] = [];
    await assert.rejects(
      async () => {
        for await (const event of follower) {
          got.push('name' in event ? event.name : event.event);
          if (event.event === 'state') await follower.setTopics(['jobs', 'links?device=a&state=open']);
        }
      },
      (error) => isFairleadError(error, 'UNAUTHORIZED'),
    );
    assert.deepEqual(got, ['hello', 'inbox', 'hello']);
    const set = 'PUT /api/v1/live/s/topics  {"topics":["jobs","links?device=a&state=open"]}';
    const again = 'GET /api/v1/live?topic=jobs&topic=links%3Fdevice%3Da%26state%3Dopen e-3 ';
    // The service of this test still names the topics of before, so they are set again.
    assert.deepEqual(asked, ['GET /api/v1/live?topic=inbox  ', set, again, set, again]);
    await assert.rejects(follower.setTopics(['nosuch']), (error) =>
      isFairleadError(error, 'LIVE_TOPIC_INVALID'),
    );
  });

  test('a patient live stream begins when the service does, and tries at once when told', async () => {
    const clock = new FakeClock();
    let up = false;
    const { asked, client } = clientOf(
      () =>
        up
          ? new Response('event: hello\ndata: {"stream":"s","topics":[]}\n\n')
          : Promise.reject(new Error('refused')),
      { clock },
    );
    const stop = new AbortController();
    const lost: string[] = [];
    const follower = client.watch({
      patient: true,
      random: () => 1,
      signal: stop.signal,
      lost: (why) => lost.push(why),
    });
    const first = follower[Symbol.asyncIterator]().next();
    // Pauses of 0.5, 1, 2, 4, 8 s; 15 s is the longest.
    for (const ms of [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) await clock.advance(ms);
    assert.equal(asked.length, 8);
    assert.equal(lost.length, 1, 'it is told once');
    up = true;
    follower.retryNow();
    assert.equal((await first).value?.event, 'hello');
    stop.abort();
  });

  test('rejects where the first attempt fails', async () => {
    const { client } = clientOf(() => Promise.reject(new Error('refused')));
    await assert.rejects(client.follow().next(), (error) => isFairleadError(error, 'SERVER_UNREACHABLE'));
  });

  test('ends with the signal, without an error', async () => {
    const stop = new AbortController();
    const { client } = clientOf(
      (_url, { signal }) =>
        new Response(
          new ReadableStream({
            start(controller) {
              controller.enqueue(new TextEncoder().encode(event('a')));
              signal.addEventListener('abort', () => controller.error(signal.reason));
            },
          }),
        ),
    );
    const following = client.follow({ signal: stop.signal });
    assert.equal((await following.next()).value?.device, 'a');
    const end = following.next();
    stop.abort();
    assert.equal((await end).done, true);
  });
});
