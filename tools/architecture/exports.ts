import { dirname, join } from 'node:path';
import type { Package, SourceFile } from './workspace.ts';

/** `export const a`, `export abstract class B`, `export type C`: the name of each declaration that a file exports. */
const DECLARATION =
  /^export (?:(?:declare|abstract|async) )*(?:const|let|function\*?|class|interface|type) (\w+)/gm;

/** For each file, the names that no other file of its package imports; tests count as importers. */
export function unusedExports({ folder, manifest, files }: Package): { path: string; names: string[] }[] {
  const used = importedNames(files);
  const offered = entryFiles(folder, manifest.exports);
  return files
    .filter(({ path, part }) => part === 'src' && !offered.has(path) && !used.get(path)?.has('*'))
    .map(({ path, text }) => ({
      path,
      names: Array.from(text.matchAll(DECLARATION), ([, name]) => name as string).filter(
        (name) => !used.get(path)?.has(name),
      ),
    }))
    .filter(({ names }) => names.length > 0);
}

/** The names that are imported from each file; `*`: all names. */
function importedNames(files: readonly SourceFile[]): Map<string, Set<string>> {
  const used = new Map<string, Set<string>>();
  for (const { path, imports } of files)
    for (const { specifier, names } of imports) {
      if (!specifier.startsWith('.')) continue;
      const target = join(dirname(path), specifier);
      const already = used.get(target) ?? new Set();
      used.set(target, already);
      for (const name of names) already.add(name.replace(/^type /, '').replace(/ as .*$/, ''));
    }
  return used;
}

/** The files behind the `exports` of package.json. Other packages import what they export. */
function entryFiles(folder: string, exports: unknown): Set<string> {
  const targets = Object.values((exports ?? {}) as Record<string, { 'fairlead-source'?: string }>);
  return new Set(targets.map((target) => join(folder, target['fairlead-source'] ?? '')));
}
