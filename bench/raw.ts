/** Parts of the rivals: minimal hand-written code for official packets and for MQTT. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';

/** A packet that the hand-written loop returns. */
export interface Packet {
  readonly type: number;
  readonly command: number;
  readonly payload: Buffer;
}

/** An official packet. */
export function packet(type: number, command: number, payload: string | Buffer): Buffer {
  const body = Buffer.from(payload as string);
  const head = Buffer.from([0x54, 0x50, type, command, 0, 0, 0, 0]);
  head.writeUInt32BE(body.length, 4);
  return Buffer.concat([head, body]);
}

const NOTHING: Buffer = Buffer.alloc(0);

/** The loop: joins the rest of the last chunk with the new one, cuts packets, keeps the rest. */
export class PacketLoop {
  #rest = NOTHING;

  push(chunk: Buffer): Packet[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const packets: Packet[] = [];
    let at = 0;
    while (bytes.length - at >= 8) {
      if (bytes[at] !== 0x54 || bytes[at + 1] !== 0x50) throw new Error('not a packet');
      const end = at + 8 + bytes.readUInt32BE(at + 4);
      if (end > bytes.length) break;
      packets.push({
        type: bytes[at + 2] as number,
        command: bytes[at + 3] as number,
        payload: bytes.subarray(at + 8, end),
      });
      at = end;
    }
    this.#rest = at === bytes.length ? NOTHING : bytes.subarray(at);
    return packets;
  }
}

/** Writes a PUBLISH of QoS 0 with up to 16 KiB to `at`; returns the offset of the next. */
export function writePublish(target: Buffer, at: number, topic: string, payload: Buffer): number {
  const rest = 2 + topic.length + payload.length;
  let to = at;
  target[to++] = 0x30;
  if (rest >= 0x80) {
    target[to++] = (rest & 0x7f) | 0x80;
    target[to++] = rest >> 7;
  } else target[to++] = rest;
  target[to++] = 0;
  target[to++] = topic.length;
  to += target.write(topic, to, 'latin1');
  return to + payload.copy(target, to);
}

/** A client of MQTT 3.1.1 with a clean session and no keep-alive. */
export async function dialMqtt(port: number, id: string): Promise<Socket> {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const name = Buffer.from(id);
  const head = [0x10, 12 + name.length, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, name.length];
  socket.write(Buffer.concat([Buffer.from(head), name]));
  await once(socket, 'data');
  return socket;
}

/** A subscriber that counts PUBLISH packets, and hands them on if somebody asks for them. */
export class Counter {
  count = 0;
  readonly #socket: Socket;
  #rest = NOTHING;
  #wanted = Number.POSITIVE_INFINITY;
  #reached: (() => void) | undefined;
  readonly #heard: ((packet: Buffer) => void) | undefined;

  private constructor(socket: Socket, heard: ((packet: Buffer) => void) | undefined) {
    this.#socket = socket;
    this.#heard = heard;
    socket.on('data', (chunk: Buffer) => this.#data(chunk));
  }

  /** @param heard gets each PUBLISH */
  static async subscribe(port: number, filter: string, heard?: (packet: Buffer) => void): Promise<Counter> {
    const socket = await dialMqtt(port, `counter-${process.pid}`);
    const topic = Buffer.from(filter);
    const granted = once(socket, 'data');
    socket.write(
      Buffer.concat([Buffer.from([0x82, 5 + topic.length, 0, 1, 0, topic.length]), topic, Buffer.from([0])]),
    );
    await granted;
    return new Counter(socket, heard);
  }

  /** Resolves when this many have arrived since the last call. */
  async reach(wanted: number): Promise<void> {
    this.#wanted = wanted;
    if (this.count < wanted)
      await new Promise<void>((resolve) => {
        this.#reached = resolve;
      });
    this.count -= wanted;
  }

  close(): void {
    this.#socket.destroy();
  }

  #data(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 3) {
      const second = bytes[at + 1] as number;
      const size = second < 0x80 ? 2 + second : 3 + (second & 0x7f) + ((bytes[at + 2] as number) << 7);
      if (at + size > bytes.length) break;
      if (((bytes[at] as number) & 0xf0) === 0x30) {
        this.count++;
        this.#heard?.(bytes.subarray(at, at + size));
      }
      at += size;
    }
    this.#rest = bytes.subarray(at);
    if (this.count >= this.#wanted) {
      this.#wanted = Number.POSITIVE_INFINITY;
      this.#reached?.();
    }
  }
}
