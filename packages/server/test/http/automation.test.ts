import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { DEPTH_HEADER } from '@fairlead/api';
import { demoTrigger, DEPTH_HEADER as JOB_DEPTH_HEADER, parseRules } from '@fairlead/automation';
import { eventually, freePort } from '@fairlead/testkit';
import { startApi } from './harness.ts';

const V1 = '/api/v1';
const rules = [{ send: 'Handshake' }, { receive: 5, key: 'ANSWER', exit: 'success' }];

it('jobs send the header that the API reads', () => {
  assert.equal(DEPTH_HEADER, JOB_DEPTH_HEADER);
});

describe('definitions', () => {
  it('are added, shown masked unless asked, replaced, removed', async () => {
    await using api = await startApi();
    const added = await api.call('POST', `${V1}/connections`, { name: 'plc 7', port: 1234 });
    assert.deepEqual([added.status, added.json.name, added.json.port], [201, 'plc 7', 1234]);
    assert.equal(
      (await api.call('POST', `${V1}/connections`, { name: 'plc 7' })).json.code,
      'DEFINITION_EXISTS',
    );
    assert.equal((await api.call('PUT', `${V1}/tasks/greet`, { connection: 'plc 7', rules })).status, 200);
    const masked = await api.call('GET', `${V1}/tasks/greet`);
    assert.equal(masked.json.rules[0].send, '••••');
    const shown = await api.call('GET', `${V1}/tasks/greet?secrets`);
    assert.equal(shown.json.rules[0].send, 'Handshake');
    assert.deepEqual(
      (await api.call('GET', `${V1}/connections`)).json.map(({ name }: { name: string }) => name),
      ['plc 7'],
    );
    const used = await api.call('DELETE', `${V1}/connections/plc%207`);
    assert.deepEqual([used.status, used.json.code], [409, 'DEFINITION_IN_USE']);
    assert.equal((await api.call('DELETE', `${V1}/tasks/greet`)).status, 204);
    assert.equal((await api.call('GET', `${V1}/tasks/greet`)).status, 404);
  });

  it('mistakes have a code and say where', async () => {
    await using api = await startApi();
    const bad = await api.call('PUT', `${V1}/tasks/x`, { connection: {}, rules: [{ sned: 'x' }] });
    assert.deepEqual([bad.status, bad.json.code], [400, 'RULES_INVALID']);
    assert.match(bad.json.detail, /rules\[0\].*did you mean "send"/i);
    const page = await api.call('PUT', `${V1}/connections/x`, { codePage: 'windows-1259' });
    assert.deepEqual([page.status, page.json.code], [400, 'CODE_PAGE_UNKNOWN']);
    assert.equal((await api.call('PUT', `${V1}/connections/x`, { prt: 1 })).json.code, 'DEFINITION_INVALID');
  });
});

describe('a body that is nested very deep', () => {
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const rulesOf = (levels: number) => `${'[{"receive":null,"rules":'.repeat(levels)}[]${'}]'.repeat(levels)}`;

  it('is refused with a reason, wherever it is sent', async () => {
    await using api = await startApi();
    for (const [method, path, body] of [
      ['PUT', 'tasks/x', `{"connection":{},"rules":${rulesOf(20_000)}}`],
      ['PUT', 'triggers/x', `{"connection":{},"rules":${rulesOf(20_000)}}`],
      ['PUT', 'jobs/x', `{"steps":[{"downlink":{"device":"d","values":${nested(20_000)}}}]}`],
      ['PUT', 'connections/x', `{"framing":{"rules":${nested(20_000)}}}`],
      ['POST', 'tasks/run', `{"task":{"connection":{},"rules":${rulesOf(20_000)}}}`],
      ['POST', 'devices', `{"name":"d","label":${nested(20_000)}}`],
    ] as const) {
      const { status, json } = await api.call(method, `${V1}/${path}`, body);
      assert.deepEqual([status, json.code], [400, 'REQUEST_INVALID'], path);
      assert.match(json.detail, /nested more than 256 levels deep/);
    }
  });

  it('is told as rules that are too deep, where the rest can be read', async () => {
    await using api = await startApi();
    const { status, json } = await api.call(
      'PUT',
      `${V1}/tasks/x`,
      `{"connection":{},"rules":${rulesOf(80)}}`,
    );
    assert.deepEqual([status, json.code], [400, 'RULES_INVALID']);
    assert.match(json.detail, /nested deeper than 64 levels/);
  });
});

