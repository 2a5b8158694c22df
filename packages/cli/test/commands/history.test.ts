import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from '../../src/run.ts';
import { type Answer, json, TestService } from '../support/service.ts';
import { TestTerminal } from '../support/terminal.ts';

async function against(route: string, answer: Answer, line: string) {
  await using service = await TestService.start({ [route]: answer });
  const terminal = new TestTerminal(service.env, '');
  const status = await run(line.split(' '), terminal);
  return { status, seen: service.seen, stdout: terminal.stdout, stderr: terminal.stderr };
}

const SAMPLE = { time: '2026-11-30T19:00:00.000Z', values: { temperature: 21.5, text: 'a\u001bb' } };
const BUCKET = {
  field: 'temperature',
  time: '2026-11-30T19:00:00.000Z',
  count: 3,
  min: 1,
  max: 2,
  mean: 1.5,
  last: 2,
};

test('history lists messages; what a device said cannot move the cursor', async () => {
  const { stdout, seen } = await against(
    'GET devices/pump-3/history',
    json({ items: [SAMPLE] }),
    'device history pump-3 temperature --from -24h --to 2026-11-30T20:00:00Z',
  );
  assert.match(stdout, /^TIME +VALUES\n2026-11-30T19:00:00.000Z +temperature=21.5 text="a\\u001bb"\n/);
  assert.match(
    JSON.stringify(seen),
    /"from":"-24h","to":"2026-11-30T20:00:00Z","field":"temperature","limit":"500"/,
  );
});

test('history follows pages, up to the limit', async () => {
  const { stdout, seen } = await against(
    'GET devices/pump-3/history',
    json({ items: [SAMPLE, SAMPLE], next: '5.1' }),
    'device history pump-3 -n 4 --format json',
  );
  assert.equal(JSON.parse(stdout).length, 4);
  assert.equal(seen.length, 2);
  assert.match(JSON.stringify(seen[1]), /"limit":"2","after":"5.1"/);
});

test('with --every it shows intervals; wrong times are refused here', async () => {
  const { stdout } = await against(
    'GET devices/pump-3/history/buckets',
    json({ items: [BUCKET, { field: 'state', time: BUCKET.time, count: 1, last: 'on' }] }),
    'device history pump-3 --every 5m',
  );
  assert.match(
    stdout,
    /FIELD +MIN +MEAN +MAX +COUNT +LAST\n.* temperature +1 +1.5 +2 +3 +2\n.* state +- +- +- +1 +on/,
  );
  for (const wrong of ['--from yesterday', '--to 2026-13-01', '--from 1y', '--every soon'])
    assert.equal((await against('GET x', json({}), `device history pump-3 ${wrong}`)).status, 2, wrong);
});
