/**
 * A simulated device. It connects over a real socket, authenticates, sends readings and receives downlinks.
 */

import type { Clock, FairleadError } from '@fairlead/core';
import {
  type Client,
  type Codec,
  connect,
  line,
  type Payload,
  raw,
  type TpMessage,
  type TpPacket,
  tp,
  tpCommand,
  tpType,
} from '@fairlead/tcp';

/** A downlink that a simulated device received. */
export interface Received {
  readonly device: string;
  readonly kind: 'attributes' | 'command' | 'other';
  readonly values: unknown;
}

export interface SimOptions {
  readonly name: string;
  readonly token: string;
  /** The address to connect to: `host:port`. */
  readonly endpoint: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly received?: (received: Received) => void;
}

interface SimStats {
  sent: number;
  /** Readings that were not sent because there was no link or the service did not read. */
  heldBack: number;
  received: number;
  /** Links that ended unexpectedly. */
  lost: number;
}

/** One simulated device; `M` is what it sends. */
class SimDevice<In, M> implements AsyncDisposable {
  readonly name: string;
  readonly client: Client<In, M>;
  readonly stats: SimStats = { sent: 0, heldBack: 0, received: 0, lost: 0 };
  /** The cause of the end of the last link. */
  lastCause: FairleadError | undefined;
  #blocked = false;

  constructor(
    options: SimOptions,
    codec: Codec<In, M>,
    hello: M,
    heard: (frame: In) => Received | undefined,
  ) {
    this.name = options.name;
    this.client = connect(options.endpoint, {
      codec,
      clock: options.clock,
      random: options.random,
      whileDown: false,
      reconnect: { min: '500ms', max: '5s' },
      handshake: (link) => {
        link.send(hello);
      },
      frames: (batch) => {
        for (const frame of batch) this.#hear(heard(frame), options.received);
      },
    });
    this.client.on('state', ({ from, to, cause }) => {
      if (to === 'waiting') this.lastCause = cause;
      if (from === 'ready' && to === 'waiting') this.stats.lost++;
    });
  }

  /** Sends a message, unless there is no link or the service is too slow. */
  send(message: M): void {
    if (this.#blocked || this.client.state !== 'ready') {
      this.stats.heldBack++;
      return;
    }
    this.stats.sent++;
    if (this.client.send(message)) return;
    this.#blocked = true;
    const free = (): void => {
      this.#blocked = false;
    };
    this.client.drained().then(free, free);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }

  #hear(received: Received | undefined, tell: SimOptions['received']): void {
    if (received === undefined) return;
    this.stats.received++;
    tell?.(received);
  }
}

/** A device with the official protocol: a packet with its token, then packets with JSON. */
export function officialDevice(options: SimOptions): SimDevice<TpPacket, TpMessage> {
  const hello = { command: tpCommand.auth, payload: options.token };
  return new SimDevice(options, tp(), hello, (packet) => {
    if (packet.type === tpType.heartbeat || packet.command === tpCommand.auth) return undefined;
    const kinds = { [tpCommand.attributes]: 'attributes', [tpCommand.command]: 'command' } as const;
    const kind = kinds[packet.command as keyof typeof kinds] ?? 'other';
    return { device: options.name, kind, values: parsed(packet.payload.toString()) };
  });
}

/** A reading as a packet of the official protocol. */
export function attributesPacket(values: unknown): TpMessage {
  return { command: tpCommand.attributes, payload: JSON.stringify(values) };
}

/** A device that sends lines of JSON after its token. A downlink is `{"kind": ..., "values": ...}`, as {@link LINE_DEFINITION} makes it. */
export function lineDevice(options: SimOptions): SimDevice<string, string> {
  return new SimDevice(options, line(), options.token, (text) => {
    const { kind, values } = (parsed(text) ?? {}) as { kind?: Received['kind']; values?: unknown };
    if (kind === undefined) return { device: options.name, kind: 'other', values: text };
    return { device: options.name, kind, values };
  });
}

/** A device that sends frames unchanged, after `token` and a line end. */
export function frameDevice(options: SimOptions): SimDevice<Buffer, Payload> {
  return new SimDevice(options, raw(), `${options.token}\n`, () => undefined);
}

/** The definition of a {@link lineDevice}, in the format of the API. */
export const LINE_DEFINITION = {
  protocol: 'custom',
  framing: 'line',
  uplink: `// One line of JSON is one reading.
export function uplink(bytes) {
  return { values: JSON.parse(String.fromCharCode(...bytes)) };
}

export function downlink({ kind, values }) {
  return JSON.stringify({ kind, values });
}
`,
} as const;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
