export {
  busSuite,
  type LastingSide,
  type SuiteBus,
  type SuiteBusSetup,
  type SuiteDelivery,
  type SuiteMessage,
} from './bus-suite.ts';
export { type Cable, cable } from './cable.ts';
export { Authority, type Certificate } from './certificates.ts';
export { type Decoded, decodeChunks, decodeWhole, type Ending } from './codec-feed.ts';
export { type CodecSuiteOptions, codecSuite } from './codec-suite.ts';
export {
  type CodecVector,
  type CodecVectorFile,
  readVectors,
  type ShownFrame,
  showFrame,
} from './codec-vectors.ts';
export type { SuiteVector } from './driver-shape.ts';
export { type DriverSuiteOptions, driverSuite, type SuiteDriver } from './driver-suite.ts';
export { eventually } from './eventually.ts';
export { FakeClock, settled } from './fake-clock.ts';
export { type Fault, fault } from './fault.ts';
export { type Faults, FaultyTransport, seeded } from './faulty.ts';
export { assertLinear } from './growth.ts';
export { journalSuite, type SuiteJournal, type SuiteStorage } from './journal-suite.ts';
export { MemoryNetwork, MemoryTransport, memoryPair } from './memory.ts';
export { type FolderCall, type ModelFile, ModelFolder, systemError } from './model-folder.ts';
export { type Namespace, namespace } from './namespace.ts';
export { type NatsServer, type NatsServerOptions, startNats } from './nats-server.ts';
export { peerEnvironment } from './peer-environment.ts';
export {
  freePort,
  type Mosquitto,
  type MosquittoOptions,
  requirePeer,
  startMosquitto,
} from './peers.ts';
export {
  type ProfileSuiteOptions,
  profileSuite,
  type SuiteBytes,
  type SuiteLine,
  type SuiteLink,
  type SuiteProfile,
} from './profile-suite.ts';
export {
  registrySuite,
  type SuiteDevice,
  type SuiteRegistries,
  type SuiteRegistry,
} from './registry-suite.ts';
