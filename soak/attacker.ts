/** What a bad neighbour does to the service, in a thread of its own, until it is ended. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { packet } from '../e2e/running.ts';

export interface AttackTerms {
  readonly attack: AttackName;
  /** Ports of the listeners, and the tokens of the devices that misbehave. */
  readonly official: number;
  readonly custom: number;
  readonly tokens: { readonly official: string; readonly gateway: string };
  /** How many links are left half-open. */
  readonly links: number;
}

const terms = workerData as AttackTerms;
const { official, custom, tokens, links } = terms;
const auth = (token: string) => packet(0, 0, token);
const message = packet(0, 1, JSON.stringify({ text: 'x'.repeat(200) }));

function open(port: number): Socket {
  return connect(port, '127.0.0.1').on('error', () => {});
}

/** Does `again` with a new link as soon as the last one has ended, several at once. */
function loop(atOnce: number, again: () => Socket): void {
  for (let i = 0; i < atOnce; i++) {
    const next = () => void again().once('close', next);
    next();
  }
}

/** Writes as fast as the service reads. */
function flood(socket: Socket, bytes: () => Buffer): Socket {
  const write = () => {
    while (socket.write(bytes()));
  };
  socket.on('connect', write).on('drain', write);
  return socket;
}

const attacks = {
  'half-open links': () => {
    for (let i = 0; i < links; i++) open(official);
  },
  'wrong tokens': () => {
    loop(4, () => {
      const socket = open(official);
      socket.end(auth(randomBytes(16).toString('hex')));
      return socket.resume();
    });
  },
  'handshakes with a valid token': () => {
    loop(4, () => {
      const socket = open(official);
      socket.end(auth(tokens.official));
      return socket.resume();
    });
  },
  'a flood of messages': () => {
    const chunk = Buffer.concat(Array.from({ length: 100 }, () => message));
    const socket = open(official);
    socket.write(auth(tokens.official));
    flood(socket, () => chunk).resume();
  },
  'random bytes': () => {
    loop(2, () => flood(open(custom), () => randomBytes(4_096)).resume());
  },
  'unknown sub-devices': () => {
    let n = 0;
    const socket = open(official);
    socket.write(auth(tokens.gateway));
    flood(socket, () => {
      const readings = Object.fromEntries(Array.from({ length: 1_000 }, () => [`sub${n++}`, { v: 1 }]));
      return packet(0, 1, JSON.stringify(readings));
    }).resume();
  },
  'a device that does not read': () => {
    const heartbeats = Buffer.concat(Array.from({ length: 1_000 }, () => packet(1, 0, '')));
    loop(1, () => {
      const socket = open(official);
      socket.write(auth(tokens.official));
      return flood(socket, () => heartbeats).pause();
    });
  },
  'a device that writes byte by byte': () => {
    const socket = open(official).setNoDelay(true).resume();
    socket.write(auth(tokens.official));
    const bytes = packet(0, 1, JSON.stringify({ text: 'x'.repeat(100_000) }));
    let at = 0;
    const write = () => {
      socket.write(bytes.subarray(at, ++at));
      at %= bytes.length;
      setImmediate(write);
    };
    socket.once('connect', write);
  },
} satisfies Record<string, () => void>;
export type AttackName = keyof typeof attacks;

attacks[terms.attack]();
parentPort?.postMessage('begun');
