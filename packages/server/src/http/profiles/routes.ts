import { operations } from '@fairlead/api';
import {
  checkProfile,
  exampleError,
  type ProfileFiles,
  parseProfile,
  profilesErrors,
} from '@fairlead/profiles';
import { storeErrors } from '@fairlead/store';
import { serverLimits } from '../../limits.ts';
import type { Api, ApiContext } from '../context.ts';
import { checkAdds, checkNamesRevision, hasToChange } from '../revision.ts';
import { routeOf } from '../route.ts';
import { profileDetail, profileView } from './views.ts';

export function profileRoutes(api: Api, context: ApiContext): void {
  const { store, gateway, profileScripts } = context;
  const { profiles } = store;
  const revised = (name: string) => ({ kind: 'profile', name, revision: profiles.revision(name) });

  api.route({
    ...routeOf(operations.profiles.list),
    handler: ({ query }) => profiles.list(query).map((profile) => profileView(profile, profiles)),
  });

  api.route({
    ...routeOf(operations.profiles.get),
    handler: ({ params: { name } }) => {
      const history = profiles.versions(name);
      const files = profiles.files(name);
      if (files === undefined) throw storeErrors.error('PROFILE_UNKNOWN', { name });
      const source = history.length > 0 ? ('store' as const) : ('builtin' as const);
      const profile = {
        name,
        source,
        profile: profiles.get(name),
        versions: history.length,
        revision: profiles.revision(name),
      };
      return profileDetail(profile, files, history, profiles);
    },
  });

  api.route({
    ...routeOf(operations.profiles.files),
    handler: ({ params: { name }, query: { content } }) => {
      const files = profiles.files(name, content);
      if (files !== undefined) return { name, files };
      throw content === undefined
        ? storeErrors.error('PROFILE_UNKNOWN', { name })
        : storeErrors.error('PROFILE_VERSION_UNKNOWN', { name, version: content });
    },
  });

  api.route({
    ...routeOf(operations.profiles.put),
    bodyLimit: serverLimits.values.profileBody,
    handler: async ({ params: { name }, body: { files }, headers }) => {
      const isNew = () => profiles.revision(name) === 0;
      if (!isNew()) checkNamesRevision(headers['if-match'], { kind: 'profile', name });
      const definition = parseProfile(files);
      if (definition.name !== name)
        throw profilesErrors.error('PROFILE_FOLDER_INVALID', {
          profile: definition.name,
          file: 'profile.yaml',
          place: '',
          reason: `its name is not the one of the request, which is ${name}`,
        });
      const { examples, failures } = await checkProfile(definition, profileScripts);
      const [failure] = failures;
      if (failure !== undefined) throw exampleError(name, failure);
      // Nothing comes between this look and the change.
      if (isNew()) checkAdds(headers['if-match'], { kind: 'profile', name });
      else
        hasToChange(headers['if-match'], revised(name), () => versionsOf(profiles.files(name) ?? {}, files));
      const { profile, changed } = profiles.put(files);
      if (changed) await gateway.profileChanged(name);
      return {
        name,
        version: definition.version,
        content: profile.content as string,
        changed,
        examples,
        revision: profiles.revision(name),
        devices: profiles.users(name),
      };
    },
  });

  api.route({
    ...routeOf(operations.profiles.remove),
    handler: async ({ params: { name }, headers }, reply) => {
      // One that is not stored is refused by its own code.
      if (profiles.revision(name) !== 0)
        hasToChange(headers['if-match'], revised(name), () => versionToRemove(profiles.files(name) ?? {}));
      profiles.remove(name);
      await gateway.profileChanged(name);
      reply.code(204).send();
    },
  });
}

/** Files that are saved beside those of a request. */
function versionsOf(theirs: ProfileFiles, yours: ProfileFiles) {
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(yours)])].sort();
  return { fields: names.filter((name) => theirs[name] !== yours[name]), theirs, yours };
}

const versionToRemove = (theirs: ProfileFiles) => ({ fields: Object.keys(theirs), theirs, yours: {} });
