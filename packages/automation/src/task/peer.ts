/** What a task talks to: a connection that it opens for itself, or the link that the service keeps to a device. */
import { asFairleadError, type Clock, coreErrors, type FairleadError } from '@fairlead/core';
import { type Client, type Codec, connect, type Dial, type Payload } from '@fairlead/tcp';
import { type Budget, Share } from '../budget.ts';
import { automationErrors } from '../catalogue.ts';
import { type Connection, clientTlsOf, endpointOf } from '../connection/schema.ts';
import { automationLimits } from '../limits.ts';
import { Arrivals } from '../live/arrivals.ts';
import type { ExchangeLink } from '../live/live-exchange.ts';
import { ReadyQueue } from '../live/ready-queue.ts';
import type { DeviceLinks, HeldDeviceLink } from '../ports.ts';

/** A peer that is connected. */
export interface TaskPeer {
  readonly link: ExchangeLink;
  /** Name of the framing; `raw`: none. */
  readonly framing: string;
  /** For the output. */
  readonly words: string;
  /** Where the rules must go on in a later turn of the event loop. */
  readonly ready?: ReadyQueue;
  /** @param cause why it ends; undefined: in good order */
  close(cause: FairleadError | undefined): Promise<void>;
  traffic(): { readonly received: number; readonly sent: number };
}

/** Connects. Rejects with the error of the attempt. */
export async function openSocket(
  connection: Connection,
  options: {
    readonly codec: Codec<Buffer, Payload>;
    readonly clock: Clock;
    readonly dial?: Dial | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<TaskPeer> {
  const { codec, clock, dial, signal } = options;
  const { connectTimeout, keepAlive } = connection;
  const client = connect(endpointOf(connection), {
    codec,
    reconnect: false,
    whileDown: false,
    connectTimeout,
    ...clientTlsOf(connection),
    closeGrace: automationLimits.values.closeGrace,
    ...(keepAlive === undefined ? {} : { keepAlive }),
    ...(dial === undefined ? {} : { dial }),
    clock,
  });
  try {
    await client.ready(signal === undefined ? {} : { signal });
  } catch (error) {
    await client.destroy();
    throw error;
  }
  return {
    link: linkOf(client),
    framing: codec.name,
    words: 'Connected',
    close: (cause) => (cause === undefined ? client.close() : client.destroy(cause)),
    traffic() {
      const { framesIn, framesOut } = client.stats();
      return { received: framesIn, sent: framesOut };
    },
  };
}

function linkOf(client: Client<Buffer, Payload>): ExchangeLink {
  return {
    send: (message) => client.send(message),
    drained: (signal) => client.drained(signal),
    unfinished: () => client.unfinished(),
    take: (reader) => {
      client.receive().then(
        (frame) => reader.frame(frame),
        (error) => reader.failed(asFairleadError(error)),
      );
      return undefined;
    },
  };
}

/** Waits for the link of a device and holds it. Rejects with DEVICE_LINK_UNAVAILABLE, or as the links do. */
export async function openDevice(
  device: string,
  { wait, hold }: Connection,
  options: {
    readonly devices?: DeviceLinks | undefined;
    readonly budget: Budget;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<TaskPeer> {
  const { devices, budget, signal } = options;
  if (devices === undefined) throw automationErrors.error('DEVICE_LINK_UNAVAILABLE', { device });
  const share = new Share(budget);
  const arrivals = new Arrivals(device, share);
  let [received, sent] = [0, 0];
  const guest = {
    frame(frame: Uint8Array) {
      received++;
      arrivals.push(frame);
    },
    lost: (cause: FairleadError) => arrivals.fail(cause),
  };
  const held: HeldDeviceLink = await devices.holdLink(device, guest, { wait, hold, signal });
  return {
    link: {
      take: (reader) => arrivals.take(reader),
      unfinished: () => held.unfinished(),
      send(message) {
        sent++;
        return held.send(Buffer.from(message as Uint8Array));
      },
      drained: () => held.written(),
    },
    framing: held.framing,
    words: `Has the link to ${device}, ${held.remote}`,
    ready: new ReadyQueue(),
    async close() {
      held.end(arrivals.awaited);
      arrivals.leave();
      arrivals.fail(coreErrors.error('LINK_CLOSED'));
      share.end();
    },
    traffic: () => ({ received, sent }),
  };
}
