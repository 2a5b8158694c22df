/** The first steps of a driver's author, outside this workspace: create a project, install its packages, test it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

const FAIRLEAD = join(import.meta.dirname, '..', 'packages/cli/bin/fairlead.cjs');

interface Ended {
  readonly status: number;
  readonly output: string;
}

describe('a new driver outside of the workspace', () => {
  let folder: string;
  let project: string;

  /** Runs a program in the project. Only Node comes from this workspace. */
  const run = async (
    program: string,
    args: readonly string[],
    add: NodeJS.ProcessEnv = {},
  ): Promise<Ended> => {
    const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
    const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
    // The home folder is new. npm keeps its settings and its cache.
    const npm = {
      npm_config_userconfig: join(homedir(), '.npmrc'),
      npm_config_cache: join(homedir(), '.npm'),
      npm_config_prefer_offline: 'true',
    };
    const options = { cwd: project, env: { ...env, ...npm, PATH, HOME: folder, ...add } };
    const ended = promisify(execFile)(program, args, options);
    return ended.then(
      ({ stdout, stderr }) => ({ status: 0, output: stdout + stderr }),
      ({ code, stdout, stderr }) => ({ status: code, output: `${stdout}${stderr}` }),
    );
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-author-'));
    project = folder;
    const made = await run(process.execPath, [FAIRLEAD, 'driver', 'new', 'well-meter']);
    assert.equal(made.status, 0, made.output);
    project = join(folder, 'well-meter');
    const installed = await run('npm', ['install', '--no-audit', '--no-fund']);
    assert.equal(installed.status, 0, installed.output);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('is installed and tested with npm, and leaves nothing in the home of its author', async () => {
    const { status, output } = await run('npm', ['test']);
    assert.equal(status, 0, output);
    assert.match(output, /^ℹ pass 10$/m);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name === '.indi'),
      [],
    );
  });

  it('fails its test where a test fails', async () => {
    const bad = join(project, 'bad.test.ts');
    await writeFile(
      bad,
      "import { test } from 'node:test';\ntest('bad', () => { throw new Error('Oh.'); });\n",
    );
    const { status, output } = await run('npm', ['test', '--', 'bad.test.ts']);
    await rm(bad);
    assert.equal(status, 1, output);
    assert.match(output, /^ℹ tests 1$/m);
  });

  it('fails its test where none ran: there is no file, or none with a test in it', async () => {
    const tests = join(project, 'driver.test.ts');
    const text = await readFile(tests, 'utf8');
    for (const change of [() => writeFile(tests, ''), () => rm(tests)]) {
      await change();
      const { status, output } = await run('npm', ['test']);
      assert.equal(status, 1, output);
      assert.match(output, /No test ran/);
    }
    await writeFile(tests, text);
  });

  it('says which Node it needs, where that is too old', async () => {
    const old = join(folder, 'old-node.cjs');
    await writeFile(old, "Object.defineProperty(process.versions, 'node', { value: '20.20.2' });\n");
    for (const [program, ...args] of [
      ['npm', 'install'],
      ['npm', 'test'],
      ['npm', 'run', 'simulate'],
      ['./indi_well_meter'],
    ] as [string, ...string[]][]) {
      const { status, output } = await run(program, args, { NODE_OPTIONS: `--require=${old}` });
      assert.equal(status, 1, `${program} ${args}: ${output}`);
      assert.match(output, /well-meter needs Node 26 or newer; this is Node 20\.20\.2\./);
    }
  });

  it('is run by the command of the checkout, and by its launcher', async () => {
    const script = `printf '<getProperties version="1.7"/>' | "$@"`;
    for (const command of [
      [process.execPath, FAIRLEAD, 'driver', 'run', 'driver.ts'],
      ['./indi_well_meter'],
    ]) {
      const { status, output } = await run('sh', ['-c', script, 'sh', ...command]);
      assert.equal(status, 0, output);
      assert.match(output, /<defSwitchVector device="Well Meter" name="CONNECTION"/);
    }
  });

  it('can be moved to another place', async () => {
    const moved = join(folder, 'elsewhere');
    await cp(project, moved, { recursive: true, filter: (from) => !from.endsWith('node_modules') });
    project = moved;
    const installed = await run('npm', ['install', '--no-audit', '--no-fund']);
    assert.equal(installed.status, 0, installed.output);
    const { status, output } = await run('npm', ['test']);
    project = join(folder, 'well-meter');
    assert.equal(status, 0, output);
  });
});
