export {
  type CheckedRules,
  checkFile,
  checkList,
  checkRules,
  type DefinitionKind,
  type DryRunLine,
  demoTask,
  demoTrigger,
  dryRun,
  type NextStep,
  parseConnection,
  type RunRecord,
  type StepAnswer,
} from '@fairlead/automation';
/** The command line reaches INDI through here, as it depends on this package alone. */
export {
  type Change,
  connectIndi,
  consoleOnStderr,
  type DriverStatus,
  INDI_PORT,
  type IndiClient,
  type Property,
  PropertyPattern,
  runDriver,
} from '@fairlead/indi';
export { type Path, type Problem as FileProblem, parsePointer, type YamlText } from '@fairlead/yaml';
export { type AdminToken, TOKEN_FILE } from './admin-token.ts';
export type { BackupManifest } from './backup/manifest.ts';
export { readBackup } from './backup/read.ts';
export { type Restored, type RestoreOptions, restoreBackup } from './backup/restore.ts';
export { serverErrors } from './catalogue.ts';
export { allCatalogues, helpOf } from './codes.ts';
export { type ExplainedKey, explainConfig } from './config/explain.ts';
export {
  type CheckedConfig,
  type ConfigFlags,
  type ConfigInput,
  checkConfig,
  type LoadedConfig,
  loadConfig,
} from './config/load.ts';
export { configReference } from './config/reference.ts';
export type { Config, ListenerConfig, ListenerLimits } from './config/schema.ts';
export { examine, type SeenService } from './doctor/doctor.ts';
export type { Finding } from './doctor/finding.ts';
export type { Drivers } from './drivers/drivers.ts';
export { serverLimits } from './limits.ts';
export type { LiveReader, LiveSink } from './live/event-ring.ts';
export type { LiveStream } from './live/stream.ts';
export { createLog, type LogOptions } from './log.ts';
export { type Addresses, type Service, type ServiceOptions, startService } from './service.ts';
