/** Options that set up a device for a profile: its parameters and its secret. */
import type { LinkTerms } from '@fairlead/profiles';
import { InvalidArgumentError, Option } from 'commander';
import { readInput } from '../input.ts';
import type { Terminal } from '../terminal.ts';

export interface DeviceOptions {
  readonly parameter?: Readonly<Record<string, unknown>>;
  readonly secretFile?: string;
}

export function deviceOptions(): Option[] {
  return [
    new Option(
      '--parameter <name=value>',
      'a parameter of the device; the value is JSON, or else text; may be repeated',
    ).argParser(parameterArgument),
    new Option('--secret-file <file>', "file with the device's secret"),
  ];
}

/** `name=value`, added to the earlier ones. */
function parameterArgument(
  text: string,
  earlier: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const [, name, value = ''] = /^([A-Za-z][A-Za-z0-9]{0,63})=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('Write name=value, such as unit=3.');
  return { ...earlier, [name]: parsedValue(value) };
}

function parsedValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export async function linkTerms(
  { parameter, secretFile }: DeviceOptions,
  terminal: Terminal,
): Promise<LinkTerms> {
  const secret =
    secretFile === undefined ? undefined : (await readInput(secretFile, terminal)).replace(/\r?\n$/, '');
  return { parameters: parameter, secret };
}
