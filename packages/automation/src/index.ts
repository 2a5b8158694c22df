export { type Scope, type Template, template } from './body/template.ts';
export { automationErrors } from './catalogue.ts';
export {
  type Connection,
  type ConnectionDefinition,
  connectionSchema,
  parseConnection,
} from './connection/schema.ts';
export { type ConnectionTest, testConnection } from './connection/test.ts';
export { type CheckedFile, checkFile, checkList, type Entry } from './definition/file.ts';
export type { Named } from './definition/repository.ts';
export { checkDefinition, type Definitions, taskSchema, triggerSchema } from './definition/schema.ts';
export { type DryRunLine, type DryRunOptions, type DryRunResult, dryRun } from './dry-run/dry-run.ts';
export type { NextStep, StepAnswer } from './dry-run/stepping.ts';
export { Exchange, type ExchangeOptions } from './engine/exchange.ts';
export { exchangeTransitions, phasesAfter } from './engine/table.ts';
export type { Effect, ExchangeEvent, Outcome } from './engine/types.ts';
export type { RunView } from './history/run-history.ts';
export { DEPTH_HEADER } from './job/http.ts';
export type { JobStatus } from './job/jobs.ts';
export { type JobDefinition, jobSchema } from './job/schema.ts';
export { type KeyFormat, keyFormat } from './key-format.ts';
export { automationLimits } from './limits.ts';
export type { Message, Result } from './message.ts';
export type {
  AutomationStore,
  CodePage,
  CodePages,
  DefinitionKind,
  DeviceGuest,
  DeviceLinks,
  DeviceVisit,
  HeldDeviceLink,
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
export { checkSecretKey, openSecretKey, SECRET_KEY_FILE, type SecretKey } from './secret/key.ts';
export { masked } from './secret/mask.ts';
export { Vault } from './secret/vault.ts';
export { Automation, type AutomationCounters, type AutomationOptions } from './service.ts';
export { runTask, type TaskOptions } from './task/run-task.ts';
export type { TaskRun } from './task/tasks.ts';
export type { TriggerFire } from './trigger/exchanges.ts';
export { TriggerTotals } from './trigger/totals.ts';
export { startTrigger, Trigger, type TriggerOptions } from './trigger/trigger.ts';
export type { TriggerStatus } from './trigger/triggers.ts';
