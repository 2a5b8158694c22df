import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cliErrors } from '../catalogue.ts';
import { unwritable } from '../input.ts';
import { version } from '../version.ts';
import { launcherOf, templates } from './templates.ts';

const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/**
 * Writes the project into a new folder of that name; answers with its files. Rejects with `DRIVER_NAME_INVALID`,
 * `DRIVER_FOLDER_EXISTS` or `FILE_UNWRITABLE`.
 */
export async function scaffold(name: string, where = process.cwd()): Promise<string[]> {
  if (!NAME.test(name)) throw cliErrors.error('DRIVER_NAME_INVALID', { name, but: likely(name) });
  const folder = join(where, name);
  const title = name
    .split('-')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(' ');
  const names = { name, title, className: title.replaceAll(' ', ''), version: version() };
  const files = templates(names);
  try {
    await mkdir(folder);
    for (const [file, text] of Object.entries(files))
      await writeFile(join(folder, file), text, { mode: file === launcherOf(names) ? 0o755 : 0o644 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw cliErrors.error('DRIVER_FOLDER_EXISTS', { name }, error);
    throw unwritable(folder, error);
  }
  return Object.keys(files);
}

/** The name that was probably meant, in words; nothing where there is none. */
function likely(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  return NAME.test(words) ? `, but "${words}" can` : '';
}
