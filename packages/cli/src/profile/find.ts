import { stat } from 'node:fs/promises';
import { builtinProfile, type ProfileDefinition, parseProfile, readProfileFolder } from '@fairlead/profiles';

/**
 * The profile that a person names: one of the catalogue, or a folder. A text with a slash or a dot is a folder.
 * Rejects with PROFILE_NOT_FOUND or PROFILE_FOLDER_INVALID.
 */
export async function findProfile(nameOrFolder: string): Promise<ProfileDefinition> {
  const isFolder = /[/\\.]/.test(nameOrFolder) || (await holdsProfile(nameOrFolder));
  return isFolder ? parseProfile(await readProfileFolder(nameOrFolder)) : builtinProfile(nameOrFolder);
}

async function holdsProfile(folder: string): Promise<boolean> {
  const info = await stat(`${folder}/profile.yaml`).catch(() => undefined);
  return info?.isFile() === true;
}
