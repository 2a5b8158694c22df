/** The driver kit: devices, their properties, and how they are run. */
export { ConfigFile, configPath } from './config.ts';
export { consoleOnStderr } from './console.ts';
export { type AnyDevice, DefaultDevice, type Snooped } from './device.ts';
export { type DeviceRuntime, DriverInterface } from './device-runtime.ts';
export type { DeviceHost } from './host.ts';
export type { DeviceLog, LogLevel } from './log.ts';
export {
  type AnyProperty,
  type BlobVector,
  type LightVector,
  type MemberOptions,
  type NewHandler,
  type NumberVector,
  type Outcome,
  PropertyVector,
  type SwitchVector,
  type TextVector,
  type Values,
  type VectorOptions,
} from './property.ts';
export { type RunOptions, runDriver } from './run.ts';
