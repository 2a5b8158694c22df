import { dirname, join } from 'node:path';
import type { SourceFile } from './workspace.ts';

/** The import graph, types included. */
export type Arrows = ReadonlyMap<string, ReadonlySet<string>>;

export function arrowsOfFiles(files: readonly SourceFile[]): Arrows {
  return arrows(files, (path) => path);
}

/** The imports between the folders and files directly below `above`. */
export function arrowsOfFolders(files: readonly SourceFile[], above: string): Arrows {
  return arrows(files, (path) => join(above, path.slice(above.length + 1).split('/')[0] as string));
}

function arrows(files: readonly SourceFile[], nameOf: (path: string) => string): Arrows {
  const found = new Map<string, Set<string>>();
  for (const { path, imports } of files) {
    const name = nameOf(path);
    const to = found.get(name) ?? new Set();
    found.set(name, to);
    for (const { specifier } of imports) {
      const target = nameOf(join(dirname(path), specifier));
      if (specifier.startsWith('.') && target !== name) to.add(target);
    }
  }
  return found;
}

/** Each cycle once, as the path from its first node back to that node. */
export function circles(arrows: Arrows): string[][] {
  const found: string[][] = [];
  const told = new Set<string>();
  for (const start of arrows.keys()) {
    const way = told.has(start) ? undefined : wayBack(start, arrows);
    if (way === undefined) continue;
    found.push(way);
    for (const each of way) told.add(each);
  }
  return found;
}

/** The shortest path from a node to itself. */
function wayBack(start: string, arrows: Arrows): string[] | undefined {
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
