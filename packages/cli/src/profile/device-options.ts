/** Options that set up a device for a profile: its parameters and its secret. */
import { Option } from 'commander';
import { type ParameterOptions, parameterOptions } from '../parameters.ts';

export interface DeviceOptions extends ParameterOptions {
  readonly secretFile?: string;
}

export function deviceOptions(): Option[] {
  return [...parameterOptions(), new Option('--secret-file <file>', 'file with the secret of the device')];
}
