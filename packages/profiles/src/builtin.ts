/** The catalogue that comes with Fairlead: one folder for each protocol. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nearest } from '@fairlead/core';
import { profilesErrors } from './catalogue.ts';
import { type ProfileFiles, readProfileFolder } from './definition/folder.ts';
import { type ProfileDefinition, parseProfile } from './definition/parse.ts';

const FOLDER = join(import.meta.dirname, '../builtin');
const TEMPLATE = join(import.meta.dirname, '../template');

/** Names of the builtin profiles, in order. */
export async function builtinNames(): Promise<readonly string[]> {
  const entries = await readdir(FOLDER, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Where the files of a builtin profile are. Rejects with PROFILE_NOT_FOUND. */
export async function builtinFolder(name: string): Promise<string> {
  const names = await builtinNames();
  if (names.includes(name)) return join(FOLDER, name);
  const near = nearest(name, names);
  throw profilesErrors.error('PROFILE_NOT_FOUND', {
    name,
    hint: near === undefined ? '' : ` Did you mean ${near}?`,
  });
}

/** A builtin profile. Rejects with PROFILE_NOT_FOUND. */
export async function builtinProfile(name: string): Promise<ProfileDefinition> {
  return parseProfile(await readProfileFolder(await builtinFolder(name)));
}

/** The files of a new profile: a small protocol whose examples pass, to be changed step by step. */
export async function templateFiles(name: string): Promise<ProfileFiles> {
  const files = await readProfileFolder(TEMPLATE);
  return {
    ...files,
    'profile.yaml': (files['profile.yaml'] as string).replace('name: template', `name: ${name}`),
  };
}
