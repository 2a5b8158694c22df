import { hash } from 'node:crypto';
import type { Fail } from '../check.ts';
import { storeLimits } from '../limits.ts';
import type { ProfileFiles } from '../types.ts';

/** A file directly in the folder: no path, no hidden file. */
const FILE = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

/** The files of a folder, in the order of their names. The reader of profiles interprets them. */
export function checkFiles(files: unknown, fail: Fail): ProfileFiles {
  const { profileFiles, profileSize } = storeLimits.values;
  if (typeof files !== 'object' || files === null || Array.isArray(files))
    throw fail('files', 'an object is expected: the text of each file by its name');
  const names = Object.keys(files).sort();
  if (names.length > profileFiles)
    throw fail('files', `there are ${names.length}, the limit is ${profileFiles}`);
  let size = 0;
  const checked: [string, string][] = names.map((name) => {
    const text = (files as Record<string, unknown>)[name];
    if (!FILE.test(name))
      throw fail('files', 'the name of a file has 1 to 64 letters, digits, "_", "." and "-"');
    if (typeof text !== 'string') throw fail(name, 'the text of the file is expected');
    size += text.length;
    if (size > profileSize) throw fail(name, `the files together are longer than ${profileSize} characters`);
    return [name, text];
  });
  return Object.fromEntries(checked);
}

export function hashFiles(files: ProfileFiles): Buffer {
  return hash('sha256', JSON.stringify(files), 'buffer');
}
