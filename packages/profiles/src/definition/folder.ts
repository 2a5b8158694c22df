/** The folder of a profile on disk. */
import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { profilesErrors } from '../catalogue.ts';
import { profilesLimits } from '../limits.ts';

/** The files of a profile by their names: text. */
export type ProfileFiles = Readonly<Record<string, string>>;

/** Names of files that belong to a profile. Others are refused, so that a misspelt name is found. */
export const FILE_NAMES = /^(?:profile\.yaml|README\.md|[a-z][a-z0-9-]{0,30}\.(?:json|ts|js))$/;

/**
 * Reads a folder. Rejects with PROFILE_FOLDER_INVALID: no folder, a file that does not belong to a profile, a symbolic
 * link, a file or a folder that is too large, a file that is not UTF-8.
 */
export async function readProfileFolder(dir: string): Promise<ProfileFiles> {
  const { files: most, file: largest, folder } = profilesLimits.values;
  const profile = basename(resolve(dir));
  const refuse = (file: string, reason: string) =>
    profilesErrors.error('PROFILE_FOLDER_INVALID', { profile, file, place: '', reason });
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    throw refuse(dir, error.code === 'ENOTDIR' ? 'it is not a folder' : `it cannot be read (${error.code})`);
  });
  const visible = names.filter((name) => !name.startsWith('.')).sort();
  if (visible.length > most) throw refuse(dir, `it has ${visible.length} files; at most ${most} are allowed`);
  const files: Record<string, string> = {};
  let total = 0;
  for (const name of visible) {
    const path = join(dir, name);
    const info = await lstat(path);
    if (info.isSymbolicLink()) throw refuse(name, 'it is a symbolic link; a profile has plain files only');
    if (!info.isFile()) throw refuse(name, 'it is not a file; a profile has no folders in it');
    if (!FILE_NAMES.test(name))
      throw refuse(
        name,
        'a profile has profile.yaml, script.ts, examples.json, README.md, other scripts and files of JSON, with names in small letters',
      );
    if (info.size > largest) throw refuse(name, `it has ${info.size} bytes; at most ${largest} are allowed`);
    total += info.size;
    if (total > folder) throw refuse(name, `with it the files have more than ${folder} bytes`);
    files[name] = decoded(await readFile(path), () => refuse(name, 'it is not text in UTF-8'));
  }
  return files;
}

function decoded(bytes: Buffer, refuse: () => Error): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refuse();
  }
}
