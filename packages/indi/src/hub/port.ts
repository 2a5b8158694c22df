import { asFairleadError, type Clock, type FairleadError, type Log, systemClock } from '@fairlead/core';
import {
  type Codec,
  type Link,
  type Listen,
  refuseHttp,
  type Server,
  serve,
  type Transport,
} from '@fairlead/tcp';
import { FramedLink } from '@fairlead/tcp/internal';
import { type IndiPayload, indiElements, type RawElement } from '../wire/index.ts';
import { type ClientBudgets, clientBudgets, HubClient, type HubClientStatus } from './client.ts';
import { ClientDecoder } from './client-decoder.ts';
import { EndedClients, type HubClientsEnded } from './ended-clients.ts';
import { localPair } from './local.ts';
import type { HubLimits } from './options.ts';
import type { Router } from './router.ts';

/** Bytes handed to a socket ahead of its peer: what more there is waits in the hub, shared by all. */
const HIGH_WATER = 262_144;

interface PortOptions {
  readonly router: Router;
  readonly limits: HubLimits;
  readonly log: Log;
  readonly clock?: Clock | undefined;
  /** Where clients are accepted; sockets by default. */
  readonly listenWith?: Listen | undefined;
}

/** Where clients reach the hub: over TCP, and from within this process. */
export class HubPort {
  readonly #options: PortOptions;
  readonly #ended: EndedClients;
  readonly #budgets: ClientBudgets;
  #server: Server<RawElement, IndiPayload, HubClient> | undefined;

  constructor(options: PortOptions) {
    this.#options = options;
    this.#budgets = clientBudgets(options.limits);
    this.#ended = new EndedClients(options.log, options.clock ?? systemClock);
  }

  /** As bound; undefined: it does not listen. */
  get address(): string | undefined {
    return this.#server?.address;
  }

  /** Clients that have said something. */
  clients(): HubClientStatus[] {
    return [...this.#options.router.clients].map((client) => client.status());
  }

  ended(): HubClientsEnded {
    return this.#ended.snapshot();
  }

  /** Rejects with PORT_IN_USE, LISTEN_FAILED or ENDPOINT_INVALID. */
  async listen(endpoint: string): Promise<void> {
    const { clock, listenWith, limits } = this.#options;
    this.#server = await serve<RawElement, IndiPayload, HubClient>(endpoint, {
      name: 'indi',
      codec: indiElements(),
      limits: { sessions: limits.clients, writeBuffer: this.#writeBuffer(), writeHighWater: HIGH_WATER },
      ...(clock !== undefined && { clock }),
      ...(listenWith !== undefined && { listen: listenWith }),
      accept: (session) => {
        const client = this.#clientOf(session);
        session.use(this.#codecOf(client));
        return client;
      },
      frames: (session, batch) => this.#frames(session.data, batch),
      writable: (session) => session.data?.queue.writable(),
      closed: (session, cause) => this.#closed(session, cause, session.data),
    });
  }

  /** A connection within this process. */
  connect(): Transport {
    const [near, far] = localPair(HIGH_WATER);
    const { clock = systemClock } = this.#options;
    const settings = { clock, writeBuffer: this.#writeBuffer(), closeGrace: 0 };
    const link: FramedLink<RawElement, IndiPayload> = new FramedLink(
      far,
      indiElements(),
      {
        frames: (_, batch) => this.#frames(client, batch),
        writable: () => client.queue.writable(),
        closed: (_, cause) => this.#closed(link, cause, client),
      },
      settings,
    );
    const client = this.#clientOf(link);
    link.use(this.#codecOf(client));
    this.#options.router.join(client);
    link.flow();
    return near;
  }

  async close(cause: FairleadError): Promise<void> {
    const stopped = this.#server?.close(cause);
    for (const client of this.#options.router.clients) if (client.link.remote === 'local') client.end(cause);
    await stopped;
  }

  #clientOf(link: Link<RawElement, IndiPayload>): HubClient {
    const { clientQueue: queue, streamQueue } = this.#options.limits;
    return new HubClient(link, { queue, streamQueue }, this.#budgets);
  }

  /** INDI has no authentication: what a web page makes a browser send must not be taken for it. */
  #codecOf(client: HubClient): Codec<RawElement, IndiPayload> {
    const { maxElement, maxBlob } = this.#options.limits;
    const { name, encoder } = indiElements();
    const decoder = () => new ClientDecoder({ maxElement, maxBlob }, (bytes) => client.receives(bytes));
    return refuseHttp({ name, encoder, decoder });
  }

  #frames(client: HubClient, batch: readonly RawElement[]): void {
    const { router } = this.#options;
    // Who has said nothing wants nothing.
    if (!router.clients.has(client)) router.join(client);
    try {
      router.fromClient(client, batch);
    } catch (error) {
      client.end(asFairleadError(error));
    }
  }

  #closed({ remote }: { remote: string }, cause: FairleadError, client: HubClient | undefined): void {
    this.#ended.add(remote, cause);
    if (client === undefined) return;
    client.left();
    this.#options.router.leave(client);
  }

  /** One element of the largest size may lie in a socket's buffer; the rest waits in the queue. */
  #writeBuffer(): number {
    const { maxBlob, clientQueue } = this.#options.limits;
    return maxBlob + clientQueue;
  }
}
