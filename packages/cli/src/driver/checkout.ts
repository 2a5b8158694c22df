import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cliErrors } from '../catalogue.ts';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  exports: Record<string, Record<string, string>>;
}

const SCOPE = '@fairlead/';
/** The condition that leads to sources, which Node does not run in `node_modules`. */
const SOURCE = 'fairlead-source';
const PACK = ['--ignore-scripts', '--silent'] as const;
const LEFT_OUT = /[/\\](?:node_modules|dist|test|vectors)$/;

/**
 * The checkout that this command runs from, whose packages are in no registry yet. null: the command was installed.
 */
export function checkout(): string | null {
  const root = fileURLToPath(new URL('../../../..', import.meta.url));
  const here = fileURLToPath(import.meta.url);
  return here.endsWith('.ts') && existsSync(join(root, 'packages', 'cli')) ? root : null;
}

/**
 * Packs packages of a checkout, and those of Fairlead that they need, as files that npm installs.
 * Rejects with `DRIVER_PACKAGES_FAILED`.
 *
 * @param names such as `indi`
 * @param folder where the files are put; it must exist
 * @returns the file of each package by its full name
 */
export async function pack(
  root: string,
  names: readonly string[],
  folder: string,
): Promise<Map<string, string>> {
  // From a copy, so that no build is left among the sources.
  const copy = await mkdtemp(join(tmpdir(), 'fairlead-pack-'));
  try {
    await cp(join(root, 'tsconfig.json'), join(copy, 'tsconfig.json'));
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    const all = await closure(root, names);
    const places = await Promise.all(all.map((name) => build(root, copy, name)));
    const printed = await run(copy, 'npm', 'pack', ...PACK, '--pack-destination', folder, ...places);
    const files = printed.trim().split('\n');
    return new Map(all.map((name, i) => [SCOPE + name, files[i] as string]));
  } catch (error) {
    throw cliErrors.error('DRIVER_PACKAGES_FAILED', { root, reason: (error as Error).message }, error);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The packages and what they need of Fairlead. */
async function closure(root: string, names: readonly string[]): Promise<string[]> {
  const all = new Set(names);
  for (const name of all) {
    const { dependencies = {} } = await manifestOf(join(root, 'packages', name));
    for (const needed of Object.keys(dependencies))
      if (needed.startsWith(SCOPE)) all.add(needed.slice(SCOPE.length));
  }
  return [...all];
}

/** Builds a copy of a package; answers with its folder. */
async function build(root: string, copy: string, name: string): Promise<string> {
  const place = join(copy, 'packages', name);
  await cp(join(root, 'packages', name), place, {
    recursive: true,
    filter: (from) => !LEFT_OUT.test(from),
  });
  // What is in a checkout was checked there; to check it again would take ten times as long.
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(place, process.execPath, compiler, '-p', 'tsconfig.build.json', '--noCheck');
  const manifest = await manifestOf(place);
  // A command that runs from sources would look for the sources of what is installed, too.
  for (const entry of Object.values(manifest.exports)) delete entry[SOURCE];
  await writeFile(join(place, 'package.json'), JSON.stringify(manifest, null, 2));
  return place;
}

/** What a program printed. Rejects with what it complained about. */
async function run(cwd: string, program: string, ...args: string[]): Promise<string> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [printed, complaint] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status === 0) return printed;
  const words = (complaint || printed).trim().split('\n').slice(-3).join(' ').replace(/\.$/, '');
  throw new Error(`"${basename(program)} ${args[0]}" failed: ${words || `exit status ${status}`}`);
}
