/** Hand-written devices of the official protocol, or of the custom one, which connect to the gateway and to its rivals. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { Handlers } from './harness.ts';
import { packet } from './raw.ts';

export interface Fleet {
  readonly port: number;
  readonly tokens: readonly string[];
  /** Devices that connect at the same time. */
  readonly atOnce: number;
  /** Whether they connect with TLS, and take any certificate. */
  readonly tls?: boolean;
  /** Bytes of a frame of a custom device; absent: the devices are official. */
  readonly custom?: number;
}

export interface Exchange {
  /** Messages of each device. */
  readonly count: number;
  readonly window: number;
}

const NOTHING: Buffer = Buffer.alloc(0);

/** The result of connecting a fleet. */
export interface Arrival {
  /** Milliseconds from the first attempt to the last answer. */
  readonly ms: number;
  readonly refused: number;
}

/** Messages of one write: about 40 bytes of JSON each. */
export const BLOCK = 100;

/** The role of a process full of devices. A device is connected when a byte answers its AccessToken. */
export function fleet(): Handlers {
  let sockets: Socket[] = [];
  let block: Buffer = NOTHING;
  /** Each device writes so many pieces, over and over again, as fast as they are accepted. Resolves when all are sent. */
  const sendAll = async (count: number, pieces: readonly Buffer[]): Promise<void> => {
    const sendOn = async (socket: Socket) => {
      for (let n = 0; n < count; n++)
        if (!socket.write(pieces[n % pieces.length] as Buffer)) await once(socket, 'drain');
    };
    await Promise.all(sockets.map(sendOn));
  };
  return {
    connect: async ({ port, tokens, atOnce, custom, tls }: Fleet): Promise<Arrival> => {
      block = custom === undefined ? Buffer.concat(messages()) : frames(custom);
      const started = performance.now();
      let refused = 0;
      let next = 0;
      const worker = async (): Promise<void> => {
        while (next < tokens.length) {
          const n = next++;
          const token = tokens[n] as string;
          const socket = dial(
            port,
            n,
            custom === undefined ? packet(0, 0, token) : Buffer.from(`${token}\n`),
            tls,
          );
          sockets.push(socket);
          await once(socket, 'data').catch(() => refused++);
        }
      };
      await Promise.all(Array.from({ length: Math.min(atOnce, tokens.length) }, worker));
      return { ms: performance.now() - started, refused };
    },
    /** Blocks of {@link BLOCK} messages from each device, with one write for each block. */
    send: (blocks: number) => sendAll(blocks, [block]),
    /** Messages from each device, with one write for each, as most devices do. */
    sendMessages: (count: number) => sendAll(count, messages()),
    /** The same, each message acknowledged with one byte; so many of a device are on their way at most. */
    exchange: async ({ count, window }: Exchange) => {
      const all = messages();
      await Promise.all(
        sockets.map(
          (socket) =>
            new Promise<void>((resolve, reject) => {
              let [sent, acknowledged] = [0, 0];
              const send = () => {
                for (; sent < count && sent - acknowledged < window; sent++)
                  socket.write(all[sent % all.length] as Buffer);
              };
              const heard = (bytes: Buffer) => {
                acknowledged += bytes.length;
                if (acknowledged < count) send();
                else {
                  socket.off('data', heard).off('close', reject);
                  resolve();
                }
              };
              socket.on('data', heard).once('close', reject);
              send();
            }),
        ),
      );
    },
    /** Resolves when all devices together have received so many more bytes. */
    receive: (bytes: number) =>
      new Promise<void>((resolve) => {
        let received = 0;
        const heard = (chunk: Buffer) => {
          received += chunk.length;
          if (received < bytes) return;
          for (const socket of sockets) socket.off('data', heard);
          resolve();
        };
        for (const socket of sockets) socket.on('data', heard);
      }),
    close: async () => {
      const closed = sockets.map((socket) => (socket.destroyed ? undefined : once(socket, 'close')));
      // A TLS socket cannot be reset.
      for (const socket of sockets)
        if (socket instanceof TLSSocket) socket.destroy();
        else socket.resetAndDestroy();
      await Promise.all(closed);
      sockets = [];
    },
  };
}

/** The messages of a block, in the official protocol. */
function messages(): Buffer[] {
  return Array.from({ length: BLOCK }, (_, i) =>
    packet(0, 1, `{"temperature":${36 + i / 100},"humidity":52,"n":${i}}`),
  );
}

/** A block of frames of this size. */
function frames(size: number): Buffer {
  return Buffer.concat(Array.from({ length: BLOCK }, (_, i) => Buffer.alloc(size, i)));
}

/** From several addresses of this machine, so that ports do not run out. */
function dial(port: number, n: number, hello: Buffer, tls = false): Socket {
  const localAddress = `127.0.0.${2 + (n % 8)}`;
  const plain = createConnection({ port, host: '127.0.0.1', localAddress, noDelay: true });
  const socket = tls ? connectTls({ socket: plain, rejectUnauthorized: false }) : plain;
  socket.write(hello);
  return socket;
}
