import {
  Explainer,
  type LinkTerms,
  type ProfileDefinition,
  ProfileLink,
  readParameters,
} from '@fairlead/profiles';
import type { Sandbox } from '@fairlead/sandbox';
import { readInput } from '../input.ts';
import { parametersOf } from '../parameters.ts';
import type { Terminal } from '../terminal.ts';
import type { DeviceOptions } from './device-options.ts';
import { findProfile } from './find.ts';

/**
 * A link of the profile that a person names, to a device that is set up so. Rejects as {@link findProfile} does, with
 * PARAMETER_INVALID, PARAMETERS_INVALID or FILE_UNREADABLE, or with the error of the script.
 */
export async function openLink(
  nameOrFolder: string,
  options: DeviceOptions & Pick<LinkTerms, 'known'> & { readonly explain?: boolean | undefined },
  terminal: Terminal,
  scripts: Sandbox,
): Promise<ProfileLink> {
  const profile = await findProfile(nameOrFolder);
  const terms = { ...(await linkTerms(profile, options, terminal)), known: options.known };
  const script = profile.script === undefined ? undefined : await scripts.load(profile.script);
  if (!options.explain) return new ProfileLink(profile, script, terms);
  const trial =
    profile.script === undefined ? undefined : await scripts.load(profile.script, { trial: true });
  const explainer = new Explainer(profile, trial);
  return new ProfileLink(profile, script, { ...terms, explain: (seen) => explainer.explain(seen) });
}

/** How the options set up a device. Rejects with PARAMETER_INVALID, PARAMETERS_INVALID or FILE_UNREADABLE. */
export async function linkTerms(
  profile: ProfileDefinition,
  options: DeviceOptions,
  terminal: Terminal,
): Promise<LinkTerms> {
  const { secretFile } = options;
  const secret =
    secretFile === undefined ? undefined : (await readInput(secretFile, terminal)).replace(/\r?\n$/, '');
  const parameters = readParameters(profile, (await parametersOf(options, terminal)) ?? {});
  return { parameters, secret };
}
