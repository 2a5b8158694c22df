/** Options that set up a device for a profile without a service: its parameters and its secret. */
import { nearest } from '@fairlead/core';
import type { LinkTerms, ProfileDefinition } from '@fairlead/profiles';
import { Option } from 'commander';
import { cliErrors } from '../catalogue.ts';
import { readInput } from '../input.ts';
import { type ParameterOptions, parameterOptions, parametersOf } from '../parameters.ts';
import type { Terminal } from '../terminal.ts';

export interface DeviceOptions extends ParameterOptions {
  readonly secretFile?: string;
}

export function deviceOptions(): Option[] {
  return [...parameterOptions(), new Option('--secret-file <file>', 'file with the secret of the device')];
}

/** Rejects with FILE_UNREADABLE, PARAMETERS_INVALID, or USAGE_INVALID for a parameter that the profile does not have. */
export async function linkTerms(
  options: DeviceOptions,
  profile: ProfileDefinition,
  terminal: Terminal,
): Promise<LinkTerms> {
  const { secretFile } = options;
  const secret =
    secretFile === undefined ? undefined : (await readInput(secretFile, terminal)).replace(/\r?\n$/, '');
  const given = Object.entries((await parametersOf(options, terminal)) ?? {});
  return {
    parameters: Object.fromEntries(given.map(([name, value]) => [name, typed(name, value, profile)])),
    secret,
  };
}

/** The value of a parameter in the type that the profile declares: text stands for any type, as on a command line. */
function typed(name: string, value: unknown, { name: profile, parameters }: ProfileDefinition): unknown {
  const type = Object.hasOwn(parameters, name) ? parameters[name]?.type : undefined;
  if (type === undefined) {
    const known = Object.keys(parameters);
    const near = nearest(name, known);
    const hint =
      near !== undefined
        ? `Did you mean "${near}"?`
        : known.length > 0
          ? `It has: ${known.join(', ')}.`
          : 'It has none.';
    throw cliErrors.error('USAGE_INVALID', { reason: `${profile} has no parameter "${name}". ${hint}` });
  }
  const read = type !== 'string' && typeof value === 'string' ? parsed(value) : value;
  if (typeOf(read) !== type)
    throw cliErrors.error('USAGE_INVALID', {
      reason: `Parameter "${name}" of ${profile} is of type ${type}.`,
    });
  return read;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const typeOf = (value: unknown): string =>
  Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;
