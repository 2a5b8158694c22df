/** What must hold between keys of the section `thingspanel`. */
import { type FairleadError, isLoopback, parseEndpoint } from '@fairlead/core';
import { serverErrors } from '../catalogue.ts';
import { kindProblems } from './bus-check.ts';
import type { Place } from './place.ts';
import type { Config } from './schema.ts';

/** What the preset needs. Without it, the section has no effect. */
export function thingspanelProblems({ preset, thingspanel, bus }: Config, place: Place): FairleadError[] {
  if (preset !== 'thingspanel') return [];
  const { platform, mqtt, http } = thingspanel;
  const problem = (path: readonly string[], reason: string) =>
    serverErrors.error('CONFIG_VALUE_INVALID', {
      where: place(['thingspanel', ...path]),
      key: `thingspanel.${path.join('.')}`,
      reason,
    });
  const problems: FairleadError[] = [];
  const required = 'it is required if preset is thingspanel';
  if (platform === undefined) problems.push(problem(['platform'], required));
  if (mqtt.url === undefined) problems.push(problem(['mqtt', 'url'], required));
  else problems.push(...kindProblems({ ...bus, kind: 'mqtt', mqtt }, ['thingspanel'], place));
  const open = [http.official, http.custom].filter((at) => at !== false && !isLoopback(parseEndpoint(at)));
  if (open.length > 0 && http.allow === undefined)
    problems.push(problem(['http', 'allow'], `it is required because ${open[0]} is not loopback`));
  return problems;
}
