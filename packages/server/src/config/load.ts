/** Loads and checks the configuration from file, environment and command line. */
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type FairleadError, isFairleadError } from '@fairlead/core';
import { checkSettings } from './check.ts';
import { readEnvironment } from './environment.ts';
import { readConfigFile } from './file.ts';
import { pathText, type Setting, settingsOf } from './layers.ts';
import { type Config, configSchema, DEFAULT_LISTENERS } from './schema.ts';
import { metaOf, schemaAt } from './walk.ts';

/** Settings from the command line, nested as in the file. */
export interface ConfigFlags {
  readonly data?: string | undefined;
  readonly http?: { readonly listen?: string | undefined } | undefined;
  readonly bus?: { readonly embedded?: { readonly listen?: string | undefined } } | undefined;
  readonly listeners?: Readonly<Record<string, { readonly listen?: string | undefined }>> | undefined;
  readonly log?: { readonly level?: string | undefined; readonly format?: string | undefined } | undefined;
}

export interface ConfigInput {
  /** Path of the file; default: `fairlead.yaml` in `cwd`, if it exists. */
  readonly file?: string | undefined;
  /** Environment variables; those without the prefix FAIRLEAD_ are ignored. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly flags?: ConfigFlags | undefined;
  /** Base folder for relative paths, except those in the file; default: the working folder of the process. */
  readonly cwd?: string | undefined;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The file that was read. */
  readonly file?: string | undefined;
  /** Warnings about settings without effect. */
  readonly warnings: readonly string[];
  /** The place where a key was set, by its dotted path. Other keys have their defaults. */
  readonly sources: ReadonlyMap<string, string>;
}

export interface CheckedConfig {
  /** Absent when there is a problem. */
  readonly loaded?: LoadedConfig | undefined;
  /** All mistakes, in the order of the keys. */
  readonly problems: readonly FairleadError[];
  readonly warnings: readonly string[];
}

/** Reads and checks the configuration. Throws the first problem as an error of the catalogue. */
export function loadConfig(input: ConfigInput = {}): LoadedConfig {
  const { loaded, problems } = checkConfig(input);
  if (loaded === undefined) throw problems[0];
  return loaded;
}

/** Like {@link loadConfig}, but collects all problems and never throws an error of the catalogue. */
export function checkConfig(input: ConfigInput = {}): CheckedConfig {
  const warnings: string[] = [];
  try {
    const { file, settings, warnings: unknown } = gather(input);
    warnings.push(...unknown);
    const { config, problems } = checkSettings(settings, input.cwd ?? process.cwd(), {
      adminToken: input.env?.FAIRLEAD_TOKEN,
      secretKey: input.env?.FAIRLEAD_SECRET_KEY || undefined,
    });
    if (config === undefined) return { problems, warnings };
    const sources = new Map(
      settings.filter(({ value }) => value !== undefined).map(({ path, where }) => [pathText(path), where]),
    );
    return { loaded: { config, file, warnings, sources }, problems: [], warnings };
  } catch (error) {
    if (!isFairleadError(error)) throw error;
    return { problems: [error], warnings };
  }
}

function gather({ file: named, env = {}, flags = {}, cwd = process.cwd() }: ConfigInput) {
  const file = named !== undefined ? resolve(cwd, named) : ordinaryFile(cwd);
  const fromFile = file === undefined ? [] : readConfigFile(file, named ?? basename(file));
  const namesIn = (map: readonly string[]) => [
    ...(pathText(map) === 'listeners' ? Object.keys(DEFAULT_LISTENERS) : []),
    ...fromFile
      .filter(({ path }) => path.length > map.length && map.every((key, i) => path[i] === key))
      .map(({ path }) => path[map.length] as string),
  ];
  const fromEnv = readEnvironment(env, configSchema, namesIn);
  const fromFlags = settingsOf(flags, 'flag', () => 'command line');
  const settings = [...fromFile, ...fromEnv.settings, ...fromFlags].map((setting) =>
    absolute(setting, file === undefined ? cwd : dirname(file), cwd),
  );
  return { file, settings, warnings: fromEnv.warnings };
}

function ordinaryFile(cwd: string): string | undefined {
  const file = resolve(cwd, 'fairlead.yaml');
  return existsSync(file) ? file : undefined;
}

/** A relative path in the file is relative to the folder of the file, elsewhere to the working folder. */
function absolute(setting: Setting, fileFolder: string, cwd: string): Setting {
  const schema = schemaAt(configSchema, setting.path);
  if (schema === undefined || !metaOf(schema).path || typeof setting.value !== 'string') return setting;
  if (setting.value === '') return setting;
  return { ...setting, value: resolve(setting.origin === 'file' ? fileFolder : cwd, setting.value) };
}
