/** Profiles as the store keeps them: what a folder means, and the folders that come with Fairlead. */
import {
  builtinFolder,
  builtinNames,
  defaultsOf,
  type ProfileDefinition,
  type ProfileFiles,
  parseProfile,
  readProfileFolder,
} from '@fairlead/profiles';
import type { ProfileReader, ProfileTerms } from '@fairlead/store';

/** Reads all folders that come with Fairlead: there are some dozens, and a look-up of a device must not wait for a disk. */
export async function openProfiles(): Promise<ProfileReader> {
  const builtin = new Map<string, ProfileFiles>();
  for (const name of await builtinNames())
    builtin.set(name, await readProfileFolder(await builtinFolder(name)));
  const names = [...builtin.keys()];
  return {
    parse: (files) => termsOf(parseProfile(files)),
    builtin: { names: () => names, read: (name) => builtin.get(name) },
  };
}

function termsOf(profile: ProfileDefinition): ProfileTerms & { readonly name: string } {
  const { name, title, version, direction, framing, requests, detect, identity } = profile;
  const { replies, secret, parameters, heartbeat, idle, rate, poll, downlinks, script } = profile;
  const types = Object.entries(parameters).map(([parameter, { type }]) => [parameter, type] as const);
  return {
    name,
    title,
    version,
    direction,
    framing,
    requests,
    detect,
    identity,
    uplink: script,
    authReply: replies.auth,
    ack: replies.ack,
    heartbeatEcho: replies.heartbeatEcho,
    secret,
    parameters: defaultsOf(parameters),
    parameterTypes: Object.fromEntries(types),
    heartbeat,
    idle,
    rate,
    poll,
    downlinks,
  };
}
