/** Devices that send at a steady rate, and a subscriber that measures how long their messages are under way. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import type { Handlers } from './harness.ts';
import { Counter, packet } from './raw.ts';
import type { Subscription } from './subscriber.ts';

export interface PacedFleet {
  readonly port: number;
  readonly tokens: readonly string[];
  /** Devices of the custom protocol, a line a message; absent: of the official one. */
  readonly lines?: boolean;
}

export interface Pace {
  /** Messages a second, of all devices together. */
  readonly perSecond: number;
  readonly messages: number;
}

/** Milliseconds from the write of a device to the subscriber. */
export interface Delays {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly worst: number;
}

/** A clock that all processes of this machine share: microseconds. */
const now = () => Math.round(Number(process.hrtime.bigint() / 1_000n));

/** The role of a process full of devices. A device is connected when a byte answers its AccessToken. */
export function paced(): Handlers {
  const sockets: Socket[] = [];
  let asLines = false;
  const message = () => {
    const json = `{"sent":${now()},"temperature":36.5,"humidity":52}`;
    return asLines ? Buffer.from(`${json}\n`) : packet(0, 1, json);
  };
  return {
    connect: async ({ port, tokens, lines = false }: PacedFleet) => {
      asLines = lines;
      for (const token of tokens) {
        const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
        socket.write(lines ? `${token}\n` : packet(0, 0, token));
        await once(socket, 'data');
        sockets.push(socket);
      }
    },
    /** Each device in its turn; what is due is sent every millisecond. Resolves when all are sent. */
    send: async ({ perSecond, messages }: Pace) => {
      const begun = performance.now();
      for (let sent = 0; sent < messages; ) {
        const due = Math.min(messages, Math.floor(((performance.now() - begun) * perSecond) / 1_000));
        for (; sent < due; sent++) sockets[sent % sockets.length]?.write(message());
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    stop: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The role of a process that subscribes, and reads when each message was sent. */
export function stopwatch(): Handlers {
  let counter: Counter | undefined;
  let times: number[] = [];
  return {
    subscribe: async ({ port, filter }: Subscription) => {
      counter = await Counter.subscribe(port, filter, (publish) => {
        const at = publish.indexOf('"sent":');
        if (at >= 0)
          times.push((now() - Number.parseInt(publish.toString('latin1', at + 7, at + 27), 10)) / 1_000);
      });
    },
    /** Resolves when so many messages have arrived since the last call. */
    delays: async (messages: number): Promise<Delays> => {
      await counter?.reach(messages);
      const sorted = times.toSorted((a, b) => a - b);
      times = [];
      const part = (of: number) => sorted[Math.floor(of * (sorted.length - 1))] as number;
      return { p50: part(0.5), p95: part(0.95), p99: part(0.99), worst: part(1) };
    },
    stop: () => counter?.close(),
  };
}
