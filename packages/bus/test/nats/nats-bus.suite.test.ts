import { natsBus } from '@fairlead/bus';
import { busSuite, requirePeer, startNats } from '@fairlead/testkit';
import { connect } from '@nats-io/transport-node';

const settings = {
  queue: { highWater: '64KiB', limit: '1MiB' },
  maxPayload: '64KiB',
  reconnect: { min: '10ms', max: '50ms' },
} as const;

busSuite('nats', async (t) => {
  if (!requirePeer(t, 'nats-server')) return undefined;
  const nats = await startNats();
  return { bus: await natsBus({ ...settings, url: nats.url }), end: () => nats.stop() };
});

busSuite('nats, with a stream that takes all', async (t) => {
  if (!requirePeer(t, 'nats-server')) return undefined;
  const nats = await startNats({ args: ['-js'] });
  const stream = { name: 'ALL', subjects: ['>'] };
  return {
    bus: await natsBus({ ...settings, url: nats.url, prefix: 'plant.', stream }),
    lasting: async () => ({
      restart: async () => {
        await nats.kill();
        await nats.restart();
      },
      kept: () => stored(nats.url, 'ALL'),
      [Symbol.asyncDispose]: async () => {},
    }),
    end: () => nats.stop(),
  };
});

async function stored(url: string, stream: string): Promise<string[]> {
  const connection = await connect({ servers: url });
  const call = async (operation: string, body: object) =>
    (await connection.request(`$JS.API.STREAM.${operation}.${stream}`, JSON.stringify(body))).json<{
      state?: { last_seq: number };
      message?: { data?: string };
    }>();
  const { state } = await call('INFO', {});
  const payloads: string[] = [];
  for (let seq = 1; seq <= (state?.last_seq ?? 0); seq++) {
    const { message } = await call('MSG.GET', { seq });
    payloads.push(Buffer.from(message?.data ?? '', 'base64').toString());
  }
  await connection.close();
  return payloads;
}
