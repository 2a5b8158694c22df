/** Profiles: how kinds of devices are framed, known and decoded. */
import { z } from 'zod';
import { named, nothing, pageSize, revision, time } from '../fields.ts';
import { API_BASE, operation } from '../operation.ts';

const tag = 'profiles';
const path = `${API_BASE}/profiles` as const;
const profileParams = z.strictObject({ name: z.string().describe('Name of the profile.') });

const content = z.string().describe('Hash of the files of the version, in hexadecimal.');
const files = z
  .record(z.string(), z.string())
  .describe('The text of each file of the folder by its name: profile.yaml, script.ts, examples.json, …');

const profileSchema = named(
  'Profile',
  z.object({
    name: z.string(),
    title: z.string().optional(),
    source: z.enum(['store', 'builtin']).describe('builtin: it comes with Fairlead.'),
    version: z.string().optional().describe('As its author counts. Absent if the profile cannot be used.'),
    direction: z.enum(['listens', 'dials']).optional().describe('dials: Fairlead connects to the devices.'),
    identity: z
      .enum(['token', 'match', 'script', 'none'])
      .optional()
      .describe('How a device is known: by a token, a field of its frames, or its script.'),
    devices: z.int().describe('Devices that refer to it.'),
    versions: z.int().describe('Versions that are kept; 0 for a builtin one.'),
    revision: revision.describe('Number of the latest change; 0 for a builtin one.'),
  }),
);
export type ProfileView = z.output<typeof profileSchema>;

const versionSchema = named(
  'ProfileVersion',
  z.object({ number: z.int().describe('The highest is used.'), content, createdAt: time }),
);

const profileDetailSchema = named(
  'ProfileDetail',
  profileSchema.extend({
    makers: z.array(z.string()).optional(),
    models: z.array(z.string()).optional(),
    sources: z.array(z.string()).optional().describe('Where the facts come from.'),
    framing: z.string().optional(),
    secret: z.enum(['none', 'optional', 'required']).optional(),
    parameters: z
      .record(z.string(), z.object({ type: z.string(), default: z.unknown().optional(), about: z.string() }))
      .optional(),
    fields: z
      .record(z.string(), z.object({ unit: z.string().optional(), about: z.string() }))
      .optional()
      .describe('What it yields beyond the common vocabulary.'),
    commands: z
      .record(z.string(), z.object({ about: z.string(), example: z.unknown().optional() }))
      .optional(),
    history: z.array(versionSchema).describe('The versions that are kept, the newest first.'),
  }),
);
export type ProfileDetail = z.output<typeof profileDetailSchema>;

const filesSchema = named('ProfileFiles', z.object({ name: z.string(), files }));

const putSchema = named('ProfileUpload', z.strictObject({ files }));

const putResultSchema = named(
  'ProfileStored',
  z.object({
    name: z.string(),
    version: z.string(),
    content,
    changed: z.boolean().describe('False: these files are in use already.'),
    examples: z.int().describe('Examples that were run; all of them passed.'),
    revision,
    devices: z.int().describe('Devices that use it from now on.'),
  }),
);
export type ProfileStored = z.output<typeof putResultSchema>;

export const profiles = {
  list: operation({
    id: 'listProfiles',
    method: 'GET',
    path,
    tag,
    scope: 'read',
    summary: 'List profiles, by name: stored ones and those that come with Fairlead',
    query: z.strictObject({
      limit: pageSize.describe('Most profiles in the answer.'),
      after: z.string().optional().describe('Only names after this one: the last of the page before.'),
    }),
    response: { 200: z.array(profileSchema) },
    problems: [400],
  }),
  get: operation({
    id: 'getProfile',
    method: 'GET',
    path: `${path}/:name`,
    tag,
    scope: 'read',
    summary: 'Show a profile',
    params: profileParams,
    response: { 200: profileDetailSchema },
    problems: [404],
  }),
  files: operation({
    id: 'getProfileFiles',
    method: 'GET',
    path: `${path}/:name/files`,
    tag,
    scope: 'read',
    summary: 'The files of a profile',
    params: profileParams,
    query: z.strictObject({
      content: z
        .string()
        .regex(/^[0-9a-f]{64}$/, 'expected the hash of a version: 64 hexadecimal digits')
        .optional()
        .describe('Of which version. By default the one in use.'),
    }),
    response: { 200: filesSchema },
    problems: [400, 404],
  }),
  put: operation({
    id: 'putProfile',
    method: 'PUT',
    path: `${path}/:name`,
    tag,
    scope: 'admin',
    summary: 'Add a profile, or a version of one',
    description:
      'The examples run first, in the sandbox; a profile with an example that fails is refused, with the field that differs. Devices that use the profile have the new version with their next frame; their links are closed only where framing or identity changed.',
    params: profileParams,
    revised: 'replace',
    body: putSchema,
    response: { 200: putResultSchema },
    problems: [400, 422, 503],
  }),
  remove: operation({
    id: 'removeProfile',
    method: 'DELETE',
    path: `${path}/:name`,
    tag,
    scope: 'admin',
    summary: 'Remove a stored profile with all its versions',
    description: 'If a profile of this name comes with Fairlead, the devices use that one from then on.',
    params: profileParams,
    revised: 'always',
    response: { 204: nothing('Removed.') },
    problems: [404, 409],
  }),
};
