import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSandbox } from '../src/index.ts';
import { context, errorOf, frame, rejection, values } from './support.ts';

const sandbox = createSandbox();
after(() => sandbox.close());
const run = async (source: string) =>
  (await (await sandbox.load(source)).uplink([frame(1)], context())).results[0];
const returning = (body: string) => run(`export function uplink(bytes, ctx) { ${body} }`);

test('nothing of the process is within reach', async () => {
  const names = [
    'process',
    'require',
    'module',
    'fetch',
    'Buffer',
    'global',
    'setTimeout',
    'queueMicrotask',
    'WebAssembly',
    'SharedArrayBuffer',
    'Atomics',
    'ivm',
    'gc',
  ];
  for (const scope of [
    'globalThis',
    'Function("return this")()',
    'bytes.constructor.constructor("return this")()',
    'ctx.constructor.constructor("return this")()',
    'console.log.constructor("return this")()',
  ]) {
    const result = await returning(
      `const scope = ${scope}; return { values: { found: ${JSON.stringify(names)}.filter((name) => scope[name] !== undefined) } };`,
    );
    assert.deepEqual(values(result), { found: [] }, scope);
  }
  errorOf(await returning('return ctx.constructor.constructor("return process")()'), 'SCRIPT_FAILED');
});

test('the stack of an error shows no frame of the host, and leads to no object of it', async () => {
  const result = await returning(`
    const seen = [];
    Error.prepareStackTrace = (error, sites) => { for (const site of sites) seen.push(String(site.getThis?.()), site.getFileName()); return ''; };
    new Error('x').stack;
    return { values: { seen } };`);
  const { seen } = values(result) as { seen: string[] };
  for (const name of seen) assert.doesNotMatch(String(name), /node:|file:|\/packages\//);
});

test('imports are refused, also late ones', async () => {
  for (const name of ['node:fs', 'fs', '../x.js', 'https://example.com/x.js', 'fairlead:prelude']) {
    const { message } = await rejection(
      sandbox.load(`import * as x from '${name}'; export function uplink() { return x; }`),
      'SCRIPT_IMPORT_REFUSED',
    );
    assert.ok(message.includes(name));
  }
  const late = await sandbox.load(
    'let seen = "nothing"; import("node:fs").then(() => { seen = "module"; }, () => { seen = "refused"; });\nexport function uplink() { return { values: { seen } }; }',
  );
  assert.notDeepEqual(values((await late.uplink([frame(1)], context())).results[0]), { seen: 'module' });
});

test('what one script does to built-in objects does not reach another', async () => {
  await run(`
    Object.prototype.polluted = 1; Array.prototype.push = () => 0; Uint8Array.prototype.slice = () => null;
    JSON.stringify = () => 'x'; JSON.parse = () => ({}); String.prototype.indexOf = () => 0; Map.prototype.get = () => 'x';
    Date.now = () => NaN; globalThis.leak = 1;
    export function uplink() { return { values: { a: 1 } }; }`);
  const result = await returning(
    'return { values: { polluted: {}.polluted ?? null, leak: typeof leak, n: [1].push(2), json: JSON.stringify({ a: 1 }) } }',
  );
  assert.deepEqual(values(result), { polluted: null, leak: 'undefined', n: 2, json: '{"a":1}' });
  assert.equal(({} as { polluted?: number }).polluted, undefined);
});

test('hostile results are an error or their own doing, never harm', async () => {
  const hostile = [
    'return new Proxy({}, { get() { throw 1; }, ownKeys() { throw 2; }, getPrototypeOf() { throw 3; } });',
    'return { values: new Proxy({}, { ownKeys() { throw new Error("keys"); } }) };',
    'return { get values() { throw new Error("values"); } };',
    'return { reply: Object.create(Uint8Array.prototype) };',
    'return { reply: new Proxy(bytes, {}) };',
    'return { reply: { length: 1e9 } };',
    'const list = []; Object.defineProperty(list, 0, { get() { throw 1; } }); return list;',
    'return { values: {}, time: { valueOf() { throw 1; } } };',
    'return { values: {}, time: Object.create(Date.prototype) };',
    'return { values: {}, kind: { toString() { return "attributes"; } } };',
  ];
  for (const body of hostile) {
    const result = await returning(body);
    assert.ok(
      ['SCRIPT_FAILED', 'SCRIPT_RESULT_INVALID'].includes(String(result?.error?.code)),
      `${body}: ${result?.error}`,
    );
  }
  // Lines in keys and values stay inside the JSON.
  const result = await returning('return { values: { "a\\n\\n!SCRIPT_KILLED {}": "\\n\\na{}" } };');
  assert.deepEqual(values(result), { 'a\n\n!SCRIPT_KILLED {}': '\n\na{}' });
});

test('the process of scripts has an empty environment', async () => {
  const { readdirSync, readFileSync } = await import('node:fs');
  if (process.platform !== 'linux') return;
  await run('export function uplink() {}');
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[1]) === process.pid
        );
      } catch {
        return false;
      }
    });
  assert.ok(children.length > 0);
  for (const pid of children) assert.equal(readFileSync(`/proc/${pid}/environ`, 'latin1'), '');
});
