import { globSync } from 'node:fs';
import { matchesGlob } from 'node:path';

/** The folders with test files, relative to the root of the repository. */
const places = [
  'packages/*/test/**/*.test.ts',
  'tools/**/*.test.ts',
  'examples/**/*.test.ts',
  'e2e/**/*.test.ts',
];

/**
 * The test files, sorted.
 * @param patterns parts of a path, or globs. A file that matches any of them is included. Without patterns, all files are included.
 */
export function testFiles(root: string, patterns: readonly string[] = []): string[] {
  const all = globSync(places, { cwd: root, exclude: (path) => path.endsWith('node_modules') }).sort();
  if (patterns.length === 0) return all;
  return all.filter((file) =>
    patterns.some((pattern) => file.includes(pattern) || matchesGlob(file, pattern)),
  );
}
