/** Options that set up a device for a profile: its parameters and its secret. */
import { type LinkTerms, type ProfileDefinition, readParameters } from '@fairlead/profiles';
import { Option } from 'commander';
import { readInput } from '../input.ts';
import { type ParameterOptions, parameterOptions, parametersOf } from '../parameters.ts';
import type { Terminal } from '../terminal.ts';

export interface DeviceOptions extends ParameterOptions {
  readonly secretFile?: string;
}

export function deviceOptions(): Option[] {
  return [...parameterOptions(), new Option('--secret-file <file>', 'file with the secret of the device')];
}

/** Rejects with PARAMETER_INVALID, PARAMETERS_INVALID or FILE_UNREADABLE. */
export async function linkTerms(
  profile: ProfileDefinition,
  options: DeviceOptions,
  terminal: Terminal,
): Promise<LinkTerms> {
  const { secretFile } = options;
  const secret =
    secretFile === undefined ? undefined : (await readInput(secretFile, terminal)).replace(/\r?\n$/, '');
  const parameters = readParameters(profile, (await parametersOf(options, terminal)) ?? {});
  return { parameters, secret };
}
