export { busSuite, type SuiteBus, type SuiteBusSetup, type SuiteMessage } from './bus-suite.ts';
export { FakeClock, settled } from './fake-clock.ts';
export { type Faults, FaultyTransport, seeded } from './faulty.ts';
export { MemoryNetwork, MemoryTransport, memoryPair } from './memory.ts';
export {
  eventually,
  freePort,
  type Mosquitto,
  type MosquittoOptions,
  peerEnvironment,
  requirePeer,
  startMosquitto,
} from './peers.ts';
