/** What scripts keep between frames. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSandbox, type ScriptContext } from '../src/index.ts';
import { context, errorOf, frame, rejection, values } from './support.ts';

const sandbox = createSandbox();
after(() => sandbox.close());

const withState = (state: object, device = 'd1'): ScriptContext => ({
  ...context(device),
  state: JSON.stringify(state),
});

/** Counts; 0 throws, 1 loops, 2 keeps too much, 3 exhausts the memory. */
const counter = `
  export function uplink(bytes, ctx) {
    ctx.state.n = (ctx.state.n ?? 0) + 1;
    if (bytes[0] === 0) throw new Error('no');
    if (bytes[0] === 1) for (;;);
    if (bytes[0] === 2) ctx.state.text = 'x'.repeat(4090);
    if (bytes[0] === 3) { const all = []; for (;;) all.push(new Array(1e5).fill(1.5)); }
    return { values: { n: ctx.state.n } };
  }`;

test('frames of a batch see what the ones before them left, and the caller gets the last of it', async () => {
  const script = await sandbox.load(counter);
  const first = await script.uplink([frame(9), frame(9)], context());
  assert.deepEqual(first.results.map(values), [{ n: 1 }, { n: 2 }]);
  assert.deepEqual([first.state, first.deviceState], ['{"n":2}', undefined]);
  const second = await script.uplink([frame(9)], { ...context(), ...first });
  assert.deepEqual(second.results.map(values), [{ n: 3 }]);
  // More frames than a process gets at once.
  const many = await script.uplink(Array(1_000).fill(frame(9)), withState({ n: 3 }));
  assert.deepEqual(
    many.results.map(values),
    Array.from({ length: 1_000 }, (_, i) => ({ n: i + 4 })),
  );
  assert.equal(many.state, '{"n":1003}');
});

test('whether a script looks at its states is seen in its calls, not in its source', async () => {
  const named = await sandbox.load(
    '// state, deviceState\nexport const uplink = () => ({ values: { state: 1 } });',
  );
  assert.equal((await named.uplink([frame(1)], withState({}))).used, undefined);
  assert.equal(named.keepsState, false);
  const script = await sandbox.load(`
    const key = ['device', 'State'].join('');
    export function uplink(bytes, ctx) {
      if (bytes[0] === 0) return { values: { n: 0 } };
      const { n } = ctx[key];
      if (bytes[0] === 2) throw new Error('no');
      return { values: { n } };
    }
    export const downlink = (_, ctx) => String(ctx[key].n);`);
  const kept = { ...context(), deviceState: '{"n":5}' };
  const first = await script.uplink([frame(0)], kept);
  assert.deepEqual([first.used, script.keepsState], [undefined, false]);
  const second = await script.uplink([frame(0), frame(1)], kept);
  assert.deepEqual(second.results.map(values), [{ n: 0 }, { n: 5 }]);
  assert.deepEqual([second.used, second.deviceState, script.keepsState], [true, undefined, true]);
  const third = await script.uplink([frame(2)], kept);
  errorOf(third.results[0], 'SCRIPT_FAILED');
  assert.equal(third.used, true, 'also of a call that failed');
  assert.equal((await script.downlink({ kind: 'command', values: {} }, kept)).used, true);
});

test('devices that are run together share nothing', async () => {
  const script = await sandbox.load(counter);
  const calls = await Promise.all(
    ['a', 'b', 'c'].map((device, i) => script.uplink([frame(9), frame(9)], withState({ n: 10 * i }, device))),
  );
  assert.deepEqual(
    calls.map(({ state }) => state),
    ['{"n":2}', '{"n":12}', '{"n":22}'],
  );
});

test('a frame that fails leaves the state as before it', async () => {
  const script = await sandbox.load(counter);
  const { results, state } = await script.uplink([frame(9), frame(0), frame(2), frame(9)], context());
  assert.deepEqual(values(results[0]), { n: 1 });
  errorOf(results[1], 'SCRIPT_FAILED');
  const { message, details } = errorOf(results[2], 'SCRIPT_STATE_TOO_LARGE');
  assert.equal(message, 'The script keeps 4107 characters in ctx.state; the limit is 4096.');
  assert.deepEqual([details.size, details.limit, details.name], [4_107, 4_096, 'ctx.state']);
  assert.deepEqual(values(results[3]), { n: 2 });
  assert.equal(state, '{"n":2}');
  const failed = await script.uplink([frame(0)], withState({ n: 7 }));
  assert.equal(failed.state, undefined);
});

