export type * from './api.ts';
export { gatewayErrors } from './catalogue.ts';
export type * from './desired-ports.ts';
export { downlinkStates } from './downlink/ledger.ts';
export type * from './downlink-ports.ts';
export type { DownlinkTerms } from './downlink-terms.ts';
export { createGateway } from './gateway.ts';
export type * from './guest-api.ts';
export type { JournalTerms, UplinkJournal } from './journal-port.ts';
export { gatewayLimits } from './limits.ts';
export type { GatewayOptions } from './options.ts';
export type * from './ports.ts';
export { customProtocol } from './protocol/custom.ts';
export type { CertificateIdentity, Identity, ReportedIdentity, TokenIdentity } from './protocol/identity.ts';
export { officialProtocol } from './protocol/official.ts';
export { profileProtocol } from './protocol/profile.ts';
export type {
  Challenge,
  CodecTerms,
  Detection,
  DeviceProtocol,
  EncodedDownlink,
  Handshake,
  HandshakeContext,
  HandshakeStep,
  Meaning,
  Opening,
} from './protocol/protocol.ts';
export { deathOf, type Life, lifeTransitions } from './session/life.ts';
export type { LivenessOptions } from './session/liveness.ts';
export { MemoryRegistry, type SharedSessions } from './session/memory-registry.ts';
export { compileTopics, defaultTopics, Topic, type Topics, type TopicTemplates } from './topics.ts';
export { ReplayedUplinks } from './uplink/replayed-uplinks.ts';
export { uplinkRecord } from './uplink/uplink-record.ts';
export type * from './watch-port.ts';
