export { type Decoded, decodeChunks, decodeWhole, type Ending } from './codec-feed.ts';
export { type CodecSuiteOptions, codecSuite } from './codec-suite.ts';
export {
  type CodecVector,
  type CodecVectorFile,
  readVectors,
  type ShownFrame,
  showFrame,
} from './codec-vectors.ts';
export { FakeClock, settled } from './fake-clock.ts';
export { type Faults, FaultyTransport, seeded } from './faulty.ts';
export { MemoryNetwork, MemoryTransport, memoryPair } from './memory.ts';
