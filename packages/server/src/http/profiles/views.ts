/** How profiles are shown. */
import type { ProfileDetail, ProfileView } from '@fairlead/api';
import { type ProfileFiles, parseProfile } from '@fairlead/profiles';
import type { NamedProfile, ProfileVersion, StoreProfiles } from '@fairlead/store';
import { iso } from '../context.ts';

export function profileView(
  { name, source, profile, versions, revision }: NamedProfile,
  store: StoreProfiles,
): ProfileView {
  return {
    name,
    title: profile?.title,
    source,
    version: profile?.version,
    direction: profile?.direction,
    identity: profile?.identity?.by,
    devices: store.users(name),
    versions,
    revision,
  };
}

export function profileDetail(
  profile: NamedProfile,
  files: ProfileFiles,
  history: readonly ProfileVersion[],
  store: StoreProfiles,
): ProfileDetail {
  const summary = profileView(profile, store);
  const shownHistory = history.map(({ createdAt, ...version }) => ({
    ...version,
    createdAt: iso(createdAt),
  }));
  // One that can no longer be read is shown all the same, so that it can be replaced.
  if (profile.profile === undefined) return { ...summary, history: shownHistory };
  const { makers, models, source, framing, secret, parameters, fields, commands } = parseProfile(files);
  return {
    ...summary,
    makers,
    models,
    sources: source,
    framing,
    secret,
    parameters,
    fields,
    commands,
    history: shownHistory,
  };
}
