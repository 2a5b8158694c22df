export { indiErrors } from './catalogue.ts';
export * from './client/index.ts';
export * from './connection/index.ts';
export * from './devices/index.ts';
export * from './driver/index.ts';
export * from './hub/index.ts';
export { indiLimits } from './limits.ts';
export { DriverBench } from './testing/driver-bench.ts';
export * from './wire/index.ts';
