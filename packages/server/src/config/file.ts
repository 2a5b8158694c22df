/** `fairlead.yaml` as settings, each with its line and column. */
import { readFileSync, statSync } from 'node:fs';
import { type Position, type Problem, readYaml } from '@fairlead/yaml';
import { serverErrors } from '../catalogue.ts';
import { serverLimits } from '../limits.ts';
import { reasonOf } from '../system-reason.ts';
import { type Setting, settingsOf } from './layers.ts';

/** Reads a small text file. On failure, throws the error that `fail` creates from the reason. */
export function readSmallFile(file: string, fail: (reason: string) => Error): string {
  const limit = serverLimits.values.configFile;
  let reason: string;
  try {
    const { size } = statSync(file);
    if (size <= limit) return readFileSync(file, 'utf8');
    reason = `its ${size} bytes exceed the limit of ${limit}`;
  } catch (error) {
    reason = reasonOf(error);
  }
  throw fail(reason);
}

/** Throws CONFIG_UNREADABLE or CONFIG_SYNTAX. @param name the name of the file in messages */
export function readConfigFile(file: string, name: string): Setting[] {
  const text = readSmallFile(file, (reason) =>
    serverErrors.error('CONFIG_UNREADABLE', { file: name, reason }),
  );
  return parseConfigText(text, name);
}

function parseConfigText(text: string, name: string): Setting[] {
  const { yaml, problems } = readYaml(text);
  const at = ({ line, column }: Position) => `${name}:${line}:${column}`;
  if (yaml === undefined) {
    const [first] = problems as [Problem];
    throw serverErrors.error('CONFIG_SYNTAX', { where: at(first), reason: first.reason });
  }
  return [...settingsOf(yaml.value, 'file', (path) => at(yaml.position(path)))];
}
