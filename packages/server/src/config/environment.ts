/** Settings by environment: `FAIRLEAD_HTTP__LISTEN` is `http.listen`. */

import { nearest } from '@fairlead/core';
import { readYaml } from '@fairlead/yaml';
import type { z } from 'zod';
import type { Setting } from './layers.ts';
import { bare, entryOf, leaves, metaOf, shapeOf } from './walk.ts';

const PREFIX = 'FAIRLEAD_';
/** Variables that are not configuration keys; `FAIRLEAD_LOG` is a short form of `FAIRLEAD_LOG__LEVEL`. */
const OTHERS = ['FAIRLEAD_URL', 'FAIRLEAD_TOKEN', 'FAIRLEAD_SECRET_KEY', 'FAIRLEAD_LOG', 'FAIRLEAD_DEBUG'];

interface FromEnvironment {
  readonly settings: readonly Setting[];
  /** One sentence for each unknown variable with our prefix. */
  readonly warnings: readonly string[];
}

/**
 * Two underscores separate a section from its key. Case and single underscores are ignored (`PASSWORD_FILE` is
 * `passwordFile`). A name in a map is converted to lower case, with `-` for `_`, unless the map keeps names as
 * written. Commas separate the elements of a list.
 * @param taken the existing names of the maps, by the path of the map, so that `USERS__ALICE` finds `Alice`
 */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  root: z.ZodType,
  taken: (map: readonly string[]) => readonly string[] = () => [],
): FromEnvironment {
  const settings: Setting[] = [];
  const warnings: string[] = [];
  for (const [name, text] of Object.entries(env)) {
    if (!name.toUpperCase().startsWith(PREFIX) || text === undefined) continue;
    if (name === 'FAIRLEAD_LOG') settings.push(setting(['log', 'level'], text, name));
    if (OTHERS.includes(name)) continue;
    const found = find(root, name.slice(PREFIX.length).split('__'), taken);
    if (found === undefined) {
      const near = nearest(name.toUpperCase(), [...OTHERS, ...variables(root, name, taken)]);
      warnings.push(
        `The environment variable ${name} is unknown and has no effect.${near ? ` Did you mean ${near}?` : ''}`,
      );
    } else settings.push(setting(found.path, valueFrom(found.schema, text), name));
  }
  return { settings, warnings };
}

function setting(path: readonly string[], value: unknown, name: string): Setting {
  return { path, value, origin: 'environment', where: name, whereAbove: () => name };
}

/** The variable of a key: `bus.mqtt.passwordFile` is `FAIRLEAD_BUS__MQTT__PASSWORDFILE`. */
export function variableOf(path: readonly string[]): string {
  return PREFIX + path.map((key) => key.toUpperCase().replaceAll('-', '_')).join('__');
}

/** All possible variables. For the names of a map: the existing names and the written name. */
function* variables(
  root: z.ZodType,
  written: string,
  taken: (map: readonly string[]) => readonly string[],
): Generator<string> {
  const words = written.slice(PREFIX.length).split('__');
  for (const { path } of leaves(root)) {
    const at = path.indexOf('NAME');
    if (at < 0) {
      yield variableOf(path);
      continue;
    }
    const given = words.length === path.length ? (words[at] ?? '') : '';
    const names = given === '' ? taken(path.slice(0, at)) : [given];
    for (const name of names) yield variableOf(path.with(at, name));
  }
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/[_-]/g, '');

function find(
  root: z.ZodType,
  words: readonly string[],
  taken: (map: readonly string[]) => readonly string[],
): { path: string[]; schema: z.ZodType } | undefined {
  const path: string[] = [];
  let at = root;
  for (const [i, word] of words.entries()) {
    const shape = shapeOf(at);
    const value = entryOf(at);
    if (value !== undefined && metaOf(at).namesAsWritten) {
      const name = words.slice(i).join('__');
      return name === '' ? undefined : { path: [...path, name], schema: value };
    }
    const keys = shape === undefined ? taken(path) : Object.keys(shape);
    const key = keys.find((candidate) => plain(candidate) === plain(word));
    if (shape !== undefined && key !== undefined) at = shape[key] as z.ZodType;
    else if (shape === undefined && value !== undefined && word !== '') at = value;
    else return undefined;
    path.push(key ?? word.toLowerCase().replaceAll('_', '-'));
  }
  // A section or a map is not a value.
  return shapeOf(at) === undefined && entryOf(at) === undefined ? { path, schema: at } : undefined;
}

/** The text itself if the key is of type text; otherwise its YAML value: a number, a boolean or a list. */
function valueFrom(schema: z.ZodType, text: string): unknown {
  if (bare(schema).def.type === 'array' && !text.trimStart().startsWith('['))
    return text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  if (schema.safeParse(text).success) return text;
  const { yaml } = readYaml(text);
  return yaml === undefined ? text : yaml.value;
}
