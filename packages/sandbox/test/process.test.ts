import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually, FakeClock } from '@fairlead/testkit';
import { createSandbox } from '../src/index.ts';
import { context, frame, values } from './support.ts';

const linux = process.platform === 'linux';

/** Processes whose parent is `parent`, as far as they are not dead already. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [state, ppid] =
          readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
        return Number(ppid) === parent && state !== 'Z';
      } catch {
        return false;
      }
    })
    .map(Number);
}

function lives(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** Starts a program that owns a sandbox, and ends it the hard way once it has said that it is ready. */
async function orphans(script: string): Promise<number[]> {
  const code = `
    import { createSandbox } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)};
    const sandbox = createSandbox({ watchdog: '1h' });
    const script = await sandbox.load('export function uplink() { ${script} }');
    script.uplink([new Uint8Array(1)], { device: 'd', type: 'standard', topic: 't', time: 0 });
    setTimeout(() => console.log('ready'), 100);
    setInterval(() => {}, 1000);`;
  const parent: ChildProcess = spawn(
    process.execPath,
    ['--conditions=fairlead-source', '--input-type=module', '-e', code],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(parent.stdout as NodeJS.ReadableStream, 'data');
  const children = childrenOf(parent.pid as number);
  assert.equal(children.length, 1);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  return children;
}

for (const [what, script] of [
  ['idle', ''],
  ['hanging', 'let n = 3n; for (;;) n = n * n;'],
] as const) {
  test(`a script process that is ${what} ends with its parent, however that ends`, {
    skip: !linux,
    timeout: 30_000,
  }, async () => {
    const children = await orphans(script);
    while (children.some(lives)) await pause(20);
  });
}

test('a script process that is killed from outside is replaced, and no call is lost', {
  skip: !linux,
}, async () => {
  await using sandbox = createSandbox();
  const script = await sandbox.load('export function uplink(bytes) { return { values: { n: bytes[0] } }; }');
  const [child] = childrenOf(process.pid).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('child.ts'),
  );
  process.kill(child as number, 'SIGKILL');
  const results = await Promise.all([1, 2, 3].map((n) => script.uplink([frame(n)], context())));
  // Whoever ran at that moment is run again too: alone it would be to blame, but it had not begun.
  assert.deepEqual(
    results.map(({ results: [result] }) => values(result)),
    [{ n: 1 }, { n: 2 }, { n: 3 }],
  );
});

test('answers wait for a service that is slow to read them', async () => {
  await using sandbox = createSandbox();
  const script = await sandbox.load(
    'export function uplink(bytes) { return { values: { text: "x".repeat(2000) } }; }',
  );
  const frames = Array.from({ length: 2_000 }, () => frame(1));
  const calls = Promise.all([1, 2, 3, 4].map((n) => script.uplink(frames, context(`d${n}`))));
  // The requests leave in the next turn; then this thread is busy while the answers, 16 MB of them, pile up.
  await new Promise((resolve) => setImmediate(resolve));
  const end = performance.now() + 300;
  while (performance.now() < end);
  for (const { results } of await calls) for (const result of results) assert.equal(result.error, undefined);
  assert.equal(sandbox.stats().kills, 0);
  assert.equal(sandbox.stats().restarts, 0);
});

const scriptProcesses = (parent: number): number[] =>
  childrenOf(parent).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('child.ts');
    } catch {
      return false;
    }
  });

const echo = 'export function uplink(bytes) { return { values: { n: bytes[0] } }; }';

test('a script process that hangs between two calls is replaced, and no call is lost', {
  skip: !linux,
}, async () => {
  await using sandbox = createSandbox({ watchdog: 100 });
  const script = await sandbox.load(echo);
  await script.uplink([frame(1)], context());
  const [child] = scriptProcesses(process.pid);
  process.kill(child as number, 'SIGSTOP');
  const results = await Promise.all([1, 2].map((n) => script.uplink([frame(n)], context(`d${n}`))));
  assert.deepEqual(
    results.map(({ results: [result] }) => values(result)),
    [{ n: 1 }, { n: 2 }],
  );
  assert.equal(lives(child as number), false);
  assert.deepEqual([sandbox.stats().restarts, sandbox.stats().kills], [1, 0], 'nobody is blamed');
});

test('a script process that hangs is found although nothing is asked of it', { skip: !linux }, async () => {
  const clock = new FakeClock();
  await using sandbox = createSandbox({ clock });
  const script = await sandbox.load(echo);
  const [child] = scriptProcesses(process.pid);
  // One that answers is left alone.
  for (let i = 0; i < 3; i++) {
    await clock.advance(5_000);
    await eventually(async () => {
      await clock.advance(1);
      return clock.pending === 1;
    }, 'the ping is answered, and the watchdog rests');
  }
  assert.equal(sandbox.stats().restarts, 0);
  process.kill(child as number, 'SIGSTOP');
  await eventually(async () => {
    await clock.advance(100);
    return !lives(child as number);
  }, 'it is killed');
  await eventually(() => sandbox.stats().children === 0, 'its end is seen');
  assert.deepEqual(values((await script.uplink([frame(7)], context())).results[0]), { n: 7 });
});

test('closing ends a script process that hangs, and so does the end of the program without closing', {
  skip: !linux,
}, async () => {
  const sandbox = createSandbox();
  const script = await sandbox.load(echo);
  const [child] = scriptProcesses(process.pid);
  process.kill(child as number, 'SIGSTOP');
  const call = script.uplink([frame(1)], context());
  await sandbox.close();
  await call;
  assert.equal(lives(child as number), false);

  const code = `
    import { createSandbox } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)};
    const sandbox = createSandbox();
    await sandbox.load('export function uplink() {}');
    process.stdin.once('data', () => process.exit(0));
    console.log('ready');`;
  const parent = spawn(
    process.execPath,
    ['--conditions=fairlead-source', '--input-type=module', '-e', code],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  await once(parent.stdout, 'data');
  const [orphan] = scriptProcesses(parent.pid as number);
  process.kill(orphan as number, 'SIGSTOP');
  parent.stdin.end('go');
  await once(parent, 'exit');
  await eventually(() => !lives(orphan as number), 'it is gone');
});
