import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually } from '@fairlead/testkit';
import { BareDevice, RunningService } from './running.ts';

const root = join(import.meta.dirname, '..');
const libraries = ['core', 'tcp', 'messaging', 'indi'];
/** The command and what it needs: `messaging` and `testkit` are libraries that the service does without. */
const notOfTheService = ['messaging', 'testkit'];
/** Of the npm package for this machine; the newest of each line. */
const nodes = ['22', '24', '26'];
const nodePackage = `node-${process.platform}-${process.arch}`;

const folder = mkdtempSync(join(tmpdir(), 'fairlead-packages-'));
const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...environment } = process.env;
let tarballs: string[];

before(() => {
  tarballs = run(root, ['node', 'tools/packing/pack.ts', join(folder, 'packed')])
    .trim()
    .split('\n');
});
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

/** Runs a program; answers with what it printed. */
function run(cwd: string, [program, ...args]: string[], path = join(root, 'node_modules/.bin')): string {
  const env = { ...environment, PATH: `${path}:${environment.PATH}` };
  const { status, stdout, stderr } = spawnSync(program as string, args, { cwd, env, encoding: 'utf8' });
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

/** A new folder, into which npm, run by the Node of `path`, installs packages. */
function project(name: string, packages: readonly string[], path?: string): string {
  const cwd = join(folder, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'package.json'), '{"private":true,"type":"module"}');
  // No scripts: nothing may have to be compiled, and a user may have forbidden them.
  const options = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--silent'];
  run(cwd, ['npm', 'install', ...options, ...packages], path);
  return cwd;
}

const tarball = (name: string) =>
  tarballs.find((path) => basename(path).startsWith(`fairlead-${name}-`)) as string;

describe('the packages', () => {
  it('hold what is built, their README and their licence, and no sources', () => {
    const names = readdirSync(join(root, 'packages'));
    assert.equal(tarballs.length, names.length);
    for (const path of tarballs) {
      const files = run(folder, ['tar', 'tzf', path]).trim().split('\n');
      for (const file of ['dist/index.js', 'dist/index.d.ts', 'README.md', 'LICENSE', 'package.json'])
        assert.ok(files.includes(`package/${file}`), `${path}: ${file}`);
      assert.deepEqual(
        files.filter((file) => /package\/(src|test)\/|(?<!\.d)\.ts$/.test(file)),
        [],
        path,
      );
    }
  });

  it('say where they come from', () => {
    for (const name of readdirSync(join(root, 'packages'))) {
      const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
      for (const key of ['description', 'keywords', 'license', 'repository', 'publishConfig'])
        assert.ok(manifest[key], `${name}: ${key}`);
      assert.equal(manifest.repository.directory, `packages/${name}`);
    }
  });
});

describe('the libraries in an empty project', () => {
  let cwd: string;
  before(() => {
    const versions = ['typescript', '@types/node'].map(
      (name) =>
        `${name}@${JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version}`,
    );
    cwd = project('libraries', [...[...libraries, 'testkit'].map(tarball), ...versions]);
  });

  it('compile in the strictest of projects, their declarations too', () => {
    const lines = [...libraries, 'tcp/framing', 'testkit'].map(
      (name, place) => `import * as door${place} from '@fairlead/${name}';\nconsole.log(door${place});\n`,
    );
    writeFileSync(join(cwd, 'doors.ts'), lines.join(''));
    cpSync(join(import.meta.dirname, 'strict-consumer.ts'), join(cwd, 'consumer.ts'));
    const compilerOptions = {
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
    writeFileSync(
      join(cwd, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['doors.ts', 'consumer.ts'] }),
    );
    run(cwd, ['npx', 'tsc', '-p', '.']);
  });

  for (const version of nodes) {
    it(`run the example of each README on Node ${version}`, () => {
      const path = pathOf(version);
      for (const name of ['core', 'tcp', 'messaging']) {
        const readme = readFileSync(join(cwd, `node_modules/@fairlead/${name}/README.md`), 'utf8');
        const [, example] = /```ts\n(.*?)```/s.exec(readme) as unknown as [string, string];
        // `await using` is newer than Node 22.
        const program = version === '22' ? example.replaceAll('await using', 'const') : example;
        writeFileSync(join(cwd, 'example.mjs'), `${program}\nsetTimeout(() => process.exit(), 200);\n`);
        assert.notEqual(run(cwd, ['node', 'example.mjs'], path), '', name);
      }
      const doors = [...libraries, 'tcp/framing'].map((name) => `@fairlead/${name}`);
      writeFileSync(
        join(cwd, 'doors.mjs'),
        `for (const door of ${JSON.stringify(doors)}) console.log(Object.keys(await import(door)).length > 5);\n`,
      );
      assert.equal(run(cwd, ['node', 'doors.mjs'], path), 'true\n'.repeat(doors.length));
    });
  }
});

/** Where the Node of a version is; installed on the first call. */
function pathOf(version: string): string {
  const name = `node-${version}`;
  const bin = join(folder, name, 'node_modules', nodePackage, 'bin');
  if (!readdirSync(folder).includes(name)) project(name, [`${nodePackage}@${version}`]);
  return bin;
}

for (const version of nodes) {
  describe(`the command, installed with Node ${version}`, () => {
    let cwd: string;
    let path: string;
    before(() => {
      path = pathOf(version);
      cwd = project(
        `command-${version}`,
        tarballs.filter((path) => !notOfTheService.some((name) => path === tarball(name))),
        path,
      );
    });

    it('says its version and writes the demo of rules', () => {
      assert.match(run(cwd, ['node_modules/.bin/fairlead', '--version'], path), /^\d+\.\d+\.\d+/);
      run(cwd, ['node_modules/.bin/fairlead', 'rules', 'demo'], path);
      run(cwd, ['node_modules/.bin/fairlead', 'rules', 'test', 'client.yaml', '--peer', 'server.yaml'], path);
    });

    it('serves: a device dials in, and its reading is there', async () => {
      const command = ['node', join(cwd, 'node_modules/.bin/fairlead')];
      await using service = await RunningService.start({ PATH: `${path}:${environment.PATH}` }, command);
      const script = join(cwd, 'thermo.ts');
      writeFileSync(
        script,
        'export function uplink(bytes: Uint8Array) {\n  return { values: { celsius: bytes[0] } };\n}\n',
      );
      const token = await service.add(
        ...['thermo-1', '--protocol', 'custom', '--framing', 'fixed:1', '--uplink', script],
      );
      using device = await BareDevice.dial(service.ports.custom);
      device.send(`${token}\n\x15`);
      await eventually(async () => {
        const { json } = await service.cli('device', 'inspect', 'thermo-1');
        return json.values?.celsius?.value === 21;
      }, 'the reading is there');
      assert.equal(await service.stop(), 0);
    });
  });
}
