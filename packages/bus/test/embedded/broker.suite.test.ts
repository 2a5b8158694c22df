import { embeddedBroker } from '@fairlead/bus';
import { busSuite } from '@fairlead/testkit';

const limits = { queue: { highWater: '64KiB', limit: '1MiB' }, maxPayload: '64KiB' } as const;

busSuite('embedded', async () => ({ bus: await embeddedBroker(limits) }));
busSuite('embedded, open to outside clients', async () => ({
  bus: await embeddedBroker({ ...limits, listen: '127.0.0.1:0' }),
}));
