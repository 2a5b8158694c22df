import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CliCommand } from '../src/command.ts';
import { commandList } from '../src/command-list.ts';
import { createContext } from '../src/context.ts';
import { createProgram } from '../src/program.ts';
import { TestTerminal } from './support/terminal.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** A preloaded module. At the end it writes the URL of each loaded file to stderr. */
const recorder = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  const urls = [];
  registerHooks({ load: (url, context, next) => { urls.push(url); return next(url, context); } });
  process.on('exit', () => process.stderr.write(JSON.stringify(urls)));
`)}`;

/** What a command line loads: the files of this package by their path in `src`, and the names of other packages. */
function loadedBy(line: string): string[] {
  const flags = ['--conditions=fairlead-source', `--import=${recorder}`];
  const { status, stderr } = spawnSync(process.execPath, [...flags, main, ...line.split(' ')], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const files = (JSON.parse(stderr) as string[]).filter((url) => url.startsWith('file:'));
  return [...new Set(files.map(nameOf))];
}

function nameOf(url: string): string {
  const [, own] = /\/packages\/cli\/src\/(.*)$/.exec(url) ?? [];
  const [, other] =
    /\/(?:packages|node_modules)\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(url) ?? [];
  return own ?? other ?? url;
}

for (const line of ['--version', '-V']) {
  test(`fairlead ${line} loads two files`, () => {
    assert.deepEqual(loadedBy(line).sort(), ['main.ts', 'version.ts']);
  });
}

for (const line of ['--help', 'help']) {
  test(`fairlead ${line} loads no command`, () => {
    const loaded = loadedBy(line);
    assert.ok(loaded.includes('program.ts'));
    assert.deepEqual(
      loaded.filter((name) => /^commands\//.test(name)),
      [],
    );
    assert.deepEqual(loaded.filter((name) => !name.endsWith('.ts')).sort(), ['commander', 'core', 'zod']);
  });
}

for (const [line, command, without] of [
  ['device ls --help', 'commands/device.ts', ['tcp', 'server']],
  ['help sub', 'commands/sub.ts', ['tcp', 'server']],
  ['frame split --help', 'commands/frame.ts', ['api', 'server']],
  ['config check --help', 'commands/config.ts', ['server']],
  ['decode --help', 'commands/decode.ts', ['api', 'server', 'sandbox', 'profiles', 'tcp']],
  ['encode --help', 'commands/encode.ts', ['api', 'server', 'sandbox', 'profiles', 'tcp']],
] as const) {
  test(`fairlead ${line} loads neither another command nor ${without.join(' nor ')}`, () => {
    const loaded = loadedBy(line);
    const listed = commandModules.filter((module) => loaded.includes(module));
    assert.deepEqual(listed, [command]);
    assert.deepEqual(
      without.filter((name) => loaded.includes(name)),
      [],
    );
  });
}

test('fairlead decode starts its sandbox before it loads what reads profiles, and loads no service', () => {
  const loaded = loadedBy('decode gt06');
  const [sandbox, profiles] = [loaded.indexOf('sandbox'), loaded.indexOf('profiles')];
  assert.ok(sandbox >= 0 && sandbox < profiles, loaded.join(' '));
  assert.deepEqual(
    ['api', 'server', 'store', 'bus', 'gateway'].filter((name) => loaded.includes(name)),
    [],
  );
});

test('fairlead complete loads no command, and neither commander nor the client of the API', () => {
  const loaded = loadedBy('complete -- device rm me');
  assert.deepEqual(
    loaded.filter((name) => /^commands\//.test(name) || name === 'commander' || name === 'api'),
    [],
  );
});

test('the help of fairlead is the same before and after its commands are loaded', async () => {
  const help = async (isUsed: (name: string) => boolean) =>
    (await createProgram(createContext(new TestTerminal()), isUsed)).helpInformation();
  assert.equal(await help(() => false), await help(() => true));
});

test('the list gives the name and the usage of each command as the command itself does', async () => {
  const context = createContext(new TestTerminal());
  for (const { name, usage, load } of commandList) {
    const command = (await load())(context);
    assert.equal(command.name(), name);
    assert.equal(
      usage,
      new CliCommand()
        .createHelp()
        .subcommandTerm(command)
        .slice(name.length + 1),
    );
  }
});

const commandModules = commandList.map(({ load }) => {
  const [, path] = /import\('\.\/(.*?)'\)/.exec(String(load)) ?? [];
  assert.ok(path, 'each command is imported when it is needed');
  return path;
});
