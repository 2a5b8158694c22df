import { globSync } from 'node:fs';
import { matchesGlob } from 'node:path';

/** Where test files are, from the root of the repository. */
const places = [
  'packages/*/test/**/*.test.ts',
  'tools/**/*.test.ts',
  'examples/**/*.test.ts',
  'e2e/**/*.test.ts',
];

/**
 * The test files, sorted.
 * @param patterns parts of a path, or globs; a file that fits one of them is in. Without any all are.
 */
export function testFiles(root: string, patterns: readonly string[] = []): string[] {
  const all = globSync(places, { cwd: root, exclude: (path) => path.endsWith('node_modules') }).sort();
  if (patterns.length === 0) return all;
  return all.filter((file) =>
    patterns.some((pattern) => file.includes(pattern) || matchesGlob(file, pattern)),
  );
}
