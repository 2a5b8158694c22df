import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Import, importsOf } from './imports.ts';

export interface Manifest {
  readonly name: string;
  readonly license?: string | { readonly type: string };
  readonly exports?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const PARTS = ['src', 'test', 'builtin'] as const;
type Part = (typeof PARTS)[number];

export interface SourceFile {
  /** Relative to the root of the repository: `packages/tcp/src/index.ts`. */
  readonly path: string;
  /** `builtin`: scripts of profiles. */
  readonly part: Part;
  readonly text: string;
  readonly imports: readonly Import[];
}

export interface Package {
  /** Without the scope: `tcp`. */
  readonly name: string;
  readonly folder: string;
  readonly manifest: Manifest;
  readonly files: readonly SourceFile[];
}

export const SCOPE = '@fairlead/';

/** Reads the packages of the repository from disk. */
export function readWorkspace(root: string): Package[] {
  return globSync('packages/*', { cwd: root })
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .sort()
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;
      const files = PARTS.flatMap((part) =>
        globSync(`${folder}/${part}/**/*.{ts,tsx}`, { cwd: root })
          .sort()
          .map((path) => sourceFile(path, part, readFileSync(join(root, path), 'utf8'))),
      );
      return { name: manifest.name.replace(SCOPE, ''), folder, manifest, files };
    });
}

export function sourceFile(path: string, part: Part, text: string): SourceFile {
  return { path, part, text, imports: importsOf(text) };
}
