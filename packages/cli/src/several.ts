/** Commands that take several names. */
import { ProblemError } from '@fairlead/api';
import { cliErrors } from './catalogue.ts';
import type { Printer } from './output/printer.ts';
import { printable } from './output/text.ts';

interface Several<T extends object> {
  readonly names: readonly string[];
  readonly print: Printer;
  /** What is done to one of them. */
  readonly work: (name: string) => Promise<T>;
  /** The line that says it was done. */
  readonly line: (name: string, result: T) => string;
}

/**
 * Does something to one name after the other. What the service refuses for one is told with its name, and the others go on. Throws
 * the refusal of the only one, or NAMES_REFUSED.
 */
export async function forEachName<T extends object>(several: Several<T>): Promise<void> {
  const { names, print, work, line } = several;
  const [only] = names;
  if (only !== undefined && names.length === 1) {
    const result = await work(only);
    return print.show(result, () => [line(only, result)]);
  }
  const results: object[] = [];
  let refused = 0;
  for (const name of new Set(names)) {
    try {
      const result = await work(name);
      results.push(result);
      if (!print.json) print.line(line(name, result));
    } catch (error) {
      if (!isAboutName(error)) throw error;
      refused++;
      const { code, message } = error;
      results.push({ name, code, message });
      if (!print.json) print.note(printable(`${name}: ${code}: ${message}`));
    }
  }
  if (print.json) print.line(JSON.stringify(results));
  if (refused > 0) throw cliErrors.error('NAMES_REFUSED', { refused, total: results.length });
}

/** Whether the service would say something else about another name. */
const isAboutName = (error: unknown): error is ProblemError =>
  error instanceof ProblemError && error.kind !== 'auth' && error.status < 500 && error.status !== 429;
