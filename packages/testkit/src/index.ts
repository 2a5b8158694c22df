export { FakeClock, settled } from './fake-clock.ts';
export { type Faults, FaultyTransport, seeded } from './faulty.ts';
export { MemoryNetwork, MemoryTransport, memoryPair } from './memory.ts';
