export { indiErrors } from './catalogue.ts';
export { indiLimits } from './limits.ts';
export * from './wire/index.ts';
