/** The journal before each kind of bus: the other side ends in the middle and comes back, and nothing is lost. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { mqttBus, natsBus, webhookBus } from '@fairlead/bus';
import { silentLog } from '@fairlead/core';
import { type Bus, createGateway, type Device, uplinkRecord } from '@fairlead/gateway';
import { openJournal } from '@fairlead/journal';
import { eventually, freePort, requirePeer, startMosquitto, startNats } from '@fairlead/testkit';
import { connect as connectNats } from '@nats-io/transport-node';
import { connectAsync } from 'mqtt';
import { Cut } from '../soak/journal.ts';
import { BareDevice } from './running.ts';
import { attributes, auth } from './world.ts';

/** Messages before an end of the other side, and as many while it is away. */
const SOME = 60;
const LIVES = 2;
const TOPIC = 'devices/boiler/attributes';

/** What the journal's messages go to. */
interface Side {
  readonly bus: Bus & AsyncDisposable;
  /** Ends it. All that was sent has arrived. */
  end(): Promise<void>;
  start(): Promise<void>;
  /** The payloads that it has, in order; some perhaps twice. */
  arrived(): Promise<readonly string[]>;
}

const boiler: Device = {
  id: 'id-boiler',
  name: 'boiler',
  type: 'standard',
  protocol: 'official',
  profile: { id: 'p', ack: '06' },
  inboundBuffer: 1_024,
  outboundBuffer: 1_024,
};

const reconnect = { min: '10ms', max: '50ms' } as const;

const sides: Readonly<
  Record<string, { peer?: 'mosquitto' | 'nats-server'; open(stack: AsyncDisposableStack): Promise<Side> }>
> = {
  'MQTT 3.1.1': { peer: 'mosquitto', open: (stack) => mqtt(stack, 4) },
  'MQTT 5': { peer: 'mosquitto', open: (stack) => mqtt(stack, 5) },
  NATS: { peer: 'nats-server', open: nats },
  JetStream: { peer: 'nats-server', open: jetStream },
  'a webhook': { open: webhook },
};

describe('the journal, with the other side of the bus ending in the middle', { concurrency: true }, () => {
  for (const [name, { peer, open }] of Object.entries(sides))
    it(`loses nothing and keeps the order: ${name}`, { timeout: 60_000 }, async (t) => {
      if (peer !== undefined && !requirePeer(t, peer)) return;
      await using stack = new AsyncDisposableStack();
      const folder = await mkdtemp(join(tmpdir(), 'fairlead-journal-'));
      stack.defer(() => rm(folder, { recursive: true, force: true }));
      const side = await open(stack);
      stack.use(side.bus);
      const device = await journalingDevice(stack, folder, side.bus);
      let sent = 0;
      const send = async () => {
        for (let i = 0; i < SOME; i++) device.send(attributes({ n: sent++ }));
        await eventually(() => device.received.length === sent, 'the device is answered');
      };
      const allArrived = () =>
        eventually(
          async () => {
            const different = [...new Set(await side.arrived())];
            assert.ok(different.length <= sent);
            return different.length === sent;
          },
          'all have arrived',
          20_000,
        );
      for (let life = 0; life < LIVES; life++) {
        await send();
        if (name === 'NATS') await allArrived(); // the server itself keeps nothing for its subscribers
        await side.end();
        await send(); // while it is away
        await side.start();
      }
      await allArrived();
      const expected = Array.from({ length: sent }, (_, n) => JSON.stringify({ n }));
      assert.deepEqual([...new Set(await side.arrived())], expected);
    });
});

async function journalingDevice(stack: AsyncDisposableStack, folder: string, bus: Bus): Promise<BareDevice> {
  const journal = await openJournal({ files: folder, format: uplinkRecord, segment: 2 ** 20, size: 2 ** 24 });
  const gateway = stack.use(
    await createGateway({
      bus,
      log: silentLog,
      directory: {
        byToken: (token) => (token === 'token' ? boiler : undefined),
        byIdentity: () => undefined,
        profile: () => undefined,
        byName: (name) => (name === boiler.name ? boiler : undefined),
        byAddress: () => undefined,
        subDevices: () => [],
      },
      scripts: {
        load: async () => {
          throw new Error('there are no scripts');
        },
      },
      journal: { journal, keeps: () => true },
    }),
  );
  const { address } = await gateway.listen('official', 'official', '127.0.0.1:0');
  const device = await BareDevice.dial(Number(address.split(':')[1]));
  stack.defer(() => void device.socket.destroy());
  device.send(auth('token'));
  return device;
}

