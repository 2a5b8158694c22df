/** The driver kit: devices, their properties, and the runner. */
export { ConfigFile, configPath } from './config.ts';
export { consoleOnStderr } from './console.ts';
export { controlTransitions } from './control-state.ts';
export { type AnyDevice, DefaultDevice, type Snooped } from './device.ts';
export { type DeviceRuntime, DriverInterface } from './device-runtime.ts';
export { type RunOptions, runDriver } from './run.ts';