test('the state survives a move to the penalty process, and the loss of an isolate', async () => {
  await using own = createSandbox();
  const script = await own.load(`${counter}\n// a source of its own`);
  const bad = [9, 1, 9, 9, 3, 9, 9, 1, 9].map((byte) => frame(byte));
  for (let round = 0; round < 2; round++) {
    const { results, state } = await script.uplink(bad, withState({ n: 100 }));
    const seen = results.map((result) => {
      if (result.error === undefined) return (values(result) as { n: number }).n;
      // Which limit is met first depends on how busy the machine is.
      assert.match(result.error.code, /^SCRIPT_(TIMEOUT|MEMORY|KILLED)$/);
      return 'fault';
    });
    assert.deepEqual(seen, [101, 'fault', 102, 103, 'fault', 104, 105, 'fault', 106]);
    assert.equal(state, '{"n":106}');
  }
  assert.equal(own.stats().penalised, 1);
});

test('a batch in parts has a result for each frame, also when its script is disabled on the way', async () => {
  await using own = createSandbox();
  const script = await own.load(`${counter}\n// one that is disabled`);
  const frames = Array.from({ length: 700 }, (_, i) => frame(i < 20 ? 1 : 9));
  const { results } = await script.uplink(frames, context());
  assert.equal(results.length, 700);
  const codes = new Set(results.map((result) => result.error?.code));
  assert.ok(codes.has('SCRIPT_DISABLED'), [...codes].join());
});

test('the state survives a process that is killed', async () => {
  await using own = createSandbox({ watchdog: 100 });
  const script = await own.load(`
    export function uplink(bytes, ctx) {
      ctx.deviceState.n = (ctx.deviceState.n ?? 0) + 1;
      if (bytes[0] === 0) { let n = 3n; for (;;) n = n * n; }
      return { values: { n: ctx.deviceState.n } };
    }`);
  const { results, state, deviceState } = await script.uplink([frame(9), frame(0), frame(9)], {
    ...context(),
    deviceState: '{"n":5}',
  });
  assert.deepEqual(values(results[0]), { n: 6 });
  assert.ok(results[1]?.error !== undefined);
  assert.deepEqual(values(results[2]), { n: 7 });
  assert.deepEqual([state, deviceState], [undefined, '{"n":7}']);
});

test('what a script only looks at, and what it sets to the same, is no change', async () => {
  const script = await sandbox.load(`
    export function uplink(bytes, ctx) {
      if (bytes[0] === 1) ctx.state = { ...ctx.state };
      if (bytes[0] === 2) ctx.state = undefined;
      return { values: { a: ctx.state.a ?? null } };
    }`);
  const { results, ...change } = await script.uplink([frame(0), frame(1)], withState({ a: 1 }));
  assert.deepEqual(results.map(values), [{ a: 1 }, { a: 1 }]);
  assert.deepEqual(change, { used: true });
  assert.equal((await script.uplink([frame(2)], withState({ a: 1 }))).state, '{}');
  // Where a text was written by others.
  const spaced = await script.uplink([frame(0)], { ...context(), state: '{\n\t"a" : "x\\ty"\r\n}' });
  assert.deepEqual(spaced.results.map(values), [{ a: 'x\ty' }]);
});

test('a state that is no plain object is refused', async () => {
  const script = await sandbox.load(`
    export function uplink(bytes, ctx) {
      ctx.state = [5, [1], new Map(), { n: NaN }, (() => { const a = {}; a.a = a; return a; })(), { toJSON: () => 1 }][bytes[0]];
      return { values: {} };
    }`);
  const { results, state } = await script.uplink(
    [0, 1, 2, 3, 4, 5].map((n) => frame(n)),
    context(),
  );
  for (const result of results) assert.match(errorOf(result, 'SCRIPT_RESULT_INVALID').message, /ctx\.state/);
  assert.equal(state, undefined);
});

