import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { tcpErrors } from '@fairlead/tcp';
import { eventually, FakeClock, freePort, settled } from '@fairlead/testkit';
import type { RunView } from '../../src/history/run-history.ts';
import type { StepRecord } from '../../src/run/record.ts';
import { open, results, runJob, stepsOf } from '../house.ts';
import { listenPeer } from '../live/peer.ts';
import { MemoryStore } from '../memory-store.ts';

describe('steps of a job', () => {
  it('publish, downlink, with variables and results of earlier steps', async () => {
    await using house = await open();
    const { automation, published, sent } = house;
    const run = await runJob(automation, {
      variables: { site: 'north' },
      steps: [
        { name: 'tell', publish: { topic: '{{var.site}}/orders', payload: '{{var.order}}', retain: true } },
        {
          name: 'set',
          downlink: { device: 'meter-1', values: { order: '{{var.order}}', after: '{{var.tell.result}}' } },
        },
      ],
    });
    assert.equal(run.result, 'success');
    assert.deepEqual(published, ['north/orders 4711 true']);
    assert.deepEqual(sent, [
      { device: 'meter-1', kind: 'attributes', values: { order: '4711', after: 'success' } },
    ]);
  });

  it('a task, whose messages later steps see', async () => {
    await using house = await open();
    const { automation, published } = house;
    await using peer = await listenPeer((socket) =>
      socket.once('data', (bytes) => socket.end(`re: ${bytes}`)),
    );
    await automation.put('task', 'ask', {
      connection: { port: peer.port },
      rules: [{ send: 'order {{var.order}}' }, { receive: null, key: 'REPLY' }],
    });
    await runJob(automation, {
      steps: [{ task: 'ask' }, { publish: { topic: 'replies', payload: '{{result.REPLY}}' } }],
    });
    assert.deepEqual(published, ['replies re: order 4711 false']);
  });

  it('an HTTP request, and what its answer means', async (t) => {
    await using house = await open();
    const { automation } = house;
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/no' ? 503 : 200;
      response.end(`${request.method} ${request.headers['x-order']}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const headers = { 'x-order': '{{var.order}}' };
    const ok = await runJob(automation, { steps: [{ http: { url, method: 'POST', headers, body: 'x' } }] });
    assert.equal((ok.detail as { steps: StepRecord[] }).steps[0]?.output, 'POST 4711');
    const bad = await runJob(automation, {
      steps: [{ http: { url: `${url}/no` }, retries: 2, retryDelay: 0 }],
    });
    assert.equal(bad.code, 'STEP_FAILED');
    assert.equal((bad.detail as { steps: StepRecord[] }).steps[0]?.attempts, 3);
  });

  it('an HTTP request says how many jobs led to it, whatever its own headers say', async (t) => {
    await using house = await open();
    const { automation } = house;
    const server = createServer((request, response) =>
      response.end(String(request.headers['fairlead-depth'])),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const http = { url, headers: { 'Fairlead-Depth': '0' } };
    await automation.put('job', 'inner', { steps: [{ http }] });
    await automation.put('job', 'outer', { steps: [{ http }, { job: 'inner' }] });
    const seen = (of: number) =>
      (automation.run(of, true)?.detail as { steps: StepRecord[] } | undefined)?.steps[0]?.output;
    const { id, ended } = automation.startJob('outer', { depth: 2 });
    await ended;
    assert.deepEqual([seen(id), seen(id + 1)], ['3', '4']);
    const { steps } = (automation.run(id) as RunView).detail as { steps: StepRecord[] };
    assert.deepEqual(
      steps.map(({ run }) => run),
      [undefined, id + 1],
      'and which run a step started',
    );
    assert.equal(automation.run(id)?.cause, 'job by HTTP');
  });

  it('a program: only one that is allowed, without a shell', async () => {
    const store = new MemoryStore();
    await using house = await open({
      store,
      programs: ['/bin/echo', '/bin/sleep', '/bin/false', '/bin/gone', import.meta.filename],
    });
    const { automation } = house;
    const run = (program: object, others: object = {}) =>
      runJob(automation, { steps: [{ program, ...others } as never] });
    const output = (view: RunView) => (view.detail as { steps: StepRecord[] }).steps[0]?.output;
    assert.equal(
      output(await run({ path: '/bin/echo', args: ['$HOME', '{{var.order}}; ls'] })),
      '$HOME 4711; ls\n',
    );
    await assert.rejects(run({ path: '/bin/ls' }), { code: 'PROGRAM_DENIED' });
    assert.match((await run({ path: '/bin/false' })).error ?? '', /exited with 1/);
    assert.match((await run({ path: '/bin/gone' })).error ?? '', /there is no such program/);
    assert.match(
      (await run({ path: import.meta.filename })).error ?? '',
      /the user of the service may not run it/,
    );
    assert.equal((await run({ path: '/bin/sleep', args: ['60'] }, { timeout: '50ms' })).code, 'STEP_TIMEOUT');
    // The configuration may have changed since it was saved.
    await using other = await open({ store });
    const { id, ended } = other.automation.startJob('job');
    await ended;
    assert.equal(other.automation.run(id)?.code, 'PROGRAM_DENIED');
  });

  it('conditions on earlier results and on values', async () => {
    await using house = await open();
    const { automation } = house;
    const publish = { topic: 't' };
    const run = await runJob(automation, {
      steps: [
        { name: 'a', downlink: { device: 'gone', values: {} }, onError: 'continue', retryDelay: 0 },
        { name: 'b', publish, when: { step: 'a' } },
        { name: 'c', publish, when: { step: 'a', is: 'failure' } },
        { name: 'd', publish, when: [{ step: 'c' }, { value: '{{var.order}}', larger: 5_000 }] },
        { name: 'e', publish, when: { step: 'd', is: 'skipped' } },
      ],
    });
    assert.deepEqual(stepsOf(run), ['a failure', 'b skipped', 'c success', 'd skipped', 'e success']);
    assert.equal(run.result, 'success');
  });

  it('on an error the job stops, unless it is to continue', async () => {
    await using house = await open();
    const { automation, published } = house;
    const fails = { downlink: { device: 'gone', values: {} } };
    const run = await runJob(automation, { steps: [fails, { publish: { topic: 't' } }] });
    assert.deepEqual([run.result, run.code, published.length], ['failure', 'NOT_CONNECTED', 0]);
  });

  it('is stopped by a person, and the record says so', async () => {
    await using house = await open();
    const { automation } = house;
    await using peer = await listenPeer(() => {});
    await automation.put('task', 'wait', { connection: { port: peer.port }, rules: [{ receive: 0 }] });
    await automation.put('job', 'job', { steps: [{ task: 'wait' }] });
    const { id, ended } = automation.startJob('job');
    await eventually(() => peer.sockets.length === 1, 'the task has connected');
    assert.ok(automation.stopRun(id, 'Anna stopped it'));
    await ended;
    assert.deepEqual([automation.run(id)?.result, automation.run(id)?.code], ['stopped', 'RUN_STOPPED']);
    assert.equal(automation.stopRun(id), false);
  });
});

describe('concurrency', () => {
  const rules: ['skip' | 'queue' | 'parallel', (string | undefined)[]][] = [
    ['skip', ['success', 'JOB_SKIPPED', 'JOB_SKIPPED']],
    ['queue', ['success', 'success', 'JOB_QUEUE_FULL']],
    ['parallel', ['success', 'success', 'success']],
  ];
  for (const [concurrency, expected] of rules) {
    it(concurrency, async () => {
      let most = 0;
      let now = 0;
      const { promise: gate, resolve } = Promise.withResolvers<void>();
      await using house = await open({
        publish: async () => {
          most = Math.max(most, ++now);
          await gate;
          now--;
        },
      });
      const { automation } = house;
      await automation.put('job', 'job', { concurrency, queue: 1, steps: [{ publish: { topic: 't' } }] });
      const started = [1, 2, 3].map(() => automation.startJob('job'));
      await settled();
      resolve();
      await Promise.all(started.map(({ ended }) => ended));
      assert.deepEqual(results(automation).reverse(), expected);
      assert.equal(most, concurrency === 'parallel' ? 3 : 1);
    });
  }
});

describe('a job that starts itself is bounded', () => {
  it('by a step', async () => {
    await using house = await open();
    const { automation } = house;
    await automation.put('job', 'job', { concurrency: 'parallel', steps: [{ job: 'job' }] });
    const error = await automation.startJob('job').ended;
    assert.equal(error?.code, 'JOB_TOO_DEEP');
    assert.equal(results(automation).length, 6);
  });

  it('by a step that would wait for itself', async () => {
    await using house = await open();
    const { automation } = house;
    await automation.put('job', 'job', { concurrency: 'queue', steps: [{ job: 'job' }] });
    assert.equal((await automation.startJob('job').ended)?.code, 'JOB_TOO_DEEP');
  });

  for (const [listen, call] of [
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', 'localhost'],
    ['::', '::1'],
    ['::', '127.0.0.1'],
  ])
    it(`by a task that fires the trigger that starts it, at ${listen} from ${call}`, async () => {
      await using house = await open();
      const { automation } = house;
      const port = await freePort();
      const connection = { address: listen, port };
      await automation.put('trigger', 'door', { connection, rules: [{ receive: null, fire: true }] });
      await automation.put('task', 'knock', {
        connection: { address: call, port },
        rules: [{ send: 'knock' }],
      });
      await automation.put('job', 'job', { on: [{ trigger: 'door' }], steps: [{ task: 'knock' }] });
      automation.startJob('job');
      await eventually(() => results(automation).includes('JOB_TOO_DEEP'), 'the loop ends');
      await settled();
      assert.equal(results(automation).length, 6);
    });
});

it('a program that takes too long ends, with all that it has started', async (t) => {
  await using house = await open({ programs: ['/bin/sh'] });
  const { automation } = house;
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-program-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'pid');
  const program = {
    path: '/bin/sh',
    args: ['-c', `sleep 600 & echo $! > ${file}.new; mv ${file}.new ${file}; wait`],
  };
  await automation.put('job', 'job', { steps: [{ program }] });
  const { id, ended } = automation.startJob('job');
  await eventually(() => existsSync(file), 'it has begun');
  automation.stopRun(id);
  await ended;
  const pid = Number(readFileSync(file, 'utf8'));
  await eventually(() => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
    } catch {
      return true;
    }
  }, 'the sleep is gone');
});

describe('attempts', () => {
  const flaky = (fails: number) => {
    let count = 0;
    return async () => {
      if (++count <= fails) throw tcpErrors.error('NOT_CONNECTED', { endpoint: 'broker' });
    };
  };
  const publish = { publish: { topic: 't' } };

  it('retries: so many further ones, with the wait between them', async () => {
    const clock = new FakeClock();
    await using house = await open({ clock, publish: flaky(2) });
    const { automation } = house;
    await automation.put('job', 'job', { steps: [{ ...publish, retries: 3, retryDelay: '10s' }] });
    const { id, ended } = automation.startJob('job');
    await clock.advance(19_000);
    assert.equal(automation.run(id)?.endedAt, undefined);
    await clock.advance(1_000);
    await ended;
    const [step] = (automation.run(id) as RunView & { detail: { steps: StepRecord[] } }).detail.steps;
    assert.deepEqual([step?.result, step?.attempts, step?.duration], ['success', 3, 20_000]);
  });

  it('retries: when they are used up, the last error stands', async () => {
    await using house = await open({ publish: flaky(9) });
    const run = await runJob(house.automation, { steps: [{ ...publish, retries: 2, retryDelay: 0 }] });
    assert.deepEqual([run.result, run.code], ['failure', 'NOT_CONNECTED']);
    assert.equal((run.detail as { steps: StepRecord[] }).steps[0]?.attempts, 3);
  });

  it('retries: none for what no attempt can mend', async () => {
    await using house = await open();
    const step = { publish: { topic: '{{var.nobody}}' }, retries: 5, retryDelay: 0 };
    const run = await runJob(house.automation, { steps: [step] });
    assert.equal(run.code, 'VARIABLE_UNKNOWN');
    assert.equal((run.detail as { steps: StepRecord[] }).steps[0]?.attempts, 1);
  });

  it('timeout: for each attempt', async () => {
    const clock = new FakeClock();
    let given = 0;
    const never = (_topic: string, _payload: string, _retain: boolean, signal: AbortSignal) => {
      given++;
      return new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    await using house = await open({ clock, publish: never });
    const { automation } = house;
    await automation.put('job', 'job', {
      steps: [{ ...publish, timeout: '2s', retries: 1, retryDelay: '1s' }],
    });
    const { ended } = automation.startJob('job');
    await clock.advance(5_000);
    assert.deepEqual([(await ended)?.code, given], ['STEP_TIMEOUT', 2]);
  });

  it('on error: continue, and the job is a success whose steps say what failed', async () => {
    await using house = await open({ publish: flaky(1) });
    const steps = [{ ...publish, onError: 'continue' as const }, publish];
    const run = await runJob(house.automation, { steps });
    assert.deepEqual([run.result, stepsOf(run)], ['success', ['step 1 failure', 'step 2 success']]);
  });

  it('a step that failed keeps its output, and later steps see it', async () => {
    await using house = await open({ programs: ['/bin/sh'] });
    const program = { path: '/bin/sh', args: ['-c', 'echo paper is out >&2; exit 3'] };
    const tell = { topic: 'alarm', payload: '{{var.print.result}}: {{var.print.output}}' };
    const run = await runJob(house.automation, {
      steps: [{ name: 'print', program, onError: 'continue' }, { publish: tell }],
    });
    const [step] = (run.detail as { steps: StepRecord[] }).steps;
    assert.deepEqual(
      [step?.output, step?.error],
      ['paper is out\n', 'The step "print" failed: it exited with 3.'],
    );
    assert.deepEqual(house.published, ['alarm failure: paper is out\n false']);
  });
});

it('queue: in the order in which they were started; a run that is stopped while it waits never begins', async () => {
  const gates: (() => void)[] = [];
  const begun: string[] = [];
  await using house = await open({
    publish: (topic) => {
      begun.push(topic);
      return new Promise((resolve) => gates.push(resolve));
    },
  });
  const { automation } = house;
  await automation.put('job', 'job', { concurrency: 'queue', steps: [{ publish: { topic: '{{var.n}}' } }] });
  const runs = ['1', '2', '3'].map((n) => automation.startJob('job', { variables: { n } }));
  await settled();
  assert.ok(automation.stopRun(runs[1]?.id as number, 'Anna stopped it'));
  for (let turn = 0; turn < 3; turn++) {
    gates.shift()?.();
    await settled();
  }
  await Promise.all(runs.map(({ ended }) => ended));
  assert.deepEqual(begun, ['1', '3']);
  assert.equal(automation.run(runs[1]?.id as number)?.error, 'The run was stopped: Anna stopped it.');
});

it('parallel: up to its bound, further ones wait', async () => {
  let now = 0;
  let most = 0;
  await using house = await open({
    publish: async () => {
      most = Math.max(most, ++now);
      await settled();
      now--;
    },
  });
  const { automation } = house;
  await automation.put('job', 'job', {
    concurrency: 'parallel',
    parallel: 2,
    steps: [{ publish: { topic: 't' } }],
  });
  await Promise.all([1, 2, 3, 4, 5].map(() => automation.startJob('job').ended));
  assert.deepEqual([most, results(automation).length], [2, 5]);
});
