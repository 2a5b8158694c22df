import { webhookBus } from '@fairlead/bus';
import { busSuite } from '@fairlead/testkit';
import { Arrivals } from '../arrivals.ts';
import { payloadOf, Receiver } from './receiver.ts';

busSuite('webhook', async () => {
  const receiver = new Receiver();
  const arrivals = new Arrivals();
  receiver.answer = ({ messages }, response) => {
    for (const message of messages) arrivals.arrived(message);
    response.writeHead(204).end();
  };
  await receiver.start();
  return {
    bus: await webhookBus({
      url: receiver.url,
      queue: { highWater: '64KiB', limit: '1MiB' },
      maxPayload: '64KiB',
      reconnect: { min: '5ms', max: '20ms' },
      batch: { messages: 50 },
    }),
    arrivals: arrivals.subscribe,
    lasting: async () => ({
      restart: async () => {
        await receiver.stop();
        await receiver.start();
      },
      kept: async () =>
        receiver.requests.flatMap(({ messages }) => messages.map((message) => String(payloadOf(message)))),
      [Symbol.asyncDispose]: async () => {},
    }),
    end: () => receiver.stop(),
  };
});