test('ctx tells the device, its parameters, its secret and the request', async () => {
  const script = await sandbox.load(`
    export function uplink(bytes, ctx) {
      let frozen = false;
      try { ctx.parameters.list.push(1); } catch { frozen = true; }
      return { values: { own: { ...ctx }, parameters: ctx.parameters, request: ctx.request ?? null, frozen } };
    }`);
  const full: ScriptContext = {
    ...context(),
    identity: '8635',
    link: 'l1',
    secret: 's',
    parameters: '{"list":[2]}',
    request: '{"register":4}',
  };
  const { results } = await script.uplink([frame(1), frame(1)], full);
  const own = { ...context(), identity: '8635', link: 'l1', secret: 's' };
  for (const result of results)
    assert.deepEqual(values(result), {
      own,
      parameters: { list: [2] },
      request: { register: 4 },
      frozen: true,
    });
  const [bare] = (await script.uplink([frame(1)], context())).results;
  assert.deepEqual(values(bare), { own: context(), parameters: {}, request: null, frozen: true });
});

test('a text that is no JSON fails the frames of its own device, and only where the script looks at it', async () => {
  const script = await sandbox.load(
    'export function uplink(bytes, ctx) { return { values: { n: bytes[0] ? Object.keys({ ...ctx.state, ...ctx.parameters }).length : 0 } }; }',
  );
  const [good, bad, other] = await Promise.all([
    script.uplink([frame(1)], { ...context('a'), state: '{"x":1}' }),
    script.uplink([frame(0), frame(1)], { ...context('b'), state: '{"x', parameters: '\t{' }),
    script.uplink([frame(1)], { ...context('c'), parameters: '{"x":1,"y":2}' }),
  ]);
  assert.deepEqual(values(good.results[0]), { n: 1 });
  assert.deepEqual(values(bad.results[0]), { n: 0 });
  errorOf(bad.results[1], 'SCRIPT_FAILED');
  assert.deepEqual(values(other.results[0]), { n: 2 });
});

test('a context that a script keeps shows it nothing of another device', async () => {
  const script = await sandbox.load(`
    let kept;
    export function uplink(bytes, ctx) {
      kept ??= ctx;
      kept.state.mine = ctx.device;
      const stolen = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(ctx), 'state');
      Object.defineProperty(Object.getPrototypeOf(ctx), 'state', { get() { return stolen.get.call(kept); }, configurable: true });
      return { values: { seen: kept.state } };
    }`);
  const [a, b] = await Promise.all([
    script.uplink([frame(1)], withState({ secret: 'a' }, 'a')),
    script.uplink([frame(1)], withState({ secret: 'b' }, 'b')),
  ]);
  assert.deepEqual(values(b?.results[0]), { seen: { secret: 'a', mine: 'b' } });
  assert.equal(b?.state, undefined);
  assert.equal(JSON.parse(a?.state ?? '{}').secret, 'a');
});

test('downlink, identify and poll keep states too', async () => {
  const script = await sandbox.load(`
    const count = (ctx) => { ctx.state.n = (ctx.state.n ?? 0) + 1; return ctx.state.n; };
    export function downlink(message, ctx) { if (message.values.bad) { count(ctx); throw new Error('no'); } return new Uint8Array([count(ctx)]); }
    export function identify(bytes, ctx) { return { id: 'n' + count(ctx) }; }
    export function poll(ctx) { ctx.deviceState.at = ctx.time; return { send: String(count(ctx)) }; }`);
  assert.equal(script.hasUplink, false);
  const down = await script.downlink({ kind: 'command', values: {} }, withState({ n: 1 }));
  assert.deepEqual(down, { bytes: [Buffer.of(2)], state: '{"n":2}', used: true });
  await rejection(script.downlink({ kind: 'command', values: { bad: true } }, context()), 'SCRIPT_FAILED');
  const { result, state } = await script.identify(frame(1), withState({ n: 2 }));
  assert.deepEqual([result?.id, state], ['n3', '{"n":3}']);
  const polled = await script.poll(withState({ n: 3 }));
  assert.deepEqual([polled.requests[0]?.send.toString(), polled.state], ['4', '{"n":4}']);
  assert.deepEqual(JSON.parse(polled.deviceState ?? ''), { at: context().time });
});
