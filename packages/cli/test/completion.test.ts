/** Completions of shells. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { requirePeer } from '@fairlead/testkit';
import { scripts } from '../src/completion/scripts.ts';
import { commandsModule } from '../src/completion-module.ts';
import { run } from '../src/run.ts';
import { json, TestService } from './support/service.ts';
import { TestTerminal } from './support/terminal.ts';

/** The candidates after a line, without what they are. */
async function after(line: string, env: Record<string, string> = {}): Promise<string[]> {
  const terminal = new TestTerminal(env);
  assert.equal(await run(['complete', '--', ...line.split(' ')], terminal), 0);
  assert.equal(terminal.stderr, '');
  return terminal.stdout.split('\n').flatMap((text) => text.split('\t')[0] || []);
}

const has = (all: readonly string[], ...some: string[]) =>
  assert.deepEqual(
    some.filter((word) => !all.includes(word)),
    [],
    all.join(' '),
  );

test('what completions know of the commands is what the commands say', async () => {
  const file = new URL('../src/completion/commands.ts', import.meta.url);
  assert.equal(readFileSync(file, 'utf8'), await commandsModule());
});

test('commands, options and choices need no service', async () => {
  has(await after('dev'), 'device');
  has(await after(''), 'device', 'context', 'status', 'serve');
  assert.ok(!(await after('')).includes('complete'), 'what shells ask is not for people');
  has(await after('device '), 'add', 'ls', 'rm', 'edit');
  assert.deepEqual(await after('device rota'), ['rotate']);
  has(await after('device ls --'), '--filter', '--columns', '--watch', '--quiet', '--format', '--context');
  assert.deepEqual(await after('device ls --format '), ['json', 'text']);
  assert.deepEqual(await after('device ls --format=j'), ['--format=json']);
  assert.deepEqual(await after('completion b'), ['bash']);
  assert.deepEqual(await after('device ls extra '), []);
  assert.deepEqual(await after('nonsense '), []);
});

test('names come from the service, quickly or not at all', async () => {
  const asked: string[] = [];
  await using service = await TestService.start({
    'GET devices': (response, seen) => {
      asked.push(seen.query.prefix ?? '');
      json([
        { name: 'meter-1', label: 'Attic' },
        { name: 'meter-2', status: 'online' },
      ])(response, seen);
    },
    'GET tasks': json([{ name: 'greet' }, { name: 'two words' }]),
    'GET profiles': json([
      { name: 'gt06', title: 'GT06' },
      { name: 'h02', title: 'H02' },
    ]),
    'GET links': () => {}, // never answers
  });
  const { env } = service;
  for (const line of [
    'device rm me',
    'device inspect me',
    'sub me',
    'tap me',
    'device send me',
    'capture start me',
  ])
    assert.deepEqual(await after(line, env), ['meter-1', 'meter-2'], line);
  assert.deepEqual(new Set(asked), new Set(['me']));
  assert.deepEqual(await after('device rm a b me', env), ['meter-1', 'meter-2'], 'several names');
  assert.deepEqual(await after('device add me', env), [], 'a new name is not there yet');
  assert.deepEqual(await after('device edit x --profile g', env), ['gt06']);
  assert.deepEqual(await after('task show ', env), ['greet'], 'a name with a blank would be two words');
  assert.deepEqual(await after('link kill ', env), []);
  const away = { FAIRLEAD_URL: 'http://127.0.0.1:9', FAIRLEAD_TOKEN: 'x' };
  assert.deepEqual(await after('device rm me', away), []);
  assert.deepEqual(await after('device rm me', { ...away, FAIRLEAD_TOKEN: 'wrong' }), []);
});

for (const shell of ['bash', 'zsh', 'fish'] as const)
  test(`the script for ${shell} completes`, (t) => {
    if (!requirePeer(t, shell)) return;
    const dir = mkdtempSync(join(tmpdir(), 'fairlead-shell-'));
    t.after(() => rmSync(dir, { recursive: true }));
    const launcher = fileURLToPath(new URL('../bin/fairlead.cjs', import.meta.url));
    const command = join(dir, 'fairlead');
    writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${launcher}" "$@"\n`, { mode: 0o755 });
    writeFileSync(join(dir, 'script'), scripts[shell]);
    const how = {
      bash: `source ${dir}/script; COMP_WORDS=(fairlead device ro); COMP_CWORD=2; compopt() { :; }; _fairlead; echo "\${COMPREPLY[@]}"`,
      zsh: `compdef() { :; }; _describe() { print -l -- "\${(@)candidates}"; }; source ${dir}/script; words=(fairlead device ro); CURRENT=3; _fairlead`,
      fish: `source ${dir}/script; complete -C 'fairlead device ro'`,
    }[shell];
    const path = `${dir}:${process.env.PATH}`;
    const { stdout, stderr } = spawnSync(shell, ['-c', how], {
      encoding: 'utf8',
      env: { PATH: path, HOME: dir },
    });
    assert.match(stdout, /^rotate\b/m, stderr);
  });
