/** Mistakes in files of automation, as people find them: FILE:LINE:COLUMN, whoever has seen them. */
import { ProblemError } from '@fairlead/api';
import type { DefinitionKind, FileProblem, Path, YamlText } from '@fairlead/server';
import { cliErrors } from '../../catalogue.ts';
import type { Context } from '../../context.ts';
import { readInput } from '../../input.ts';
import type { Printer } from '../../output/printer.ts';

/** `nightly.yaml:7:5: Unknown option "retires". Did you mean "retries"?` */
const problemLine = (file: string, { line, column, reason }: FileProblem): string =>
  `${file}:${line}:${column}: ${reason}${reason.endsWith('?') ? '' : '.'}`;

/** The error of a file with mistakes. Without a JSON document, each mistake is printed. */
export function mistaken(print: Printer, file: string, problems: readonly FileProblem[]): Error {
  for (const problem of problems) print.note(problemLine(file, problem));
  return cliErrors.error('FILE_MISTAKEN', { file, mistakes: counted(problems) });
}

/** The summary of a valid file. */
interface Found {
  readonly document?: object;
  readonly what?: string;
  readonly lines?: readonly string[];
}

/** Prints the findings of a check, as a document or as one line each. Throws FILE_MISTAKEN if there are any. */
export function showChecked(
  print: Printer,
  file: string,
  valid: boolean,
  problems: readonly FileProblem[],
  { document = {}, lines = [], what }: Found = {},
): void {
  print.show({ valid, problems, ...document }, () =>
    valid
      ? [`${file} is valid${what === undefined ? '' : `: ${what}`}.`, ...lines]
      : problems.map((problem) => problemLine(file, problem)),
  );
  if (!valid) throw cliErrors.error('FILE_MISTAKEN', { file, mistakes: counted(problems) });
}

const counted = ({ length }: readonly FileProblem[]): string =>
  length === 1 ? 'one mistake' : `${length} mistakes`;

/** Reads the fields of a definition. Prints its mistakes and then throws FILE_MISTAKEN. */
export async function readDefinition(
  { terminal }: Context,
  print: Printer,
  kind: DefinitionKind,
  file: string,
): Promise<{ found: Readonly<Record<string, unknown>>; yaml: YamlText }> {
  const { checkFile } = await import('@fairlead/server');
  const text = await readInput(file, terminal);
  const { found, yaml, problems } = checkFile(kind, text, terminal.clock.now());
  if (found === undefined) throw mistaken(print, file, problems);
  return { found, yaml };
}

/** Adds the line of the file to a refusal of the service, if the service names the field. */
export async function located<T>(file: string, yaml: YamlText, at: Path, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { pointer } = error.details;
    if (typeof pointer !== 'string') throw error;
    const { parsePointer } = await import('@fairlead/server');
    const { line, column } = yaml.position([...at, ...parsePointer(pointer)]);
    const { status, code, message, help, details } = error;
    throw new ProblemError(status, code, `${file}:${line}:${column}: ${message}`, help, details);
  }
}
