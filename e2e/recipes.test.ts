import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { requirePeer } from '@fairlead/testkit';
import { RunningService } from './running.ts';

const recipes = join(import.meta.dirname, '../packaging');
const unit = join(recipes, 'fairlead.service');

it('the systemd unit exposes at most 3 of 10', (t) => {
  if (!requirePeer(t, 'systemd-analyze')) return;
  const { stdout, stderr } = spawnSync('systemd-analyze', ['security', '--offline=true', unit], {
    encoding: 'utf8',
  });
  const level = /Overall exposure level for fairlead\.service: ([\d.]+)/.exec(stdout)?.[1];
  assert.ok(Number(level) <= 3, `${level} ${stderr}`);
});

it('the systemd unit is valid, and the options of its command exist', (t) => {
  if (!requirePeer(t, 'systemd-analyze')) return;
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-unit-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const text = readFileSync(unit, 'utf8');
  const [, line = ''] = /^ExecStart=(.*)$/m.exec(text) ?? [];
  const [program = '', command, ...args] = line.split(' ');
  const copy = join(folder, 'fairlead.service');
  writeFileSync(copy, text.replace(program, process.execPath)); // "verify" looks for the program
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', copy], { encoding: 'utf8' });
  assert.deepEqual([status, stderr.includes('fairlead.service')], [0, false], stderr);

  assert.equal(command, 'serve');
  const fairlead = join(import.meta.dirname, '../packages/cli/bin/fairlead.cjs');
  const help = spawnSync(process.execPath, [fairlead, 'serve', '--help'], { encoding: 'utf8' }).stdout;
  const options = args.filter((arg) => arg.startsWith('--'));
  assert.ok(options.length > 0);
  for (const option of options) assert.ok(help.includes(option), option);
});

it('the systemd unit allows every system call that the service makes', async (t) => {
  if (!requirePeer(t, 'systemd-analyze') || !requirePeer(t, 'strace')) return;
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-calls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const trace = join(folder, 'trace');
  const fairlead = [process.execPath, join(import.meta.dirname, '../packages/cli/bin/fairlead.cjs')];
  // -D: the service is the child and gets the signals.
  const service = await RunningService.start({}, ['strace', '-D', '-f', '-qq', '-o', trace, ...fairlead]);
  await service.add('meter-1');
  assert.equal(await service.stop(), 0);
  await service[Symbol.asyncDispose]();

  const calls = readFileSync(trace, 'utf8').matchAll(/^\d+ +(?:<\.\.\. )?(\w+)[( ]/gm);
  const made = new Set(Array.from(calls, ([, name = '']) => name));
  assert.ok(made.has('accept4') || made.has('epoll_wait'), [...made].join(' '));
  const allowed = allowedCalls();
  // As root, SQLite gives its files to the owner of the database.
  const refused = [...made].filter((name) => !allowed.has(name) && name !== 'fchown');
  assert.deepEqual(refused, []);
});

/** The system calls that the lines `SystemCallFilter=` of the unit allow. */
function allowedCalls(): Set<string> {
  const { stdout } = spawnSync('systemd-analyze', ['syscall-filter'], { encoding: 'utf8' });
  const groups = new Map<string, string[]>();
  for (const block of stdout.split(/^(?=@)/m)) {
    const [name = '', ...lines] = block.split('\n').map((line) => line.trim());
    groups.set(
      name,
      lines.filter((line) => /^@?\w[\w-]*$/.test(line)),
    );
  }
  const calls = (name: string): string[] => groups.get(name)?.flatMap(calls) ?? [name];
  const filters = readFileSync(unit, 'utf8').matchAll(/^SystemCallFilter=(~?)(.*)$/gm);
  const allowed = new Set<string>();
  for (const [, not, names = ''] of filters)
    for (const call of names.split(' ').flatMap(calls)) not === '' ? allowed.add(call) : allowed.delete(call);
  return allowed;
}

it('docs/install.md shows the commands of the recipes', () => {
  const page = readFileSync(join(recipes, '../docs/install.md'), 'utf8');
  const oneLine = (text: string) => text.replaceAll(/^# +/gm, '').replaceAll(/\s*\\\n\s*/g, ' ');
  const [, header = ''] =
    /#\n(# {3}docker build .*?)\n#\n/s.exec(readFileSync(join(recipes, 'Dockerfile'), 'utf8')) ?? [];
  for (const command of oneLine(header).split('\n'))
    assert.ok(oneLine(page).includes(`$ ${command}`), command);
  const [, program = ''] = /^ExecStart=(\S+)/m.exec(readFileSync(unit, 'utf8')) ?? [];
  assert.ok(page.includes(`$ ${program} --version`), program);
  const { scripts } = JSON.parse(readFileSync(join(recipes, '../package.json'), 'utf8'));
  for (const [, name = ''] of page.matchAll(/npm run (\w+)/g)) assert.ok(scripts[name], name);
});

it('the health check of the container image tells a service that runs from one that does not', async () => {
  const dockerfile = readFileSync(join(recipes, 'Dockerfile'), 'utf8');
  const [, json = ''] = /^HEALTHCHECK .*\\\n\s+CMD (\[.*\])$/m.exec(dockerfile) ?? [];
  const [, ...args] = JSON.parse(json) as string[];
  const check = (port: number) =>
    spawnSync(
      process.execPath,
      args.map((arg) => arg.replace('7650', String(port))),
    ).status;
  const service = await RunningService.start();
  const { http } = service.ports;
  assert.equal(check(http), 0);
  await service[Symbol.asyncDispose]();
  assert.equal(check(http), 1);
});

it('the container image leaves out the packages that the service does without', () => {
  const dockerfile = readFileSync(join(recipes, 'Dockerfile'), 'utf8');
  const left = Array.from(dockerfile.matchAll(/fairlead-(\w+)-\*\.tgz/g), ([, name]) => name).sort();
  const service = JSON.parse(readFileSync(join(recipes, '../package-lock.json'), 'utf8')).packages;
  const needed = new Set<string>();
  const visit = (name: string) => {
    if (needed.has(name)) return;
    needed.add(name);
    for (const other of Object.keys(service[`packages/${name}`].dependencies ?? {}))
      if (other.startsWith('@fairlead/')) visit(other.slice('@fairlead/'.length));
  };
  visit('cli');
  const all = Object.keys(service).filter((path) => /^packages\/[\w-]+$/.test(path));
  assert.deepEqual(
    left,
    all
      .map((path) => path.slice('packages/'.length))
      .filter((name) => !needed.has(name))
      .sort(),
  );
});