async function mqtt(stack: AsyncDisposableStack, version: 4 | 5): Promise<Side> {
  const broker = stack.use(await startMosquitto({ config: ['max_queued_messages 0', 'persistence true'] }));
  const arrived: string[] = [];
  const keeper = await connectAsync(broker.url, { clientId: 'keeper', clean: false, reconnectPeriod: 20 });
  stack.defer(() => keeper.endAsync(true));
  keeper.on('error', () => {});
  keeper.on('message', (_topic, payload) => arrived.push(`${payload}`));
  await keeper.subscribeAsync(TOPIC, { qos: 1 });
  return {
    bus: await mqttBus({ url: broker.url, version, qos: 1, reconnect, log: silentLog }),
    end: () => broker.end(),
    start: () => broker.restart(),
    arrived: async () => arrived,
  };
}

/** The gateway's connection comes back after that of the subscriber. */
async function nats(stack: AsyncDisposableStack): Promise<Side> {
  const server = stack.use(await startNats());
  const cut = stack.use(await Cut.open(server.port));
  const arrived: string[] = [];
  const ears = await connectNats({ servers: server.url, reconnectTimeWait: 10, maxReconnectAttempts: -1 });
  stack.defer(() => ears.close());
  ears.subscribe(TOPIC.replaceAll('/', '.'), {
    callback: (_, message) => void arrived.push(message.string()),
  });
  await ears.flush();
  return {
    bus: await natsBus({ url: `nats://127.0.0.1:${cut.port}`, reconnect, log: silentLog }),
    end: async () => {
      cut.off();
      await server.kill();
    },
    start: async () => {
      await server.restart();
      const listens = () =>
        ears.flush().then(
          () => true,
          () => false, // it is not connected yet
        );
      await eventually(listens, 'the subscriber is back');
      cut.on();
    },
    arrived: async () => arrived,
  };
}

async function jetStream(stack: AsyncDisposableStack): Promise<Side> {
  const server = stack.use(await startNats({ args: ['-js'] }));
  const stream = { name: 'ALL', subjects: ['>'] };
  const bus = await natsBus({ url: server.url, reconnect, stream, prefix: 'plant.', log: silentLog });
  return {
    bus,
    end: () => server.kill(),
    start: () => server.restart(),
    arrived: async () => {
      const connection = await connectNats({ servers: server.url });
      const call = async (operation: string, body: object) =>
        (await connection.request(`$JS.API.STREAM.${operation}.ALL`, JSON.stringify(body))).json<{
          state?: { last_seq: number };
          message?: { subject: string; data?: string };
        }>();
      const { state } = await call('INFO', {});
      const payloads: string[] = [];
      for (let seq = 1; seq <= (state?.last_seq ?? 0); seq++) {
        const { message } = await call('MSG.GET', { seq });
        if (message?.subject.endsWith('boiler.attributes'))
          payloads.push(Buffer.from(message.data ?? '', 'base64').toString());
      }
      await connection.close();
      return payloads;
    },
  };
}

async function webhook(stack: AsyncDisposableStack): Promise<Side> {
  const arrived: string[] = [];
  const port = await freePort();
  const open = async () => {
    const server = createServer(async (request, response) => {
      const { messages } = JSON.parse(Buffer.concat(await request.toArray()).toString());
      for (const { topic, json } of messages) if (topic === TOPIC) arrived.push(JSON.stringify(json));
      response.writeHead(204).end();
    });
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return server;
  };
  let server = await open();
  const end = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  stack.defer(async () => void (server.listening && (await end())));
  return {
    bus: await webhookBus({ url: `http://127.0.0.1:${port}/`, reconnect, log: silentLog }),
    end,
    start: async () => {
      server = await open();
    },
    arrived: async () => arrived,
  };
}
