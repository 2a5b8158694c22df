import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';

const root = join(import.meta.dirname, '..');

/** Runs a program of the workspace in `cwd`; answers with what it printed. */
function run(cwd: string, program: string, ...args: string[]): string {
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  const PATH = `${join(root, 'node_modules/.bin')}:${env.PATH}`;
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    env: { ...env, PATH },
    encoding: 'utf8',
  });
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

describe('the packed library in an empty project', () => {
  let project: string;

  before(async () => {
    project = await mkdtemp(join(tmpdir(), 'fairlead-package-'));
    // Packed from a copy, so that no build is left in the sources.
    const copy = join(project, 'copy/packages/tcp');
    await cp(join(root, 'packages/tcp'), copy, {
      recursive: true,
      filter: (from) => !/(node_modules|dist|test|vectors)$/.test(from),
    });
    await cp(join(root, 'tsconfig.json'), join(project, 'copy/tsconfig.json'));
    await symlink(join(root, 'node_modules'), join(project, 'copy/node_modules'));
    run(copy, 'npm', 'run', 'prepack', '--silent');
    run(copy, 'npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', project);
    const installed = join(project, 'node_modules/@fairlead/tcp');
    await mkdir(installed, { recursive: true });
    run(project, 'tar', 'xzf', 'fairlead-tcp-0.1.0.tgz', '-C', installed, '--strip-components=1');
    // Its dependencies, and nothing else of the workspace.
    const { dependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    for (const name of [...Object.keys(dependencies), '@types/node']) {
      await mkdir(dirname(join(project, 'node_modules', name)), { recursive: true });
      await symlink(join(root, 'node_modules', name), join(project, 'node_modules', name));
    }
    await writeFile(join(project, 'package.json'), '{"type":"module"}');
  });

  after(() => rm(project, { recursive: true, force: true }));

  it('needs three packages', async () => {
    const { dependencies } = JSON.parse(await readFile(join(root, 'packages/tcp/package.json'), 'utf8'));
    assert.deepEqual(Object.keys(dependencies).sort(), ['@msgpack/msgpack', 'iconv-lite', 'zod']);
  });

  it('works in plain JavaScript, as its README shows', async () => {
    const readme = await readFile(join(project, 'node_modules/@fairlead/tcp/README.md'), 'utf8');
    const example = /```ts\n(.*?)```/s.exec(readme)?.[1] as string;
    await writeFile(join(project, 'example.mjs'), example);
    assert.equal(run(project, 'node', 'example.mjs'), 'you said hello\n');
  });

  it('compiles in the strictest of projects, its own declarations too', async () => {
    const folder = join(project, 'strict');
    await mkdir(folder);
    const options = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
      skipLibCheck: false,
      noEmit: true,
      module: 'nodenext',
      target: 'esnext',
      types: ['node'],
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }));
    await cp(join(import.meta.dirname, 'strict-consumer.ts'), join(folder, 'consumer.ts'));
    run(folder, 'tsc');
  });

  it('is typed', async () => {
    await writeFile(
      join(project, 'typed.ts'),
      "import { type Client, connect, json, length } from '@fairlead/tcp';\n" +
        "const client: Client<{ celsius: number }> = connect('tcp://plc-7.local:4001', { codec: json<{ celsius: number }>(length({ bytes: 2, max: '64KiB' })) });\n" +
        'for await (const batch of client.batches()) for (const { celsius } of batch) console.log(celsius.toFixed(1));\n' +
        "// @ts-expect-error the codec says what may be sent\nclient.send({ celsius: 'warm' });\n",
    );
    run(
      project,
      'tsc',
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'esnext',
      '--types',
      'node',
      'typed.ts',
    );
  });
});
