/** Turns settings into a configuration, or into a list of all mistakes. */
import { resolve } from 'node:path';
import { type FairleadError, issueWords, nearest } from '@fairlead/core';
import type { z } from 'zod';
import { serverErrors } from '../catalogue.ts';
import { busProblems } from './bus-check.ts';
import { layered, pathText, type Setting } from './layers.ts';
import { listenerOf } from './listener-check.ts';
import type { Place } from './place.ts';
import { type Config, configSchema, DEFAULT_LISTENERS, type ListenerConfig } from './schema.ts';
import { type GivenSecrets, startupProblems } from './startup.ts';
import { thingspanelProblems } from './thingspanel-check.ts';
import { metaOf, schemaAt, shapeOf } from './walk.ts';

/** @param cwd the base folder for the default of `data` */
export function checkSettings(
  all: readonly Setting[],
  cwd: string,
  given: GivenSecrets = {},
): { config?: Config; problems: FairleadError[] } {
  const place: Place = (path) => placeOf(all, path);
  // A key without a value sets nothing, but it may be misspelt.
  const settings = all.filter(
    ({ path, value }) => value !== undefined || schemaAt(configSchema, path) === undefined,
  );
  const problems = secretsInFile(settings);
  const result = configSchema.safeParse(layered(settings));
  if (!result.success) {
    problems.push(...result.error.issues.flatMap((issue) => issueProblems(issue, place)));
    return { problems };
  }
  const { listeners: named, ...parsed } = result.data;
  const listeners: Record<string, ListenerConfig> = {};
  const ask = { ...withDefaults(DEFAULT_LISTENERS), ...named };
  for (const [name, listener] of Object.entries(ask)) {
    const checked = listenerOf(name, listener, (key, reason) => {
      const where = place(['listeners', name, key]);
      problems.push(
        serverErrors.error('CONFIG_VALUE_INVALID', { where, key: `listeners.${name}.${key}`, reason }),
      );
    });
    if (checked !== undefined) listeners[name] = checked;
  }
  const config: Config = { ...parsed, data: resolve(cwd, parsed.data), listeners };
  problems.push(
    ...topicProblems(config, place),
    ...busProblems(config, place),
    ...dialProblems(config, place),
    ...thingspanelProblems(config, place),
    ...startupProblems(config, given, place),
  );
  return problems.length === 0 ? { config, problems } : { problems };
}

function withDefaults(listeners: object): z.output<typeof configSchema>['listeners'] {
  return configSchema.parse({ listeners }).listeners;
}

/** The place where the value at `path` was set: the place of the last setting at, below or above the path. */
function placeOf(settings: readonly Setting[], path: readonly PropertyKey[]): string {
  const wanted = path.map(String);
  for (let length = wanted.length; length > 0; length--) {
    const prefix = wanted.slice(0, length);
    const hit = settings.findLast(({ path: at }) => prefix.every((key, i) => at[i] === key));
    if (hit !== undefined) return hit.whereAbove(Math.min(length, hit.path.length));
  }
  return settings.find(({ path: at }) => at.length === 0)?.where ?? 'configuration';
}

function issueProblems(issue: z.core.$ZodIssue, place: Place): FairleadError[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey([...issue.path, key], place));
  const { path } = issue;
  const key = pathText(path) || 'the whole';
  return [serverErrors.error('CONFIG_VALUE_INVALID', { where: place(path), key, reason: issueWords(issue) })];
}

function unknownKey(path: readonly PropertyKey[], place: Place): FairleadError {
  const parent = schemaAt(configSchema, path.slice(0, -1)) ?? configSchema;
  const known = Object.keys(shapeOf(parent) ?? {});
  const near = nearest(String(path.at(-1)), known);
  return serverErrors.error('CONFIG_KEY_UNKNOWN', {
    where: place(path),
    key: pathText(path),
    hint: near !== undefined ? `Did you mean "${near}"?` : `Known here: ${known.join(', ')}.`,
  });
}

function secretsInFile(settings: readonly Setting[]): FairleadError[] {
  return settings
    .filter(
      ({ origin, path }) => origin === 'file' && metaOf(schemaAt(configSchema, path) ?? configSchema).secret,
    )
    .map(({ path, where }) =>
      serverErrors.error('CONFIG_SECRET_IN_FILE', {
        where,
        key: pathText(path),
        instead: `${pathText(path)}File`,
      }),
    );
}

function topicProblems(config: Config, place: Place): FairleadError[] {
  const seen = new Map<string, string>();
  const problems: FairleadError[] = [];
  for (const [name, template] of Object.entries(config.topics)) {
    const other = seen.get(template);
    seen.set(template, name);
    if (other === undefined) continue;
    problems.push(
      serverErrors.error('CONFIG_VALUE_INVALID', {
        where: place(['topics', name]),
        key: `topics.${name}`,
        reason: `it is the same topic as topics.${other}; each kind needs its own topic`,
      }),
    );
  }
  return problems;
}

function dialProblems({ dial }: Config, place: Place): FairleadError[] {
  const { cert, key } = dial.tls;
  if ((cert === undefined) === (key === undefined)) return [];
  const missing = cert === undefined ? 'cert' : 'key';
  const where = place(['dial', 'tls']);
  const reason = 'cert and key must be set together';
  return [serverErrors.error('CONFIG_VALUE_INVALID', { where, key: `dial.tls.${missing}`, reason })];
}
