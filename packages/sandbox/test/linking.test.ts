import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSandbox, joinScriptFiles } from '../src/index.ts';
import { context, errorOf, frame, rejection, values } from './support.ts';

const sandbox = createSandbox({});
after(() => sandbox.close());

const load = (files: Record<string, string>) => sandbox.load(joinScriptFiles('script.ts', files));
const MAIN = `import { first } from './frame.ts';
import { u16 } from 'fairlead:helpers';
export const uplink = (bytes: Uint8Array) => ({ values: { first: first(bytes), all: u16(bytes, 0) } });`;

test('files of a script import each other and the modules of Fairlead', async () => {
  const script = await load({
    'script.ts': MAIN,
    'frame.ts': `import { u8 } from 'fairlead:helpers';
import { PLACE, type Place } from './place.ts';
export const first = (bytes: Uint8Array): number => u8(bytes, PLACE satisfies Place);`,
    'place.ts': 'export type Place = number;\nexport const PLACE: Place = 0;',
    'unused.ts': 'this is not even a script (',
  });
  const { results } = await script.uplink([frame(1, 2)], context());
  assert.deepEqual(values(results[0]), { first: 1, all: 258 });
});

test('an error names the file and the line, also after the isolate was made anew', async () => {
  const script = await load({
    'script.ts': MAIN,
    'frame.ts':
      'export function first(bytes: Uint8Array) {\n  if (bytes[0] === 9) for (;;);\n  throw new RangeError("too short");\n}',
  });
  for (const byte of [1, 9, 1]) {
    const { results } = await script.uplink([frame(byte, 2)], context());
    if (byte === 9) errorOf(results[0], 'SCRIPT_TIMEOUT');
    else {
      const { message, details } = errorOf(results[0], 'SCRIPT_FAILED');
      assert.equal(message, 'The script threw at line 3 of frame.ts: RangeError: too short');
      assert.equal(details.file, 'frame.ts');
    }
  }
});

test('what is wrong in a file is told with its name', async () => {
  const refused = async (file: string, code: string, text: RegExp) =>
    assert.match((await rejection(load({ 'script.ts': MAIN, 'frame.ts': file }), code)).message, text);
  await refused('export const first = 1;\nlet = ;', 'SCRIPT_INVALID', /at line 2 of frame\.ts/);
  await refused('export enum E { A }', 'SCRIPT_INVALID', /at line 1 of frame\.ts/);
  await refused(
    '\nexport const second = 1;',
    'SCRIPT_INVALID',
    /module '\.\/frame\.ts' does not provide an export named 'first'/,
  );
  await refused('export const first = 1;\nnull.x;', 'SCRIPT_FAILED', /at line 2 of frame\.ts/);
  await refused("import './no.ts';", 'SCRIPT_FILE_MISSING', /imports "\.\/no\.ts" in frame\.ts/);
  await refused("import './script.ts';", 'SCRIPT_IMPORT_CYCLE', /: script\.ts, frame\.ts, script\.ts\./);
  await refused("import './frame.ts';", 'SCRIPT_IMPORT_CYCLE', /: frame\.ts, frame\.ts\./);
  for (const specifier of [
    'node:fs',
    './a/b.ts',
    '../frame.ts',
    './..',
    '/etc/passwd',
    'fairlead:context',
    './x',
  ])
    await refused(`import '${specifier}';`, 'SCRIPT_IMPORT_REFUSED', /in frame\.ts/);
});

test('a script of one file has no files beside it', async () => {
  await rejection(
    sandbox.load(`import './frame.ts';\nexport const uplink = () => {};`),
    'SCRIPT_FILE_MISSING',
  );
  await rejection(sandbox.load('//fairlead-files []\nfunction encodeInp() {}'), 'SCRIPT_INVALID');
});

test('the top level of a file is stopped like that of the script', async () => {
  await rejection(
    load({ 'script.ts': MAIN, 'frame.ts': 'export const first = 1;\nfor (;;);' }),
    'SCRIPT_TIMEOUT',
  );
});
