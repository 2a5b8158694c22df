import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '@fairlead/testkit';
import { confinement } from '../src/confinement.ts';
import { createSandbox } from '../src/index.ts';
import { encodeText, messageType } from '../src/wire.ts';
import { context, frame, values } from './support.ts';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const settings = {
  penalty: false,
  softTimeout: 10,
  firstCall: 100,
  memory: 2 ** 25,
  bounds: { result: 1_000, depth: 9, messages: 9, logLines: 9, logLength: 9, slice: 5 },
};

/** The binary of the addon: what a script process loads to begin with. */
function addonFile(): string {
  const folder = dirname(createRequire(path('../src/process.ts')).resolve('isolated-vm'));
  const [file] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.node'),
  );
  return join(folder, file as string);
}

test('who breaks out of an isolate can read no file, start no program and no worker, and finds no secret', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-confinement-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const secret = join(folder, 'secret');
  writeFileSync(secret, 'secret');
  const note = openSync(join(folder, 'note'), 'w+');
  t.after(() => closeSync(note));
  process.env.FAIRLEAD_TEST_SECRET = 'secret';
  t.after(() => delete process.env.FAIRLEAD_TEST_SECRET);
  const { flags, cwd, env } = confinement();
  const intruder = path('./intruder.ts');
  const child = spawn(
    process.execPath,
    [
      ...flags,
      `--allow-fs-read=${intruder}`,
      '--import',
      intruder,
      path('../src/child.ts'),
      JSON.stringify(settings),
      JSON.stringify([path('../src/wire.ts'), addonFile(), secret]),
    ],
    { cwd, env, stdio: ['pipe', 'pipe', 'pipe', note] },
  );
  t.after(() => child.kill('SIGKILL'));
  let told = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    told += chunk;
  });
  let answers = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    answers += chunk;
  });
  child.stdin?.write(encodeText(messageType.load, 1, 1, 'export function uplink(bytes: Uint8Array) {}'));
  await eventually(
    () => told.includes('\n') && answers.includes('module'),
    'it was tried, and the script is loaded',
  );
  const { done, codes, env: seen } = JSON.parse(told);
  // Without a code: the function is gone.
  assert.deepEqual({ done, codes, seen }, { done: [], codes: ['ERR_ACCESS_DENIED', 'undefined'], seen: {} });
  assert.equal(existsSync('/tmp/fairlead-intruder'), false);
});

test('a script process starts, and understands TypeScript and the helpers, without reading anything later', async () => {
  await using sandbox = createSandbox({ isolates: 1 });
  const source = (n: number) =>
    `import { u8 } from 'fairlead:helpers'; export function uplink(bytes: Uint8Array) { return { values: { n: u8(bytes) + ${n} } }; }`;
  for (let n = 0; n < 3; n++) {
    const script = await sandbox.load(source(n));
    assert.deepEqual(values((await script.uplink([frame(1)], context())).results[0]), { n: n + 1 });
  }
});

test('the environment of script processes holds nothing of the program, and their pipes block', {
  skip: process.platform !== 'linux',
}, async (t) => {
  process.env.FAIRLEAD_TEST_SECRET = 'secret';
  process.env.NODE_OPTIONS_FOR_TEST = '1';
  t.after(() => {
    delete process.env.FAIRLEAD_TEST_SECRET;
    delete process.env.NODE_OPTIONS_FOR_TEST;
  });
  await using sandbox = createSandbox();
  await sandbox.load('export function uplink() {}');
  const own = readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[1] === String(process.pid)
      );
    } catch {
      return false;
    }
  });
  assert.ok(own.length > 0);
  for (const pid of own) {
    assert.equal(readFileSync(`/proc/${pid}/environ`, 'latin1'), '');
    assert.match(readFileSync(`/proc/${pid}/cmdline`, 'latin1'), /--permission/);
    // Its pipes block: a process that polls them answers a millisecond late.
    for (const file of [0, 1]) {
      const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${file}`, 'latin1'))?.[1];
      assert.equal(Number.parseInt(String(flags), 8) & constants.O_NONBLOCK, 0);
    }
  }
});
