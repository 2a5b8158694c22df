/** `fairlead.yaml` as settings, each with its line and column. */
import { readFileSync, statSync } from 'node:fs';
import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';
import { type Setting, settingsOf } from './layers.ts';

/** Reads a small text file. Throws what `fail` makes of the reason, in words. */
export function readSmallFile(file: string, fail: (reason: string) => Error): string {
  const limit = serverLimits.values.configFile;
  let reason: string;
  try {
    const { size } = statSync(file);
    if (size <= limit) return readFileSync(file, 'utf8');
    reason = `its ${size} bytes exceed the limit of ${limit}`;
  } catch (error) {
    reason = reasonOf(error);
  }
  throw fail(reason);
}

/** What the operating system says, in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words: Record<string, string> = {
    ENOENT: 'it does not exist',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of the path is not a folder',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    EEXIST: 'it is there already, and no folder',
  };
  return words[code ?? ''] ?? message;
}

/** Throws CONFIG_UNREADABLE or CONFIG_SYNTAX. @param name the file as messages call it */
export function readConfigFile(file: string, name: string): Setting[] {
  const text = readSmallFile(file, (reason) =>
    serverErrors.error('CONFIG_UNREADABLE', { file: name, reason }),
  );
  return parseConfigText(text, name);
}

export function parseConfigText(text: string, name: string): Setting[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const broken = document.errors[0];
  if (broken !== undefined)
    throw serverErrors.error('CONFIG_SYNTAX', { where: at(broken.pos[0]), reason: broken.message });

  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    // An alias without its anchor, or too many of them.
    throw serverErrors.error('CONFIG_SYNTAX', { where: name, reason: (error as Error).message });
  }
  const where = (path: readonly string[]) => at(offsetOf(document.contents, path));
  return [...settingsOf(value, 'file', where)];
}

/** Where the key of `path` begins; of a key that came by an alias, the nearest place above it. */
function offsetOf(contents: Node | null, path: readonly string[]): number {
  let node: unknown = contents;
  let offset = contents?.range?.[0] ?? 0;
  for (const key of path) {
    const pair = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
      : undefined;
    if (pair === undefined) break;
    offset = (pair.key as Node).range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}
