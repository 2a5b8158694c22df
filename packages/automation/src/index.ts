export { type Scope, type Template, template } from './body/template.ts';
export { automationErrors } from './catalogue.ts';
export {
  type Connection,
  type ConnectionDefinition,
  connectionSchema,
  parseConnection,
} from './connection/schema.ts';
export { type ConnectionTest, testConnection } from './connection/test.ts';
export { type ConsoleOptions, type ConsoleResult, type ConsoleStep, testRules } from './console/console.ts';
export type { NextStep, StepAnswer } from './console/stepping.ts';
export { type CheckedFile, checkFile, checkList, type Entry } from './definition/file.ts';
export type { Named } from './definition/repository.ts';
export { checkDefinition, type Definitions, taskSchema, triggerSchema } from './definition/schema.ts';
export { Exchange, type ExchangeOptions } from './engine/exchange.ts';
export { exchangeTransitions, phasesAfter } from './engine/table.ts';
export type { Effect, ExchangeEvent, Outcome } from './engine/types.ts';
export type { RunView } from './history/history.ts';
export { DEPTH_HEADER } from './job/http.ts';
export { type JobDefinition, jobSchema } from './job/schema.ts';
export type { JobStatus } from './jobs.ts';
export { type KeyFormat, keyFormat } from './key-format.ts';
export { automationLimits } from './limits.ts';
export type { Message, Result } from './message.ts';
export type {
  AutomationStore,
  CodePage,
  CodePages,
  DefinitionKind,
  Log,
  Outlets,
  RunKind,
  RunQuery,
  StoredDefinition,
  StoredRun,
} from './ports.ts';
export { compileTree, type Role } from './rules/compile.ts';
export { demoTask, demoTrigger } from './rules/demo.ts';
export { type CheckedRules, checkRules, parseRules, type RulesFile } from './rules/parse.ts';
export { type RuleDefinition, type RulesDefinition, rulesJsonSchema } from './rules/schema.ts';
export type { Rule, RuleTree } from './rules/tree.ts';
export type { OutputEntry } from './run/output.ts';
export type { RunRecord } from './run/record.ts';
export { runTask, type TaskOptions } from './run/task.ts';
export { startTrigger, Trigger, type TriggerFire, type TriggerOptions } from './run/trigger.ts';
export { checkSecretKey, openSecretKey, SECRET_KEY_FILE, type SecretKey } from './secret/key.ts';
export { masked } from './secret/mask.ts';
export { Vault } from './secret/vault.ts';
export { Automation, type AutomationCounters, type AutomationOptions } from './service.ts';
export { Tally } from './tally.ts';
export type { TaskRun } from './tasks.ts';
export type { TriggerStatus } from './triggers.ts';
export { isDeeper } from './yaml/depth.ts';
export { type Path, type Place, type Problem, pathOf } from './yaml/place.ts';
export { type ReadYaml, readYaml, type YamlText } from './yaml/text.ts';
