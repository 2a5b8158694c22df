export { serverErrors } from './catalogue.ts';
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
export { serverLimits } from './limits.ts';
