import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, objects } from '../support/command.ts';
import { temporaryFolder } from '../support/process.ts';

const SCRIPT = `
export function uplink(bytes: Uint8Array, ctx: { state: { seen?: number } }) {
  ctx.state.seen = (ctx.state.seen ?? 0) + 1;
  console.log('saw', bytes.length);
  return { values: { value: new DataView(bytes.buffer, bytes.byteOffset).getUint16(0), seen: ctx.state.seen } };
}
export function downlink({ kind, values }: { kind: string; values: { n: number } }) {
  return kind === 'attributes' ? Uint8Array.of(values.n) : 'command';
}
`;

async function script(source: string, ...argv: string[]) {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'meter.ts');
  await writeFile(file, source);
  return await command(['script', 'run', file, ...argv]);
}

test('frames are those of one link; console output goes to stderr', async () => {
  const { status, stdout, stderr } = await script(SCRIPT, '--hex', '00 0a', '--hex', '000b');
  assert.equal(status, 0, stderr);
  assert.deepEqual(
    objects(stdout).map(({ hex, values }) => [hex, values]),
    [
      ['000a', { value: 10, seen: 1 }],
      ['000b', { value: 11, seen: 2 }],
    ],
  );
  assert.equal(stderr, 'log: saw 2\nlog: saw 2\n');
});

test('a frame that the script refuses is a line with its reason, and the next is run', async () => {
  const { status, stdout } = await script(SCRIPT, '--hex', '00', '--hex', '000b');
  assert.equal(status, 0);
  const [bad, good] = objects(stdout);
  assert.deepEqual([bad?.hex, bad?.error], ['00', 'SCRIPT_FAILED']);
  assert.deepEqual(good?.values, { value: 11, seen: 1 });
});

test('downlink: commands, attributes, and both written out', async () => {
  const run = async (json: string) => objects((await script(SCRIPT, '--json', json)).stdout)[0]?.hex;
  const text = Buffer.from('command').toString('hex');
  assert.equal(await run('{"method": "x"}'), text);
  assert.equal(await run('{"kind": "command", "values": {}}'), text);
  assert.equal(await run('{"n": 7}'), '07');
  assert.equal(await run('{"kind": "attributes", "values": {"n": 8}}'), '08');
});

test('identify is asked first, where there is one', async () => {
  const source = `export function identify(b) { return { id: String(b[0]) }; }
    export function uplink(b, ctx) { return { values: { of: ctx.identity } }; }`;
  const { stdout } = await script(source, '--hex', '07');
  assert.deepEqual(objects(stdout)[0], { hex: '07', identity: '7', kind: 'attributes', values: { of: '7' } });
});

test('wrong use', async () => {
  for (const [argv, status, message] of [
    [[], 2, /USAGE_INVALID: Give either --hex or --json/],
    [['--hex', '00', '--json', '{}'], 2, /USAGE_INVALID: Give either --hex or --json/],
    [['--hex', '0'], 2, /HEX_INVALID/],
    [['--json', '[]'], 2, /INPUT_NOT_JSON/],
  ] as const) {
    const result = await script(SCRIPT, ...argv);
    assert.equal(result.status, status);
    assert.match(result.stderr, message);
  }
  assert.match((await script('export function uplink( {', '--hex', '00')).stderr, /SCRIPT_INVALID: .*line 1/);
  const nothing = await script('export function uplink() {}', '--json', '{}');
  assert.match(nothing.stderr, /PROFILE_SENDS_NOTHING/);
  const missing = await command(['script', 'run', '/nowhere/meter.ts', '--hex', '00']);
  assert.equal(missing.status, 2);
  assert.match(missing.stderr, /FILE_UNREADABLE: .*does not exist/);
});

test('a script may import files beside it, and they each other', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'meter.ts');
  await writeFile(
    file,
    "import { of } from './frame.ts';\nexport const uplink = (bytes: Uint8Array) => ({ values: of(bytes) });",
  );
  const frame = (more: string) =>
    writeFile(
      join(folder.path, 'frame.ts'),
      `import { SCALE } from './scale.ts';\n${more}\nexport const of = (b: Uint8Array) => ({ n: (b[0] as number) * SCALE });`,
    );
  await frame('');
  const run = () => command(['script', 'run', file, '--hex', '07']);
  assert.match((await run()).stderr, /SCRIPT_FILE_MISSING: .*"\.\/scale\.ts" in frame\.ts/);
  await writeFile(join(folder.path, 'scale.ts'), 'export const SCALE: number = 10;');
  assert.deepEqual(objects((await run()).stdout)[0]?.values, { n: 70 });
  await frame("throw new Error('no');");
  assert.match((await run()).stderr, /at line 2 of frame\.ts: Error: no/);
});
