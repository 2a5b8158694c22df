import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { builtinProfile, type ProfileDefinition, parseProfile, readProfileFolder } from '@fairlead/profiles';

/**
 * The profile that a person names: one of the catalogue, or a folder. A text with a slash or a dot is a folder.
 * Rejects with PROFILE_NOT_FOUND or PROFILE_FOLDER_INVALID.
 */
export async function findProfile(nameOrFolder: string): Promise<ProfileDefinition> {
  const isFolder = /[/\\.]/.test(nameOrFolder) || (await holdsProfile(nameOrFolder));
  if (!isFolder) return builtinProfile(nameOrFolder);
  return parseProfile(await readProfileFolder(nameOrFolder), basename(resolve(nameOrFolder)));
}

async function holdsProfile(folder: string): Promise<boolean> {
  const info = await stat(`${folder}/profile.yaml`).catch(() => undefined);
  return info?.isFile() === true;
}
