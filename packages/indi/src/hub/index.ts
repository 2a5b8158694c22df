/** Many drivers behind one INDI port. */
export { type ChainAddress, INDI_PORT, parseChain } from './chain.ts';
export type { HubClientStatus } from './client.ts';
export type { HubClientEnded, HubClientsEnded } from './ended-clients.ts';
export { createHub, type DriverStatus, Hub } from './hub.ts';
export type { HubLimits, HubOptions } from './options.ts';
export type { DriverCommand } from './process.ts';
export { type SourceState, sourceTransitions } from './source-state.ts';
