/** Parameters of a device on the command line: single values, and files. */
import { InvalidArgumentError, Option } from 'commander';
import { cliErrors } from './catalogue.ts';
import { csvRows } from './csv.ts';
import { readInput } from './input.ts';
import type { Terminal } from './terminal.ts';

type Values = Readonly<Record<string, unknown>>;

export interface ParameterOptions {
  readonly parameter?: Readonly<Record<string, string>> | undefined;
  readonly parameters?: string | false | undefined;
}

export function parameterOptions(): Option[] {
  return [
    new Option(
      '--parameter <name=value>',
      'value of a parameter of its profile; @FILE reads a list from CSV, YAML or JSON; can be repeated',
    ).argParser(parameterArgument),
    new Option('--parameters <file>', 'file with parameters of its profile, as YAML or JSON'),
  ];
}

/** `name=value`, added to the earlier ones. The service reads the text as the type that the profile declares. */
function parameterArgument(
  text: string,
  earlier: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, value] = /^([A-Za-z][A-Za-z0-9]{0,63})=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('Write name=value, such as unitId=3 or registers=@map.csv.');
  return { ...earlier, [name]: value };
}

/** All parameters of the options, those of the file first; undefined if there are none. */
export async function parametersOf(
  { parameter = {}, parameters }: ParameterOptions,
  terminal: Terminal,
): Promise<Values | undefined> {
  const values: Record<string, unknown> = {};
  if (typeof parameters === 'string') {
    const read = await readStructure(parameters, terminal);
    if (typeof read !== 'object' || read === null || Array.isArray(read))
      throw unreadableParameters(parameters, 'names with values are expected');
    Object.assign(values, read);
  }
  for (const [name, text] of Object.entries(parameter))
    values[name] = text.startsWith('@') ? await readStructure(text.slice(1), terminal) : text;
  return Object.keys(values).length === 0 ? undefined : values;
}

async function readStructure(path: string, terminal: Terminal): Promise<unknown> {
  const text = await readInput(path, terminal);
  if (/\.csv$/i.test(path)) return csvRows(text, (reason) => unreadableParameters(path, reason));
  const { readYaml } = await import('@fairlead/yaml');
  const { yaml, problems = [] } = readYaml(text);
  if (yaml !== undefined) return yaml.value;
  const [problem] = problems;
  throw unreadableParameters(
    path,
    problem === undefined ? 'it is not YAML' : `line ${problem.line}: ${problem.reason}`,
  );
}

function unreadableParameters(path: string, reason: string): Error {
  return cliErrors.error('PARAMETERS_INVALID', { path, reason });
}
