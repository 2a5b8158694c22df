/**
 * A script of several files as one text, so that it can be stored, hashed and sent as a script of one file can:
 *
 * ```
 * //fairlead-files [["script.ts",81],["frame.ts",40]] \n | text of script.ts, 81 characters | text of frame.ts, 40 characters
 * ```
 * The first file exports the functions. A file imports others as `./frame.ts`; the process of the script links them.
 */

const HEAD = '//fairlead-files ';
/** Most files of a script. */
export const MOST_FILES = 32;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,30}\.[jt]s$/;

/** The text of a script. The same files give the same text. A file alone is its own text. */
export function joinScriptFiles(main: string, files: Readonly<Record<string, string>>): string {
  const others = Object.keys(files)
    .filter((name) => name !== main)
    .sort();
  if (others.length === 0) return files[main] as string;
  const names = [main, ...others];
  const texts = names.map((name) => files[name] as string);
  return `${HEAD}${JSON.stringify(names.map((name, i) => [name, texts[i]?.length]))}\n${texts.join('')}`;
}

/** The files of such a text, the main one first; undefined: the text is a script of one file. Throws a RangeError. */
export function splitScriptFiles(source: string): ReadonlyMap<string, string> | undefined {
  if (!source.startsWith(HEAD)) return undefined;
  const end = source.indexOf('\n');
  const files = new Map<string, string>();
  let at = end + 1;
  for (const [name, length] of listOf(source.slice(HEAD.length, Math.max(end, 0)))) {
    files.set(name, source.slice(at, at + length));
    at += length;
  }
  if (files.size === 0 || files.size > MOST_FILES || at !== source.length) throw broken();
  return files;
}

function listOf(json: string): [name: string, length: number][] {
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    throw broken();
  }
  if (!Array.isArray(list)) throw broken();
  return list.map((item: unknown) => {
    const [name, length] = Array.isArray(item) ? (item as unknown[]) : [];
    if (typeof name !== 'string' || !NAME.test(name)) throw broken();
    if (!Number.isSafeInteger(length) || (length as number) < 0) throw broken();
    return [name, length as number];
  });
}

function broken(): RangeError {
  return new RangeError('its first line is not the list of its files');
}
