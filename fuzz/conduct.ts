import { connect, type Socket } from 'node:net';
import type { Random } from './random.ts';

/** The behaviour of one end of a socket, as data. */
export type Step = { readonly send: Buffer } | { readonly wait: number };
/** `stay`: until the other side closes or the round is over; `half`: closes its own side and goes on reading. */
export type Farewell = 'end' | 'half' | 'destroy' | 'reset' | 'stay';

export interface Conduct {
  readonly steps: readonly Step[];
  readonly farewell: Farewell;
  /** Whether it reads the answers. */
  readonly reads: boolean;
}

/** Bytes as a device sends them: in pieces, with pauses between some. */
export function pieces(random: Random, bytes: Buffer): Step[] {
  const steps: Step[] = [];
  let from = 0;
  const cuts =
    bytes.length > 256 ? random.cuts(16).map((cut) => cut * (bytes.length >> 4)) : random.cuts(bytes.length);
  const pause = random.chance(0.5) ? 0 : 0.2;
  for (const to of [...cuts, bytes.length]) {
    if (to <= from) continue;
    steps.push({ send: bytes.subarray(from, to) });
    if (random.chance(pause)) steps.push({ wait: random.int(0, 4) });
    from = to;
  }
  return steps;
}

export function dial(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  socket.on('error', () => {});
  return socket;
}

/** Performs it. Resolves when the socket is closed, or when only `stay` is left. */
export async function perform({ steps, farewell, reads }: Conduct, socket: Socket): Promise<void> {
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  if (reads) socket.resume();
  for (const step of steps) {
    if (socket.destroyed) return;
    if ('wait' in step) await new Promise((resolve) => setTimeout(resolve, step.wait));
    else {
      socket.write(step.send);
      // One turn of the event loop, so that the next piece is a separate packet.
      await new Promise(setImmediate);
    }
  }
  socket.resume();
  if (farewell === 'stay') return;
  if (farewell === 'reset') socket.resetAndDestroy();
  else if (farewell === 'destroy') socket.destroy();
  else socket.end();
  if (farewell === 'end') socket.once('end', () => socket.destroy());
  if (farewell !== 'half') await gone;
}

/** A text for reports, from which it can be repeated. */
export function written({ steps, farewell, reads }: Conduct): string {
  const parts = steps.map((step) => ('wait' in step ? `(${step.wait} ms)` : step.send.toString('hex')));
  return `${parts.join(' ')} then ${farewell}${reads ? '' : ', reading nothing before'}`;
}