describe('doing', () => {
  it('tests a connection, in words', async () => {
    await using api = await startApi();
    const port = await freePort();
    await api.call('PUT', `${V1}/connections/x`, { port });
    const refused = await api.call('POST', `${V1}/connections/x/test`, {});
    assert.deepEqual([refused.status, refused.json.ok, refused.json.code], [200, false, 'CONNECT_REFUSED']);
    const bound = await api.call('POST', `${V1}/connections/x/test`, { how: 'listen' });
    assert.deepEqual([bound.json.ok, bound.json.code], [true, undefined]);
  });

  it('runs a task, saved or not, and shows its run', async (t) => {
    await using api = await startApi();
    const server = createServer((socket) => socket.once('data', () => socket.end('Heartbeat')));
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    t.after(() => server.close());
    const task = { connection: { port }, rules };
    await api.call('PUT', `${V1}/tasks/greet`, task);
    for (const [path, body] of [
      ['tasks/greet/run', {}],
      ['unsaved-tasks', { task }],
    ] as const) {
      const { status, json } = await api.call('POST', `${V1}/${path}`, body);
      assert.equal(status, 202);
      const run = await api.call('GET', `${V1}/runs/${json.id}?wait=10s&secrets`);
      assert.deepEqual([run.json.result, run.json.kind], ['success', 'task']);
      assert.deepEqual(run.json.detail.messages, [{ key: 'ANSWER', text: 'Heartbeat' }]);
      for (const time of [run.json.detail.startedAt, run.json.detail.output[0].time])
        assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      const masked = await api.call('GET', `${V1}/runs/${json.id}`);
      assert.deepEqual(masked.json.detail.messages, [{ key: '••••', text: '•••• (9 characters)' }]);
    }
    assert.equal((await api.call('GET', `${V1}/runs?kind=task&name=greet`)).json.length, 1);
    assert.equal((await api.call('GET', `${V1}/runs/99`)).json.code, 'RUN_UNKNOWN');
    assert.equal((await api.call('POST', `${V1}/runs/1/stop`)).json.code, 'RUN_ENDED');
  });

  it('starts and stops triggers', async () => {
    await using api = await startApi();
    const port = await freePort();
    const trigger = { connection: { port }, rules: parseRules(demoTrigger).rules, enabled: false };
    await api.call('PUT', `${V1}/triggers/door`, trigger);
    const state = async () => (await api.call('GET', `${V1}/trigger-states`)).json[0].state;
    assert.equal(await state(), 'stopped');
    const begun = await api.call('POST', `${V1}/triggers/door/start`);
    assert.deepEqual([begun.status, begun.json.address], [200, `127.0.0.1:${port}`]);
    assert.equal((await api.call('POST', `${V1}/triggers/door/start`)).json.code, 'TRIGGER_STATE');
    assert.deepEqual((await api.call('GET', `${V1}/triggers/door/output`)).json, { lines: [], dropped: 0 });
    assert.equal((await api.call('POST', `${V1}/triggers/door/stop`)).status, 204);
    assert.equal(await state(), 'stopped');
  });

  it('runs a job', async () => {
    await using api = await startApi();
    await api.call('PUT', `${V1}/jobs/nightly`, { steps: [{ publish: { topic: 't' } }] });
    const { json } = await api.call('POST', `${V1}/jobs/nightly/run`, { variables: { a: 'b' } });
    const run = await api.call('GET', `${V1}/runs/${json.id}?wait=5s`);
    assert.deepEqual([run.json.result, run.json.detail.steps[0].name], ['success', 'step 1']);
    const [state] = (await api.call('GET', `${V1}/job-states`)).json;
    assert.deepEqual([state.name, state.enabled, state.last.result], ['nightly', true, 'success']);
    assert.match(run.json.detail.steps[0].startedAt, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });
});

describe('a job that starts itself through this API', () => {
  it('ends, as one that does so directly', async () => {
    await using api = await startApi();
    const headers = { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' };
    const http = { url: `${api.url}${V1}/jobs/again/run`, method: 'POST', headers, body: '{}' };
    await api.call('PUT', `${V1}/jobs/again`, { steps: [{ http }] });
    assert.equal((await api.call('POST', `${V1}/jobs/again/run`)).status, 202, 'without a body');
    const runs = async () => (await api.call('GET', `${V1}/runs`)).json;
    await eventually(async () => (await runs())[0].code === 'JOB_TOO_DEEP', 'the loop ends');
    const causes = (await runs()).map(({ cause }: { cause: string }) => cause);
    assert.deepEqual(causes, [...Array(5).fill('job by HTTP'), 'manual']);
  });

  it('a depth that is none is refused', async () => {
    await using api = await startApi();
    const { status, json } = await api.call('POST', `${V1}/jobs/x/run`, {}, { 'fairlead-depth': '-1' });
    assert.deepEqual([status, json.code], [400, 'OPTION_INVALID']);
  });
});

describe('metrics', () => {
  const lines = async (api: Awaited<ReturnType<typeof startApi>>) =>
    (await api.call('GET', '/metrics')).text.split('\n');

  it('count runs by outcome, triggers with their clients, messages, missed schedules', async (t) => {
    await using api = await startApi();
    const port = await freePort();
    const answer = [{ receive: 0, fire: true, iterations: 'forever', rules: [{ send: 'b' }] }];
    await api.call('PUT', `${V1}/triggers/door 1`, { connection: { port, maxClients: 1 }, rules: answer });
    const client = connect(port, '127.0.0.1').on('error', () => {});
    t.after(() => client.destroy());
    client.write('a');
    await new Promise((resolve) => client.once('data', resolve));
    const task = { connection: { port }, rules: [{ send: 'x' }, { receive: 1 }] };
    const { json } = await api.call('POST', `${V1}/unsaved-tasks`, { task });
    await api.call('GET', `${V1}/runs/${json.id}?wait=10s`);
    await api.call('PUT', `${V1}/jobs/nightly`, { steps: [{ publish: { topic: 't' } }] });
    const job = await api.call('POST', `${V1}/jobs/nightly/run`, {});
    await api.call('GET', `${V1}/runs/${job.json.id}?wait=10s`);
    let seen: string[] = [];
    await eventually(async () => {
      seen = await lines(api);
      return seen.includes('fairlead_trigger_refused_total{trigger="door 1"} 1');
    }, 'the second client is refused');
    for (const line of [
      'fairlead_automation_runs_total{kind="job",result="success",code=""} 1',
      'fairlead_automation_running{kind="trigger"} 1',
      'fairlead_automation_running{kind="task"} 0',
      'fairlead_automation_messages_total{side="trigger",direction="received"} 1',
      'fairlead_automation_messages_total{side="trigger",direction="sent"} 1',
      'fairlead_automation_missed_total{handled="made_up"} 0',
      'fairlead_automation_missed_total{handled="skipped"} 0',
      'fairlead_trigger_clients{trigger="door 1"} 1',
      'fairlead_trigger_accepted_total{trigger="door 1"} 1',
      'fairlead_trigger_fires_total{trigger="door 1"} 1',
      'fairlead_trigger_failures_total{trigger="door 1"} 0',
    ])
      assert.ok(seen.includes(line), `${line} is missing in\n${seen.join('\n')}`);
    assert.ok(
      seen.some((line) =>
        /^fairlead_automation_runs_total\{kind="task",result="failure",code="PEER_(LEFT|RESET)"\} 1$/.test(
          line,
        ),
      ),
    );
  });

  it('are all in docs/operations.md', async () => {
    await using api = await startApi();
    const page = readFileSync(new URL('../../../../docs/operations.md', import.meta.url), 'utf8');
    const names = (await lines(api)).flatMap((line) => /^# TYPE (fairlead_\w+)/.exec(line)?.[1] ?? []);
    assert.ok(names.length > 20);
    for (const name of names) assert.match(page, new RegExp(`\`${name}[\`{]`));
  });
});
