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
/** The condition that selects sources. Node does not run TypeScript in `node_modules`. */
const SOURCE = 'fairlead-source';
const PACK = ['--ignore-scripts', '--silent'] as const;
const LEFT_OUT = /[/\\](?:node_modules|dist|test|vectors)$/;

/**
 * The source checkout of this command, whose packages are in no registry yet; null if the command was installed.
 */
export function checkout(): string | null {
  const root = fileURLToPath(new URL('../../../..', import.meta.url));
  const here = fileURLToPath(import.meta.url);
  return here.endsWith('.ts') && existsSync(join(root, 'packages', 'cli')) ? root : null;
}

/**
 * Packs packages of a checkout, and the Fairlead packages that they need, as files that npm can install.
 * Rejects with `DRIVER_PACKAGES_FAILED`.
 *
 * @param names such as `indi`
 * @param folder the target folder; it must exist
 * @returns the file of each package by its full name
 */
export async function pack(
  root: string,
  names: readonly string[],
  folder: string,
): Promise<Map<string, string>> {
  // Build in a copy, so that the sources stay free of build output.
  const copy = await mkdtemp(join(tmpdir(), 'fairlead-pack-'));
  try {
    for (const settings of ['tsconfig.json', 'tsconfig.build.json'])
      await cp(join(root, settings), join(copy, settings));
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    const all = await closure(root, names);
    const places = await Promise.all(all.map((name) => build(root, copy, name)));
    const printed = await run(copy, 'npm', 'pack', ...PACK, '--pack-destination', folder, ...places);
    const files = printed.trim().split('\n');
    return new Map(all.map((name, i) => [SCOPE + name, files[i] as string]));
  } catch (error) {
    throw cliErrors.error('DRIVER_PACKAGES_FAILED', { root, reason: (error as Error).message }, error);
  } finally {
    // Where one build has failed, the others may still write.
    await rm(copy, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** The packages and the Fairlead packages that they need. */
async function closure(root: string, names: readonly string[]): Promise<string[]> {
  const all = new Set(names);
  for (const name of all) {
    const { dependencies = {} } = await manifestOf(join(root, 'packages', name));
    for (const needed of Object.keys(dependencies))
      if (needed.startsWith(SCOPE)) all.add(needed.slice(SCOPE.length));
  }
  return [...all];
}

/** Builds a copy of a package and returns its folder. */
async function build(root: string, copy: string, name: string): Promise<string> {
  const place = join(copy, 'packages', name);
  await cp(join(root, 'packages', name), place, {
    recursive: true,
    filter: (from) => !LEFT_OUT.test(from),
  });
  // The types were already checked in the checkout. Another check would take ten times as long.
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await run(place, process.execPath, compiler, '-p', 'tsconfig.build.json', '--noCheck');
  const manifest = await manifestOf(place);
  // Otherwise a command that runs from sources would also look for the sources of installed packages.
  for (const entry of Object.values(manifest.exports)) delete entry[SOURCE];
  await writeFile(join(place, 'package.json'), JSON.stringify(manifest, null, 2));
  return place;
}

/** The output of a program. Rejects with its error output. */
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
