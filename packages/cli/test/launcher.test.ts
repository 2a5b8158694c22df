import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TestService } from './support/service.ts';

const launcher = fileURLToPath(new URL('../bin/fairlead.cjs', import.meta.url));

/** A Node older than 26 on PATH, if there is one. */
const oldNode = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .find((path) => existsSync(path) && major(path) < 26);

function major(node: string): number {
  return Number(execFileSync(node, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }));
}

const nodes: [string, string | undefined][] = [
  ['this Node', process.execPath],
  ['an older Node', oldNode],
];

function start(node: string, argv: string[], env: Record<string, string> = {}): ChildProcess {
  const { NODE_OPTIONS: _, ...rest } = process.env;
  return spawn(node, [launcher, ...argv], { env: { ...rest, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
}

async function finish(child: ChildProcess) {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (text) => (stdout += text));
  child.stderr?.on('data', (text) => (stderr += text));
  const [code, signal] = await once(child, 'close');
  return { code, signal, stdout, stderr };
}

for (const [name, node] of nodes) {
  const options = { skip: node === undefined && 'no older Node on PATH' };

  test(`${name} runs the command and hands its exit status on`, options, async () => {
    const good = await finish(start(node as string, ['--version']));
    assert.deepEqual(
      { ...good, stdout: good.stdout.trim() },
      { code: 0, signal: null, stdout: '0.1.0', stderr: '' },
    );
    const bad = await finish(start(node as string, ['devcie']));
    assert.equal(bad.code, 2);
    assert.match(
      bad.stderr,
      /^fairlead: USAGE_INVALID: Unknown command 'devcie'\. Did you mean "device"\?\n/,
    );
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${name} passes ${signal} on and lets the command end in order`, options, async () => {
      await using service = await TestService.start({
        'GET stream': (response) => void response.writeHead(200).write(': hello\n\n'),
      });
      const child = start(node as string, ['sub'], service.env);
      const end = finish(child);
      for await (const text of child.stderr as NonNullable<ChildProcess['stderr']>) {
        if (String(text).includes('Listening')) break;
      }
      child.kill(signal);
      assert.equal((await end).code, 0);
    });
  }

  test(`${name}: a reader that went away ends the command without a word`, options, async () => {
    await using service = await TestService.start({
      'GET stream': (response) => {
        response.writeHead(200).write(': hello\n\n');
        const timer = setInterval(() => response.write('data: {}\n\n'), 5);
        response.on('close', () => clearInterval(timer));
      },
    });
    const child = start(node as string, ['sub'], service.env);
    const end = finish(child);
    await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
    child.stdout?.destroy();
    const { code, stderr } = await end;
    assert.equal(code, 141);
    assert.equal(stderr, 'Listening to all devices.\n');
  });
}

test('the command ends when an older Node that started it is killed', {
  skip: oldNode === undefined,
}, async () => {
  await using service = await TestService.start({
    'GET stream': (response) => void response.writeHead(200).write(': hello\n\n'),
  });
  const child = start(oldNode as string, ['sub'], service.env);
  await once(child.stderr as NonNullable<ChildProcess['stderr']>, 'data');
  child.kill('SIGKILL');
  // 'close' comes when the last process that holds the pipes is gone, which is the command itself.
  await once(child, 'close');
});

test('an older Node without the pinned one says what is needed', {
  skip: oldNode === undefined,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-cli-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const bin = join(folder, 'node_modules', '@fairlead', 'cli', 'bin');
  mkdirSync(bin, { recursive: true });
  cpSync(launcher, join(bin, 'fairlead.cjs'));
  const { code, stderr } = await finish(spawn(oldNode as string, [join(bin, 'fairlead.cjs')]));
  assert.equal(code, 1);
  assert.match(stderr, /^fairlead: Node 26 or newer is needed, this is v\d+/);
});

test('an installed package runs what was built, not its sources, and keeps it compiled for its user', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-cli-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const home = join(folder, 'node_modules', '@fairlead', 'cli');
  for (const [part, text] of [
    ['dist', 'console.log("built", process.execArgv.length);'],
    ['src', 'console.log("source");'],
  ] as const) {
    mkdirSync(join(home, part), { recursive: true });
    writeFileSync(join(home, part, part === 'dist' ? 'main.js' : 'main.ts'), text);
  }
  mkdirSync(join(home, 'bin'));
  cpSync(launcher, join(home, 'bin', 'fairlead.cjs'));
  writeFileSync(join(home, 'package.json'), '{"type": "module"}');
  const caches = {
    new: join(folder, 'cache'),
    'too deep': join(folder, 'no', 'such', 'folder'),
    'no folder': join(home, 'package.json'),
  };
  for (const XDG_CACHE_HOME of Object.values(caches)) {
    const { NODE_COMPILE_CACHE: _, ...rest } = process.env;
    const env = { ...rest, XDG_CACHE_HOME };
    const child = spawn(process.execPath, [join(home, 'bin', 'fairlead.cjs')], { env });
    const { stdout, stderr } = await finish(child);
    assert.deepEqual([stdout, stderr], ['built 0\n', ''], XDG_CACHE_HOME);
  }
  assert.ok(existsSync(join(caches.new, 'fairlead')));
});
