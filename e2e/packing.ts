/** The packed packages, projects in which they are installed, and the versions of Node that run them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';

export const root = join(import.meta.dirname, '..');
export const packageNames: readonly string[] = readdirSync(join(root, 'packages')).sort();
/** Packages that run without the service, on Node 22 too. */
export const libraries = ['core', 'tcp', 'messaging', 'indi'] as const;
/** The supported versions of Node. */
export const nodeVersions = ['22', '24', '26'] as const;

const workspaceBin = join(root, 'node_modules/.bin');
const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...environment } = process.env;

export interface RunOptions {
  /** Folder that comes first on the PATH. */
  readonly bin?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end and returns what it printed. */
export function run(
  cwd: string,
  [program = '', ...args]: readonly string[],
  options: RunOptions = {},
): string {
  const env = { ...environment, ...options.env, PATH: pathWith(options.bin ?? workspaceBin) };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8' });
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

export function pathWith(bin: string): string {
  return `${bin}${delimiter}${environment.PATH}`;
}

/** The manifest of a package of this repository, or of one that is installed in it. */
// biome-ignore lint/suspicious/noExplicitAny: a wrong shape fails the test
export function manifestOf(folder: string): any {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

/** The packages of this repository that a package needs, and itself. */
export function closureOf(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const other of Object.keys(manifestOf(`packages/${name}`).dependencies ?? {}))
    if (other.startsWith('@fairlead/')) closureOf(other.slice('@fairlead/'.length), found);
  return found;
}

/** A temporary folder for tarballs and projects. A whole run of the tests packs the packages once, for all files. */
export class PackedPackages implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'fairlead-packages-'));
  readonly #tarballs: readonly string[];

  constructor(names: Iterable<string>) {
    const { PACKED_PACKAGES: shared } = process.env;
    if (shared !== undefined) this.#tarballs = readdirSync(shared).map((file) => join(shared, file));
    else {
      const packing = ['node', 'tools/packing/pack.ts', join(this.folder, 'packed'), ...names];
      this.#tarballs = run(root, packing).trim().split('\n');
    }
  }

  tarball(name: string): string {
    const found = this.#tarballs.find((path) => basename(path).startsWith(`fairlead-${name}-`));
    assert.ok(found, name);
    return found;
  }

  /** A new folder, into which npm installs the packed packages and others. */
  project(name: string, packed: Iterable<string>, others: readonly string[] = [], bin?: string): string {
    const cwd = join(this.folder, name);
    // Without install scripts: nothing may need a compiler, and users may have disabled scripts.
    const options = [
      '--prefix',
      cwd,
      '--ignore-scripts',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--silent',
    ];
    const tarballs = Array.from(packed, (each) => this.tarball(each));
    run(
      this.folder,
      ['npm', 'install', ...options, ...tarballs, ...others],
      bin === undefined ? {} : { bin },
    );
    const file = join(cwd, 'package.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), type: 'module' }));
    return cwd;
  }

  /** The folder of a Node: the one that runs the tests, or the newest of a version, which is installed on the first call. */
  bin(version: string): string {
    if (process.version.startsWith(`v${version}.`)) return dirname(process.execPath);
    const node = `node-${process.platform}-${process.arch}`;
    const name = `node-${version}`;
    if (!existsSync(join(this.folder, name))) this.project(name, [], [`${node}@${version}`]);
    return join(this.folder, name, 'node_modules', node, 'bin');
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The version in this repository, in npm's form: `zod@4.6.7`. */
export function pinned(name: string): string {
  return `${name}@${manifestOf(`node_modules/${name}`).version}`;
}

/** The compiler options of a strict project. */
export const strictest = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  skipLibCheck: false,
  module: 'nodenext',
  target: 'es2023',
  types: ['node'],
} as const;
