export * from './automation-schemas.ts';
export { apiLimits } from './limits.ts';
export * from './schemas.ts';
