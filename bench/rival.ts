/** The rivals of the gateway, as processes: raw `net` and the hand-written loop. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Certificate } from '@fairlead/testkit';
import type { Handlers } from './harness.ts';
import { dialMqtt, type Packet, PacketLoop, packet, writePublish } from './raw.ts';

const IN = Buffer.from([6]);

export interface RivalOptions {
  readonly tokens: readonly string[];
  /** Port of the MQTT broker, for the relay. */
  readonly mqtt?: number;
  /** Files of a certificate: then devices connect with TLS. */
  readonly tls?: Certificate;
}

/** Accepts, reads one packet with a known AccessToken, answers one byte, and holds the socket. */
export function acceptor(): Handlers {
  return listening(async ({ tokens }) => {
    const known = new Set(tokens);
    return (socket) => {
      const loop = new PacketLoop();
      socket.on('data', (chunk: Buffer) => {
        for (const { command, payload } of loop.push(chunk))
          if (command === 0 && known.has(payload.toString())) socket.write(IN);
      });
    };
  });
}

/**
 * The same; each message is also sent to the broker, as MQTT written by hand, with one write for all messages of a chunk: about
 * the least that a relay in JavaScript can do. It follows the speed of the broker: while the socket to the broker is full,
 * devices are not read.
 */
export function relay(): Handlers {
  return listening(async ({ tokens, mqtt }) => {
    const topics = new Map(tokens.map((token, i) => [token, `devices/device-${i}/attributes`]));
    const broker = await dialMqtt(mqtt as number, `relay-${process.pid}`);
    const sockets = new Set<Socket>();
    let blocked = false;
    const send = (bytes: Buffer) => {
      if (broker.write(bytes) || blocked) return;
      blocked = true;
      for (const other of sockets) other.pause();
    };
    broker.on('drain', () => {
      blocked = false;
      for (const socket of sockets) socket.resume();
    });
    return (socket) => {
      const loop = new PacketLoop();
      let topic: string | undefined;
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('data', (chunk: Buffer) => {
        const packets = loop.push(chunk);
        if (topic === undefined) {
          topic = topics.get(packets.shift()?.payload.toString() ?? '');
          socket.write(IN);
        }
        if (topic !== undefined && packets.length > 0) send(publishEach(packets, topic));
      });
    };
  });
}

function publishEach(packets: readonly Packet[], topic: string): Buffer {
  const size = packets.reduce((sum, { payload }) => sum + 8 + topic.length + payload.length, 0);
  const target = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { payload } of packets) at = writePublish(target, at, topic, payload);
  return target.subarray(0, at);
}

function listening(prepare: (options: RivalOptions) => Promise<(socket: Socket) => void>): Handlers {
  let server: Server | undefined;
  const held = new Set<Socket>();
  return {
    start: async (options: RivalOptions): Promise<number> => {
      const accepted = await prepare(options);
      const take = (socket: Socket) => {
        held.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => held.delete(socket));
        accepted(socket);
      };
      const { tls } = options;
      const pem = tls && { cert: readFileSync(tls.cert), key: readFileSync(tls.key) };
      server =
        pem === undefined
          ? createServer({ noDelay: true }, take)
          : createTlsServer({ noDelay: true, ...pem }, take);
      server.listen({ port: 0, host: '127.0.0.1', backlog: 16_384 });
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
    /** Writes the same attributes to all sockets. */
    broadcast: (values: object) => {
      const bytes = packet(0, 1, JSON.stringify(values));
      for (const socket of held) socket.write(bytes);
    },
    stop: () => {
      server?.close();
      for (const socket of held) socket.destroy();
    },
  };
}
