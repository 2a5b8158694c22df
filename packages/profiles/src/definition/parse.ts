/** From the files of a profile to its definition. Pure: it reads no files and runs no script. */
import { type FairleadError, isFairleadError, nestsDeeper } from '@fairlead/core';
import { joinScriptFiles } from '@fairlead/sandbox';
import { parseFraming } from '@fairlead/tcp/framing';
import { readYaml, schemaMistakes } from '@fairlead/yaml';
import { profilesErrors } from '../catalogue.ts';
import { profilesLimits } from '../limits.ts';
import { type Example, exampleSchema } from './example.ts';
import { FILE_NAMES, type ProfileFiles } from './folder.ts';
import { type ParsedProfile, type ProfileIdentity, profileSchema } from './schema.ts';

/** A profile that was checked: everything but its script, which the sandbox compiles. */
export interface ProfileDefinition extends Omit<ParsedProfile, 'framing' | 'requests' | 'identity'> {
  /** What `parseFraming` takes. */
  readonly framing: string;
  /** The framing of the other direction, where it differs. */
  readonly requests?: string | undefined;
  readonly identity: ProfileIdentity;
  /** The source of `script.ts`, or of `script.js`, with the files beside it that it may import. */
  readonly script?: string | undefined;
  readonly examples: readonly Example[];
  readonly files: ProfileFiles;
}

/** The file that exports the functions of the script. */
const MAIN_FILES = ['script.ts', 'script.js'];
/** Levels of nesting in a file of JSON. */
const DEPTH = 64;

/**
 * Throws PROFILE_FOLDER_INVALID, which names the file, the place in it, and the reason.
 * @param called what errors call the profile as long as its name is not known: its folder
 */
export function parseProfile(files: ProfileFiles, called?: string): ProfileDefinition {
  const reader = new FilesReader(files, called);
  const parsed = reader.profile();
  const { framing, requests, identity, ...rest } = parsed;
  const script = scriptOf(files);
  const { direction } = rest;
  const known = identity ?? { by: direction === 'dials' ? ('none' as const) : ('token' as const) };
  if (known.by === 'script' && script === undefined)
    throw reader.refuse('profile.yaml', 'identity.by is "script", but there is no script.ts');
  if (files['script.ts'] !== undefined && files['script.js'] !== undefined)
    throw reader.refuse(
      'script.js',
      'there is also script.ts, and only one of them can be the script; remove one',
    );
  return {
    ...rest,
    framing: reader.framing('framing', framing),
    requests: requests === undefined ? undefined : reader.framing('requests', requests),
    identity: known,
    script,
    examples: reader.examples(),
    files,
  };
}

function scriptOf(files: ProfileFiles): string | undefined {
  const main = MAIN_FILES.find((name) => files[name] !== undefined);
  if (main === undefined) return undefined;
  const ofScript = Object.entries(files).filter(([name]) => /\.[jt]s$/.test(name));
  return joinScriptFiles(main, Object.fromEntries(ofScript));
}

class FilesReader {
  readonly #files: ProfileFiles;
  #profile: string;

  constructor(files: ProfileFiles, called = 'without a name') {
    this.#files = files;
    this.#profile = called;
    const strange = Object.keys(files).find((name) => !FILE_NAMES.test(name));
    if (strange !== undefined) throw this.refuse(strange, 'a profile has no file of this name');
    const { folder } = profilesLimits.values;
    const size = Object.values(files).reduce((sum, text) => sum + text.length, 0);
    if (size > folder) throw this.refuse('profile.yaml', `the files have more than ${folder} bytes`);
  }

  refuse(file: string, reason: string, line?: number): FairleadError {
    const place = line === undefined ? '' : `, line ${line}`;
    return profilesErrors.error('PROFILE_FOLDER_INVALID', { profile: this.#profile, file, place, reason });
  }

  profile(): ParsedProfile {
    const file = 'profile.yaml';
    const text = this.#files[file];
    if (text === undefined) throw this.refuse(file, 'the file is missing');
    const { yaml, problems = [] } = readYaml(text, profilesLimits.values.file);
    const [problem] = problems;
    if (yaml === undefined) throw this.refuse(file, problem?.reason ?? 'it cannot be read', problem?.line);
    const named = (yaml.value as { name?: unknown } | null)?.name;
    if (typeof named === 'string') this.#profile = named.slice(0, 64);
    const parsed = profileSchema.safeParse(yaml.value);
    if (parsed.success) return parsed.data;
    const [mistake] = yaml.problems(schemaMistakes(profileSchema, yaml.value, parsed.error));
    const at = mistake?.path ? `${mistake.path}: ` : '';
    throw this.refuse(file, `${at}${mistake?.reason ?? 'it is not a profile'}`, mistake?.line);
  }

  /** A framing as text: that of a file of the folder, or the one that stands in the profile. */
  framing(key: string, value: string | object): string {
    const isFile = typeof value === 'string' && value.endsWith('.json');
    const file = isFile ? value : 'profile.yaml';
    const text = typeof value === 'object' ? JSON.stringify(value) : isFile ? this.#files[value] : value;
    if (text === undefined) throw this.refuse('profile.yaml', `${key}: there is no file ${value}`);
    try {
      parseFraming(text);
    } catch (error) {
      if (!isFairleadError(error)) throw error;
      throw this.refuse(file, `${key}: ${error.message}`);
    }
    return text;
  }

  examples(): readonly Example[] {
    const file = 'examples.json';
    const text = this.#files[file];
    if (text === undefined) return [];
    const value = this.#json(file, text);
    const parsed = exampleSchema.array().max(profilesLimits.values.examples).safeParse(value);
    if (parsed.success) return parsed.data;
    const [mistake] = schemaMistakes(exampleSchema.array(), value, parsed.error);
    const [index, ...path] = mistake?.path ?? [];
    const name = index === undefined ? '' : `example ${Number(index) + 1} (${nameAt(value, index)}): `;
    const at = path.length === 0 ? '' : `${path.join('.')}: `;
    throw this.refuse(file, `${name}${at}${mistake?.reason ?? 'it is not a list of examples'}`);
  }

  #json(file: string, text: string): unknown {
    if (nestsDeeper(text, DEPTH)) throw this.refuse(file, `it is nested deeper than ${DEPTH} levels`);
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.refuse(file, (error as Error).message);
    }
  }
}

function nameAt(list: unknown, index: string | number): string {
  const name = (list as Record<string | number, { name?: unknown } | null>)[index]?.name;
  return typeof name === 'string' ? name.slice(0, 64) : 'without a name';
}
