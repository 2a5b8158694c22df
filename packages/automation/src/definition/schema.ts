/** Definitions: connections, tasks, triggers and jobs. */
import { issueWords, optionError } from '@fairlead/core';
import { formatPath } from '@fairlead/yaml';
import { z } from 'zod';
import { automationErrors } from '../catalogue.ts';
import {
  type ConnectionDefinition,
  connectionSchema,
  nameSchema,
  parseConnection,
} from '../connection/schema.ts';
import { type Job, jobSchema } from '../job/schema.ts';
import type { DefinitionKind } from '../ports.ts';
import { compileRules } from '../rules/compile.ts';
import type { RuleTree } from '../rules/tree.ts';

const connection = z
  .union([nameSchema, z.looseObject({})])
  .describe('Name of a saved connection, or its fields.');

export const taskSchema = z.strictObject({
  group: z.string().max(64).optional(),
  description: z.string().max(1_000).optional(),
  connection,
  rules: z.array(z.unknown()).describe('The tree of rules.'),
});
export const triggerSchema = taskSchema.extend({
  enabled: z.boolean().default(true).describe('Whether it starts with the service.'),
});

export type Task = z.output<typeof taskSchema>;
type TriggerDefinition = z.output<typeof triggerSchema>;

/** A definition of each kind, checked. `rules` of tasks and triggers and the fields of connections stay as written. */
export interface Definitions {
  readonly connection: ConnectionDefinition;
  readonly task: Task;
  readonly trigger: TriggerDefinition;
  readonly job: Job;
}

const schemas = { connection: connectionSchema, task: taskSchema, trigger: triggerSchema, job: jobSchema };

/** Checks a name. Throws DEFINITION_INVALID. */
export function checkName(kind: DefinitionKind, name: unknown): string {
  const parsed = nameSchema.safeParse(name);
  if (parsed.success) return parsed.data;
  throw invalid(kind, `name: ${issueWords(parsed.error.issues[0] as z.core.$ZodIssue)}`);
}

/** Checks the fields of a definition. Throws DEFINITION_INVALID or RULES_INVALID. */
export function checkDefinition<K extends DefinitionKind>(kind: K, fields: unknown): Definitions[K] {
  const schema = schemas[kind];
  const parsed = schema.safeParse(fields);
  if (!parsed.success) {
    const { message } = optionError(schema, fields, parsed.error, '');
    throw invalid(kind, message.replace(/\.$/, ''));
  }
  if (kind === 'connection') {
    parseConnection(fields);
    return fields as Definitions[K];
  }
  if (kind === 'task' || kind === 'trigger') {
    const task = parsed.data as Task;
    treeOf(kind, task);
    if (typeof task.connection !== 'string') parseConnection(task.connection);
  }
  return parsed.data as Definitions[K];
}

/** The tree of a task or trigger. Throws RULES_INVALID. */
export function treeOf(kind: 'task' | 'trigger', { rules }: Task): RuleTree {
  const { tree, mistakes } = compileRules(rules, kind);
  if (tree !== undefined) return tree;
  const [first] = mistakes;
  throw automationErrors.error('RULES_INVALID', {
    place: `at ${formatPath(first?.path ?? [])}`,
    reason: first?.reason ?? '',
  });
}

const invalid = (kind: DefinitionKind, reason: string) =>
  automationErrors.error('DEFINITION_INVALID', { kind, reason });
