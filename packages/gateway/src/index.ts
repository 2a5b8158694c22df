export type * from './api.ts';
export { gatewayErrors } from './catalogue.ts';
export { createGateway, type GatewayOptions } from './gateway.ts';
export { gatewayLimits } from './limits.ts';
export type * from './ports.ts';
export { compileTopics, defaultTopics, Topic, type Topics, type TopicTemplates } from './topics.ts';
