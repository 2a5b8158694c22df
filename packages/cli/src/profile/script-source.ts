import { basename, dirname, join } from 'node:path';
import { isFairleadError } from '@fairlead/core';
import { joinScriptFiles, sandboxLimits } from '@fairlead/sandbox';
import { readInput } from '../input.ts';
import type { Terminal } from '../terminal.ts';

const IMPORT = /['"]\.\/([A-Za-z0-9][A-Za-z0-9_-]{0,30}\.[jt]s)['"]/g;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,30}\.[jt]s$/;

/** The source of a script: the file, and those beside it that it names. Rejects as `readInput` does. */
export async function readScript(path: string, terminal: Terminal): Promise<string> {
  const source = await readInput(path, terminal);
  const main = NAME.test(basename(path)) ? basename(path) : 'script.ts';
  const files = new Map([[main, source]]);
  // A map yields what is added while it is walked.
  for (const text of files.values())
    for (const [, name = ''] of text.matchAll(IMPORT)) {
      if (files.has(name) || files.size >= sandboxLimits.values.scriptFiles) continue;
      const found = await textOf(join(dirname(path), name), terminal);
      if (found !== undefined) files.set(name, found);
    }
  return joinScriptFiles(main, Object.fromEntries(files));
}

/** Undefined: the file cannot be read; who loads the script says which one is missing. */
async function textOf(path: string, terminal: Terminal): Promise<string | undefined> {
  try {
    return await readInput(path, terminal);
  } catch (error) {
    if (isFairleadError(error) && error.code === 'FILE_UNREADABLE') return undefined;
    throw error;
  }
}
