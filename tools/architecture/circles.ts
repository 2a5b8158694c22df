import { dirname, join } from 'node:path';
import type { SourceFile } from './workspace.ts';

/** Each circle of imports once, types included: the paths that lead from its first file back to it. */
export function circles(files: readonly SourceFile[]): string[][] {
  const arrows = new Map(
    files.map(({ path, imports }) => [
      path,
      imports
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => join(dirname(path), specifier)),
    ]),
  );
  const found: string[][] = [];
  const told = new Set<string>();
  for (const path of arrows.keys()) {
    const way = told.has(path) ? undefined : wayBack(path, arrows);
    if (way === undefined) continue;
    found.push(way);
    for (const each of way) told.add(each);
  }
  return found;
}

/** The shortest way from a file to itself. */
function wayBack(start: string, arrows: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const ways: string[][] = [[start]];
  const seen = new Set<string>();
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const next of arrows.get(way.at(-1) as string) ?? []) {
      if (next === start) return way;
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}
