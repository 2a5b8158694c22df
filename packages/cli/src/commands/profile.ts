import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { nearest } from '@fairlead/core';
import {
  builtinFolder,
  builtinNames,
  builtinProfile,
  type CheckedProfile,
  checkProfile,
  exampleError,
  type ProfileDefinition,
  type ProfileFiles,
  parseProfile,
  readProfileFolder,
  templateFiles,
  vocabulary,
} from '@fairlead/profiles';
import { cliErrors } from '../catalogue.ts';
import { CliCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { apiOf } from '../http/api.ts';
import { unwritable } from '../input.ts';
import { ListCommand } from '../list-command.ts';
import type { Printer } from '../output/printer.ts';
import { findProfile } from '../profile/find.ts';
import { withScripts } from '../profile/scripts.ts';
import {
  addCommand,
  allProfiles,
  removeCommand,
  type ServiceOption,
  serviceFiles,
  serviceOption,
  servicePage,
  serviceTable,
} from './profile-service.ts';

/** How many differences are shown as text. */
const SHOWN = 20;

export function profileCommand(context: Context): CliCommand {
  const group = new CliCommand('profile');
  for (const command of [
    listCommand(context),
    showCommand(context),
    newCommand(context),
    checkCommand(context),
    exportCommand(context),
    addCommand(context),
    removeCommand(context),
  ])
    group.addCommand(command);
  return group;
}

function listCommand(context: Context): CliCommand {
  return new ListCommand('ls', context)
    .description('List the profiles of the catalogue')
    .addOption(serviceOption())
    .example('fairlead profile ls', 'show which protocols Fairlead knows')
    .example(
      'fairlead profile ls --service',
      'show which profiles the service has, and how many devices use them',
    )
    .action(async ({ service }: ServiceOption, self: CliCommand) => {
      const print = context.printer(self);
      if (service) {
        const stored = await allProfiles(apiOf(context.terminal));
        return print.show(stored, () => serviceTable(stored, print));
      }
      const profiles = await Promise.all((await builtinNames()).map(builtinProfile));
      print.show(profiles.map(summaryOf), () =>
        print.table<ProfileDefinition>(
          [
            { head: 'NAME', cell: ({ name }) => name },
            { head: 'DEVICE', cell: ({ direction }) => (direction === 'dials' ? 'is dialled' : 'dials in') },
            { head: 'IDENTITY', cell: ({ identity }) => identity.by },
            { head: 'VERSION', cell: ({ version }) => version },
            { head: 'TITLE', cell: ({ title }) => title },
          ],
          profiles,
        ),
      );
    });
}

function showCommand(context: Context): CliCommand {
  return new CliCommand('show')
    .argument('<profile>', 'a profile of the catalogue, or a folder such as ./my-meter')
    .description('Show what a profile says: makers, parameters, values, commands, sources')
    .addOption(serviceOption())
    .example('fairlead profile show gt06', 'show what a GT06 tracker sends, and which commands it takes')
    .example('fairlead profile show my-meter --service', 'show a profile of the service with its versions')
    .action(async (name: string, { service }: ServiceOption, self: CliCommand) => {
      const print = context.printer(self);
      const { clock } = context.terminal;
      if (service) {
        const stored = await apiOf(context.terminal).profiles.get({ params: { name } });
        return print.show(stored, () => servicePage(stored, print, clock.now()));
      }
      const profile = await findProfile(name);
      print.show(documentOf(profile), () => page(profile, print));
    });
}

function newCommand(context: Context): CliCommand {
  return new CliCommand('new')
    .argument('<name>', 'name of the profile and its folder, such as my-meter')
    .description('Create the folder of a profile: a framing, a script and examples that pass')
    .example('fairlead profile new my-meter', 'create the folder my-meter')
    .action(async (name: string, _options: unknown, self: CliCommand) => {
      const files = await templateFiles(basename(name));
      parseProfile(files); // refuses a name that no profile may have
      await writeFiles(name, files);
      const names = Object.keys(files);
      context
        .printer(self)
        .show({ folder: name, files: names }, () => [
          ...names.map((file) => `${name}/${file}`),
          '',
          `fairlead profile check ${asFolder(name)}   runs the examples`,
          `fairlead decode ${asFolder(name)} --hex     decodes bytes that you type`,
        ]);
    });
}

function checkCommand(context: Context): CliCommand {
  return new CliCommand('check')
    .argument('<folder>', 'folder of a profile, or a profile of the catalogue')
    .description('Check a profile and run its examples; exit status 1 if one fails')
    .example('fairlead profile check ./my-meter', 'run the examples of a profile')
    .action(async (folder: string, _options: unknown, self: CliCommand) => {
      const print = context.printer(self);
      const { profile, checked } = await withScripts(context.terminal, async (scripts) => {
        const profile = await findProfile(folder);
        return { profile, checked: await checkProfile(profile, scripts) };
      });
      print.show({ name: profile.name, ...checked }, () => report(profile, checked));
      const [first] = checked.failures;
      if (first !== undefined) throw exampleError(profile.name, first);
    });
}

function exportCommand(context: Context): CliCommand {
  return new CliCommand('export')
    .argument('<profile>', 'a profile of the catalogue')
    .argument('<folder>', 'folder that is created')
    .description('Write the files of a profile into a folder, to read or to adapt them')
    .addOption(serviceOption())
    .example('fairlead profile export gt06 ./gt06-ours', 'start from a profile of the catalogue')
    .example('fairlead profile export my-meter ./my-meter --service', 'write a profile of the service')
    .action(async (name: string, folder: string, { service }: ServiceOption, self: CliCommand) => {
      const files = service
        ? await serviceFiles(apiOf(context.terminal), name)
        : await readProfileFolder(await builtinFolder(name));
      await writeFiles(folder, files);
      const names = Object.keys(files);
      context.printer(self).show({ folder, files: names }, () => names.map((file) => `${folder}/${file}`));
    });
}

/** A folder as other commands take it: with a slash. */
const asFolder = (path: string): string => (path.includes('/') ? path : `./${path}`);

/** Creates a folder with these files. Rejects with FILE_UNWRITABLE; a folder that exists is left as it is. */
async function writeFiles(folder: string, files: ProfileFiles): Promise<void> {
  try {
    await mkdir(folder);
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw cliErrors.error('FILE_UNWRITABLE', { path: folder, reason: 'it exists already' }, error);
    throw unwritable(folder, error);
  }
}

function report(profile: ProfileDefinition, { examples, failures, undeclared }: CheckedProfile): string[] {
  const { name, version, fields } = profile;
  const passed = examples - failures.length;
  const lines = failures
    .slice(0, SHOWN)
    .map(
      ({ example, field, expected, actual }) =>
        `${example}: ${field}\n  expected ${expected}\n  got      ${actual}`,
    );
  if (failures.length > SHOWN) lines.push(`and ${failures.length - SHOWN} more`);
  const names = [...Object.keys(vocabulary), ...Object.keys(fields)];
  for (const key of undeclared.slice(0, SHOWN)) lines.push(remark(key, nearest(key, names)));
  const result = `${name} ${version}: ${passed} of ${examples} examples pass.`;
  return [
    ...lines,
    examples === 0 ? `${name} ${version}: there are no examples, so nothing was tried.` : result,
  ];
}

function remark(key: string, near: string | undefined): string {
  const meant = near === undefined ? '' : ` Did you mean ${near}?`;
  return `Note: the value "${key}" is not in the vocabulary; declare it under "fields" in profile.yaml.${meant}`;
}

/** How the first command that has an example is sent. */
function exampleOf({ commands }: ProfileDefinition): string[] {
  const example = Object.values(commands).find(({ example }) => example !== undefined)?.example;
  return example === undefined
    ? []
    : [`Send one: fairlead device send NAME '${JSON.stringify(example)}' --command`];
}

function summaryOf({ name, title, version, direction, identity, makers = [] }: ProfileDefinition): object {
  return { name, title, version, direction, identity: identity.by, makers };
}

function documentOf(profile: ProfileDefinition): object {
  const { framing, examples, files, script, ...rest } = profile;
  return { ...rest, examples: examples.length, files: Object.keys(files) };
}

function page(profile: ProfileDefinition, print: Printer): string[] {
  const { name, title, version, direction, identity, secret, makers, models, source } = profile;
  const heading = (text: string) => ['', print.paint.bold(text)];
  const entries = (all: Readonly<Record<string, { readonly about: string }>>) =>
    print.facts(Object.entries(all).map(([key, { about }]) => [key, about] as const));
  return [
    ...print.facts([
      ['name', name],
      ['title', title],
      ['version', version],
      ['device', direction === 'dials' ? 'is dialled by Fairlead' : 'dials in'],
      ['identity', identity.by],
      ['secret', secret === 'none' ? undefined : secret],
      ['makers', makers?.join(', ')],
      ['models', models?.join(', ')],
      ['examples', String(profile.examples.length)],
    ]),
    ...section(profile.parameters, 'Parameters'),
    ...section(profile.fields, 'Values besides the common ones'),
    ...section(profile.commands, 'Commands'),
    ...exampleOf(profile),
    ...heading('Sources'),
    ...source,
  ];

  function section(all: Readonly<Record<string, { readonly about: string }>>, text: string): string[] {
    return Object.keys(all).length === 0 ? [] : [...heading(text), ...entries(all)];
  }
}
