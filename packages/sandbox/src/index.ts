export { sandboxErrors } from './catalogue.ts';
export { sandboxLimits } from './limits.ts';
export type { SandboxOptions } from './options.ts';
export { penaltyTransitions } from './penalty.ts';
export { createSandbox } from './sandbox.ts';
export { joinScriptFiles } from './script-files.ts';
export type {
  DownlinkInput,
  IdentifyResult,
  LoadOptions,
  PollRequest,
  Sandbox,
  SandboxStats,
  Script,
  ScriptContext,
  ScriptLog,
  ScriptMessage,
  StateChange,
  UplinkResult,
} from './types.ts';
