import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cliErrors } from '../catalogue.ts';
import { unwritable } from '../input.ts';
import { version } from '../version.ts';
import { checkout, pack } from './checkout.ts';
import { launcherOf, templates } from './templates.ts';

const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/** The packages that a driver and its test import. */
const NEEDED = ['indi', 'tcp', 'testkit'] as const;
/** The folder of a project for packages that are in no registry. */
const VENDOR = 'vendor';

/**
 * Writes the project into a new folder of that name; answers with its files. A command that runs from a checkout puts
 * the packages that the project needs into it, as no registry has them (`root`; null: it was installed). Rejects with `DRIVER_NAME_INVALID`,
 * `DRIVER_FOLDER_EXISTS`, `DRIVER_PACKAGES_FAILED` or `FILE_UNWRITABLE`.
 */
export async function scaffold(
  name: string,
  where = process.cwd(),
  root: string | null = checkout(),
): Promise<string[]> {
  if (!NAME.test(name)) throw cliErrors.error('DRIVER_NAME_INVALID', { name, but: likely(name) });
  const folder = join(where, name);
  const title = name
    .split('-')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(' ');
  await made(folder, name);
  try {
    const packages = await packagesFrom(root, folder);
    const names = { name, title, className: title.replaceAll(' ', ''), packages };
    const files = templates(names);
    await write(folder, files, launcherOf(names));
    return [...Object.keys(files), ...vendored(packages)];
  } catch (error) {
    // The folder is new. Remove the incomplete project, so that the user can retry.
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function made(folder: string, name: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw cliErrors.error('DRIVER_FOLDER_EXISTS', { name }, error);
    throw unwritable(folder, error);
  }
}

async function write(
  folder: string,
  files: Readonly<Record<string, string>>,
  program: string,
): Promise<void> {
  try {
    for (const [file, text] of Object.entries(files))
      await writeFile(join(folder, file), text, { mode: file === program ? 0o755 : 0o644 });
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/** The dependency entry of each Fairlead package: its version, or the file from which npm installs it. */
async function packagesFrom(root: string | null, folder: string): Promise<Record<string, string>> {
  if (root === null) return Object.fromEntries(NEEDED.map((name) => [`@fairlead/${name}`, version()]));
  const vendor = join(folder, VENDOR);
  await mkdir(vendor);
  const files = await pack(root, NEEDED, vendor);
  return Object.fromEntries([...files].map(([name, file]) => [name, `file:${VENDOR}/${file}`]));
}

function vendored(packages: Readonly<Record<string, string>>): string[] {
  return Object.values(packages)
    .filter((from) => from.startsWith('file:'))
    .map((from) => from.slice('file:'.length));
}

/** A suggestion for a valid name; empty if there is none. */
function likely(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  return NAME.test(words) ? `, but "${words}" is` : '';
}
