/** Profiles of a running service. */
import { basename, resolve } from 'node:path';
import type { ApiClient, ProfileDetail, ProfileView } from '@fairlead/api';
import { isFairleadError } from '@fairlead/core';
import { type ProfileFiles, parseProfile, readProfileFolder } from '@fairlead/profiles';
import { Option } from 'commander';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { cliLimits } from '../limits.ts';
import type { Printer } from '../output/printer.ts';
import { type ForceOption, forceOption, revisionFor } from '../revision.ts';
import { forEachName } from '../several.ts';
import { relative } from './device-text.ts';

export interface ServiceOption {
  readonly service?: boolean;
}

export function serviceOption(): Option {
  return new Option('--service', 'use the profiles of the running service, its own ones included');
}

export function addCommand(context: Context): CliCommand {
  return new CliCommand('add')
    .argument('<folder>', 'folder of a profile')
    .description(
      'Add a profile to the service, or a new version of it. The service runs the examples first; devices use it at once',
    )
    .option(...forceOption)
    .example('fairlead profile add ./my-meter', 'add the profile in the folder my-meter')
    .action(async (folder: string, options: ForceOption, self: CliCommand) => {
      const print = context.printer(self);
      const files = await readProfileFolder(folder);
      const { name } = parseProfile(files, basename(resolve(folder)));
      const api = apiOf(context.terminal);
      const saved = await revisionOf(api, name);
      const stored = await api.profiles.put({
        params: { name },
        revision: saved === undefined ? undefined : options.force ? '*' : saved,
        body: { files: { ...files } },
        extraTime: cliLimits.values.profileExamples,
      });
      const { version, changed, examples, devices } = stored;
      print.show(stored, () => [
        changed
          ? `Added ${name} ${version}: ${examples} examples pass. Devices that use it: ${devices}.`
          : `${name} ${version} is in use already.`,
      ]);
      if (changed && devices === 0 && !print.json)
        print.note(`Register a device: fairlead device add NAME --profile ${name}`);
    });
}

export function removeCommand(context: Context): CliCommand {
  return new CliCommand('rm')
    .argument('<profile...>', 'profile of the service')
    .description('Remove profiles with all their versions from the service')
    .option(...forceOption)
    .example('fairlead profile rm my-meter', 'remove my-meter')
    .action(async (names: string[], options: ForceOption, self: CliCommand) => {
      const api = apiOf(context.terminal);
      await forEachName({
        names,
        print: context.printer(self),
        work: async (name) => {
          const params = { name };
          const revision = await revisionFor(options, () => api.profiles.get({ params }));
          await api.profiles.remove({ params, revision });
          return { name, removed: true };
        },
        line: (name) => `Removed ${name}.`,
      });
    });
}

/** The revision of a stored profile; undefined: none is stored. */
async function revisionOf(api: ApiClient, name: string): Promise<number | undefined> {
  try {
    return (await api.profiles.get({ params: { name } })).revision || undefined;
  } catch (error) {
    if (isFairleadError(error, 'PROFILE_UNKNOWN')) return undefined;
    throw error;
  }
}

/** All pages of the list, each beginning after the last name of the one before. */
export async function allProfiles(api: ApiClient): Promise<ProfileView[]> {
  const profiles: ProfileView[] = [];
  const limit = cliLimits.values.page;
  for (;;) {
    const page = await api.profiles.list({ query: { limit, after: profiles.at(-1)?.name } });
    profiles.push(...page);
    if (page.length < limit) return profiles;
  }
}

/** The files of a profile of the service, whose names lead nowhere else. */
export async function serviceFiles(api: ApiClient, name: string): Promise<ProfileFiles> {
  const { files } = await api.profiles.files({ params: { name } });
  for (const file of Object.keys(files))
    if (basename(file) !== file || file.includes('\\'))
      throw cliErrors.error('FILE_UNWRITABLE', { path: file, reason: 'it is not the name of a file' });
  return files;
}

export function serviceTable(profiles: readonly ProfileView[], print: Printer): string[] {
  return print.table<ProfileView>(
    [
      { head: 'NAME', cell: ({ name }) => name },
      { head: 'TITLE', cell: ({ title }) => title },
      { head: 'DEVICE', cell: ({ direction }) => deviceText(direction) },
      { head: 'IDENTITY', cell: ({ identity }) => identity },
      { head: 'VERSION', cell: ({ version }) => version ?? 'cannot be used' },
      { head: 'FROM', cell: ({ source }) => (source === 'store' ? 'the service' : 'the catalogue') },
      { head: 'DEVICES', cell: ({ devices }) => String(devices), right: true },
    ],
    profiles,
  );
}

export function servicePage(profile: ProfileDetail, print: Printer, now: number): string[] {
  const { name, title, version, source, direction, identity, secret, makers, models, devices } = profile;
  const heading = (text: string) => ['', print.paint.bold(text)];
  const section = (text: string, all: Readonly<Record<string, { readonly about: string }>> = {}) =>
    Object.keys(all).length === 0
      ? []
      : [
          ...heading(text),
          ...print.facts(Object.entries(all).map(([key, { about }]) => [key, about] as const)),
        ];
  return [
    ...print.facts([
      ['name', name],
      ['title', title],
      ['version', version ?? 'cannot be used; see the log of the service'],
      ['from', source === 'store' ? 'the service' : 'the catalogue'],
      ['device', deviceText(direction)],
      ['identity', identity],
      ['secret', secret === 'none' ? undefined : secret],
      ['makers', makers?.join(', ')],
      ['models', models?.join(', ')],
      ['devices', String(devices)],
    ]),
    ...section('Parameters', profile.parameters),
    ...section('Values besides the common ones', profile.fields),
    ...section('Commands', profile.commands),
    ...(profile.sources === undefined ? [] : [...heading('Sources'), ...profile.sources]),
    ...(profile.history.length === 0
      ? []
      : [
          ...heading('Versions'),
          ...profile.history.map(
            ({ number, content, createdAt }) =>
              `${number}  ${content.slice(0, 12)}  ${relative(createdAt, now)}`,
          ),
        ]),
  ];
}

function deviceText(direction: ProfileView['direction']): string | undefined {
  return direction === undefined ? undefined : direction === 'dials' ? 'is dialled' : 'dials in';
}
