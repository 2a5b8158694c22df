import { type LinkTerms, ProfileLink, type ProfileScripts } from '@fairlead/profiles';
import { findProfile } from './find.ts';

/** A link of the profile that a person names. Rejects as {@link findProfile} does, or with the error of the script. */
export async function openLink(
  nameOrFolder: string,
  scripts: ProfileScripts,
  terms: LinkTerms,
): Promise<ProfileLink> {
  const profile = await findProfile(nameOrFolder);
  const script = profile.script === undefined ? undefined : await scripts.load(profile.script);
  return new ProfileLink(profile, script, terms);
}
