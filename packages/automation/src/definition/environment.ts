import { formatPointer, type Path, parsePath } from '@fairlead/yaml';
import { template } from '../body/template.ts';
import { automationErrors } from '../catalogue.ts';
import { bodiesOf } from '../job/mistakes.ts';
import { type Definitions, treeOf } from './schema.ts';

/** Throws VARIABLE_DENIED for the first body with a variable of the environment that is not allowed, with its place. */
export function checkEnvironment<K extends 'task' | 'trigger' | 'job'>(
  kind: K,
  definition: Definitions[K],
  allowed: { has(name: string): boolean },
): void {
  for (const [path, names] of kind === 'job'
    ? inJob(definition as Definitions['job'])
    : inRules(kind, definition as Definitions['task'])) {
    const name = names.find((one) => !allowed.has(one));
    if (name !== undefined)
      throw automationErrors.error('VARIABLE_DENIED', { name, pointer: formatPointer(path) });
  }
}

type Used = [path: Path, names: readonly string[]];

const inJob = ({ steps }: Definitions['job']): Used[] =>
  steps.flatMap((step, at) =>
    bodiesOf(step, ['steps', at]).map(([path, text]): Used => [path, template(text).environment]),
  );

const inRules = (kind: 'task' | 'trigger', definition: Definitions['task']): Used[] =>
  treeOf(kind, definition).all.flatMap((rule) =>
    rule.kind === 'send' ? [[[...parsePath(rule.path), 'send'], rule.body.environment] as Used] : [],
  );
