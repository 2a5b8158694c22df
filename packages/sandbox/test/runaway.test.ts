import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSandbox, type Script } from '../src/index.ts';
import { context, errorOf, frame, rejection, values } from './support.ts';

/** A script that runs away when the first byte is 0. */
const bomb = (action: string): string =>
  `export function uplink(bytes) { if (bytes[0] === 0) { ${action} } return { values: { n: bytes[0] } }; }`;

const neighbour = 'export function uplink(bytes) { return { values: { n: bytes[0] } }; }';

/** Calls a script until `until` settles; every call must succeed. */
async function traffic(script: Script, until: Promise<unknown>): Promise<{ calls: number }> {
  let stop = false;
  const end = until.finally(() => {
    stop = true;
  });
  let calls = 0;
  while (!stop) {
    const {
      results: [result],
    } = await script.uplink([frame(calls % 256)], context('neighbour'));
    assert.deepEqual(values(result), { n: calls % 256 });
    calls += 1;
  }
  await end;
  return { calls };
}

test('an endless loop costs its frame; the others of the batch, and other devices, get their results', async () => {
  await using sandbox = createSandbox();
  const [bad, good] = await Promise.all([sandbox.load(bomb('for (;;);')), sandbox.load(neighbour)]);
  await bad.uplink([frame(1)], context());
  const call = bad.uplink([frame(1), frame(0), frame(2), frame(0), frame(3)], context());
  const { calls } = await traffic(good, call);
  assert.ok(calls > 0);
  const { results } = await call;
  assert.deepEqual(
    [0, 2, 4].map((i) => values(results[i])),
    [{ n: 1 }, { n: 2 }, { n: 3 }],
  );
  for (const i of [1, 3]) assert.equal(errorOf(results[i], 'SCRIPT_TIMEOUT').details.limit, 10);
  const { timeouts, kills, penalised } = sandbox.stats();
  assert.deepEqual({ timeouts, kills, penalised }, { timeouts: 2, kills: 0, penalised: 1 });
});

for (const [name, action] of [
  ['an array of 2^28 numbers', 'new Array(2 ** 28).fill(1.5);'],
  ['the square of a huge number, again and again', 'let n = 3n; for (;;) n = n * n;'],
  ['microtasks without end', 'const again = () => { Promise.resolve().then(again); }; again();'],
] as const) {
  test(`${name}: that frame fails, the rest of its batch and other devices live on`, async () => {
    await using sandbox = createSandbox();
    const [bad, good] = await Promise.all([sandbox.load(bomb(action)), sandbox.load(neighbour)]);
    const call = bad.uplink([frame(1), frame(0), frame(2)], context());
    const { calls } = await traffic(good, call);
    assert.ok(calls > 0);
    const { results } = await call;
    assert.deepEqual([values(results[0]), values(results[2])], [{ n: 1 }, { n: 2 }]);
    const code = results[1]?.error?.code as string;
    assert.ok(['SCRIPT_KILLED', 'SCRIPT_MEMORY', 'SCRIPT_TIMEOUT'].includes(code), `${code}`);
    // Now that it is in the penalty process, nobody else waits while it is killed again.
    const again = bad.uplink([frame(0)], context());
    const { calls: meanwhile } = await traffic(good, again);
    const second = (await again).results[0]?.error?.code;
    assert.ok(second !== undefined);
    // A timeout is over in a few milliseconds; a hang lasts long enough for many calls.
    assert.ok(meanwhile > (second === 'SCRIPT_TIMEOUT' ? 0 : 5), `${meanwhile} calls until ${second}`);
  });
}

test('a heap without bound ends in SCRIPT_MEMORY or a kill, and the rest of the batch lives on', async () => {
  await using sandbox = createSandbox({ watchdog: 100 });
  for (const action of [
    'const a = []; for (;;) a.push(new Array(1000).fill({}));',
    'const a = []; for (;;) a.push(new Uint8Array(1e6));',
  ]) {
    const bad = await sandbox.load(bomb(action));
    const { results } = await bad.uplink([frame(1), frame(0), frame(2)], context());
    assert.deepEqual([values(results[0]), values(results[2])], [{ n: 1 }, { n: 2 }]);
    assert.ok(
      ['SCRIPT_MEMORY', 'SCRIPT_KILLED', 'SCRIPT_TIMEOUT', 'SCRIPT_FAILED'].includes(
        String(results[1]?.error?.code),
      ),
    );
  }
});

test('a script that keeps what it sees starts afresh when its memory is full', async () => {
  await using sandbox = createSandbox({ memory: '8MiB' });
  const script = await sandbox.load(
    'const kept = []; export function uplink(bytes) { for (let i = 0; i < 20000; i++) kept.push([i]); return { values: { kept: kept.length } }; }',
  );
  const codes = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const {
      results: [result],
    } = await script.uplink([frame(1)], context());
    codes.add(result?.error?.code ?? 'good');
  }
  assert.ok(codes.has('good'));
  assert.ok(codes.has('SCRIPT_MEMORY') || codes.has('SCRIPT_DISABLED'), [...codes].join());
});

test('a script that is killed again and again rests, and says until when', async () => {
  await using sandbox = createSandbox({ watchdog: 100 });
  const bad = await sandbox.load(bomb('let n = 3n; for (;;) n = n * n;'));
  let last = 'SCRIPT_KILLED';
  for (let i = 0; i < 6 && last !== 'SCRIPT_DISABLED'; i++) {
    const {
      results: [result],
    } = await bad.uplink([frame(0)], context());
    last = String(result?.error?.code);
  }
  assert.equal(last, 'SCRIPT_DISABLED');
  const { kills } = sandbox.stats();
  const { details } = errorOf((await bad.uplink([frame(1)], context())).results[0], 'SCRIPT_DISABLED');
  assert.equal(sandbox.stats().kills, kills);
  assert.ok(Date.parse(String(details.until)) > Date.now() - 1_000);
  await rejection(
    sandbox.load('export function uplink() {').catch((error) => Promise.reject(error)),
    'SCRIPT_INVALID',
  );
});

test('what runs away while it is loaded is refused, and the next load works', async () => {
  await using sandbox = createSandbox();
  await rejection(sandbox.load('for (;;); export function uplink() {}'), 'SCRIPT_TIMEOUT');
  await rejection(sandbox.load('new Array(2 ** 28).fill(1.5); export function uplink() {}'), 'SCRIPT_KILLED');
  const script = await sandbox.load(neighbour);
  assert.deepEqual(values((await script.uplink([frame(4)], context())).results[0]), { n: 4 });
});

test('an endless loop in a downlink rejects', async () => {
  await using sandbox = createSandbox();
  const script = await sandbox.load('export function downlink() { for (;;); }');
  await rejection(script.downlink({ kind: 'command', values: {} }, context()), 'SCRIPT_TIMEOUT');
});

test('close does not wait for a script that hangs', async () => {
  const sandbox = createSandbox();
  const bad = await sandbox.load(bomb('let n = 3n; for (;;) n = n * n;'));
  const call = bad.uplink([frame(0)], context());
  await sandbox.close();
  assert.ok((await call).results[0]?.error !== undefined);
  assert.equal(sandbox.stats().children, 0);
});
