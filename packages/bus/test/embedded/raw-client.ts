/** An MQTT 3.1.1 client that sends what a test writes, right or wrong, and keeps what the broker answers. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { eventually } from '@fairlead/testkit';

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const head = Buffer.alloc(2);
  head.writeUInt16BE(bytes.length);
  return Buffer.concat([head, bytes]);
}

const number = (value: number) => Buffer.from([value >> 8, value & 0xff]);

export function packet(first: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const head = [first];
  let rest = body.length;
  for (; rest >= 0x80; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  head.push(rest);
  return Buffer.concat([Buffer.from(head), body]);
}

export interface ConnectOptions {
  readonly user?: string;
  readonly password?: string;
  readonly will?: { readonly topic: string; readonly payload: string; readonly retain?: boolean };
  readonly version?: number;
}

export function connectPacket(
  id: string,
  { user, password, will, version = 4 }: ConnectOptions = {},
): Buffer {
  const flags =
    0x02 |
    (will === undefined ? 0 : 0x04) |
    (will?.retain ? 0x20 : 0) |
    (user === undefined ? 0 : 0x80) |
    (password === undefined ? 0 : 0x40);
  return packet(
    0x10,
    text('MQTT'),
    Buffer.from([version, flags, 0, 0, ...(version === 5 ? [0] : [])]),
    text(id),
    ...(will === undefined ? [] : [text(will.topic), text(will.payload)]),
    ...(user === undefined ? [] : [text(user)]),
    ...(password === undefined ? [] : [text(password)]),
  );
}

export const subscribePacket = (filters: readonly string[], qos = 0): Buffer =>
  packet(0x82, number(1), ...filters.flatMap((filter) => [text(filter), Buffer.from([qos])]));

export const unsubscribePacket = (filters: readonly string[]): Buffer =>
  packet(0xa2, number(2), ...filters.map(text));

export function publishPacket(
  topic: string,
  payload: string | Uint8Array,
  { qos = 0, id = 1, retain = false } = {},
): Buffer {
  const first = 0x30 | (qos << 1) | (retain ? 1 : 0);
  return packet(first, text(topic), ...(qos > 0 ? [number(id)] : []), Buffer.from(payload as Uint8Array));
}

export const PINGREQ = Buffer.from([0xc0, 0]);

/** One packet of the broker: its first byte and its body. */
export interface Answer {
  readonly first: number;
  readonly body: Buffer;
}

export class RawClient {
  readonly socket: Socket;
  closed = false;
  #bytes: Buffer = Buffer.alloc(0);
  readonly #chunks: Buffer[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {}).on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    socket.once('close', () => {
      this.closed = true;
    });
  }

  static async open(port: number): Promise<RawClient> {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const client = new RawClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** Opens and sends CONNECT; resolves with the CONNACK's return code. */
  static async connect(port: number, id: string, options?: ConnectOptions): Promise<RawClient> {
    const client = await RawClient.open(port);
    client.write(connectPacket(id, options));
    await client.answered(0x20);
    return client;
  }

  write(...bytes: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  /** Everything that came so far, as packets. */
  answers(): Answer[] {
    this.#bytes = Buffer.concat([this.#bytes, ...this.#chunks.splice(0)]);
    const found: Answer[] = [];
    for (let at = 0; at + 2 <= this.#bytes.length; ) {
      let length = 0;
      let i = 1;
      for (; ; i++) {
        const byte = this.#bytes[at + i] as number;
        length += (byte & 0x7f) * 2 ** (7 * (i - 1));
        if (byte < 0x80) break;
      }
      const end = at + i + 1 + length;
      if (end > this.#bytes.length) break;
      found.push({ first: this.#bytes[at] as number, body: this.#bytes.subarray(at + i + 1, end) });
      at = end;
    }
    return found;
  }

  /** Waits for a packet of this type (its first byte without flags); its body. */
  async answered(type: number): Promise<Buffer> {
    const find = () => this.answers().find(({ first }) => (first & 0xf0) === type)?.body;
    await eventually(() => find() !== undefined || this.closed, `an answer 0x${type.toString(16)}`);
    return find() ?? Buffer.alloc(0);
  }

  /** Waits until so many bytes have come since the start. */
  async received(bytes: number): Promise<void> {
    let count = this.#bytes.length;
    for (const chunk of this.#chunks) count += chunk.length;
    while (count < bytes) {
      const [chunk] = (await once(this.socket, 'data')) as [Buffer];
      count += chunk.length;
    }
  }

  /** The return code of the CONNACK; undefined: there was none. */
  get code(): number | undefined {
    return this.answers().find(({ first }) => first === 0x20)?.body[1];
  }

  async ended(): Promise<void> {
    await eventually(() => this.closed, 'the broker closes the connection');
  }
}
