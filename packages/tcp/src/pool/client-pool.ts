import { CodeCounts, type Endpoint, type FairleadError, parseOptions, systemClock } from '@fairlead/core';
import type { Client } from '../client/client.ts';
import type { ClientOptions } from '../client/options.ts';
import { ReconnectingClient } from '../client/reconnecting-client.ts';
import { tcpLimits } from '../limits.ts';
import type { RequestOptions } from '../request/options.ts';
import { type Traffic, TrafficTotals } from '../stats/traffic.ts';
import type { PoolFactory } from './factory.ts';
import { type PoolLimits, poolSchema } from './options.ts';
import { Pool } from './pool.ts';
import type { PoolStats } from './stats.ts';

/** A pooled client does not reconnect by itself, and is leased only when it is ready. */
type PooledClientOptions<In, Out> = Omit<ClientOptions<In, Out>, 'reconnect' | 'whileDown' | 'frames'>;

export interface PoolOptions<In, Out> extends PoolLimits, PooledClientOptions<In, Out> {
  /**
   * Called before an idle client is leased again: `(client) => client.request('PING').then((reply) => reply === 'PONG')`.
   * If it returns false or fails, the client is closed and another is taken.
   */
  readonly validate?: PoolFactory<Client<In, Out>>['validate'];
}

export interface ClientPoolStats extends PoolStats, Traffic {
  /** Ended clients and failed attempts to open, by code. */
  readonly closes: Readonly<Record<string, number>>;
}

/**
 * A pool of clients of one endpoint. Opens `min` clients at once. Throws ENDPOINT_INVALID, OPTION_UNKNOWN or
 * OPTION_INVALID.
 */
export function pool<In, Out = In>(
  endpoint: string | Endpoint,
  options: PoolOptions<In, Out>,
): ClientPool<In, Out> {
  const { min, max, acquireTimeout, idleTimeout, maxUses, queue, validate, ...client } = options;
  const limits = parseOptions(
    poolSchema,
    Object.fromEntries(
      Object.entries({ min, max, acquireTimeout, idleTimeout, maxUses, queue }).filter(
        ([, value]) => value !== undefined,
      ),
    ),
    'pool()',
  );
  const factory = new ClientFactory(endpoint, client, validate);
  const { reconnectMin, reconnectMax } = tcpLimits.values;
  return new ClientPool(factory, {
    ...limits,
    clock: client.clock ?? systemClock,
    random: client.random ?? Math.random,
    retry: { min: reconnectMin, max: reconnectMax, jitter: 'full' },
  });
}

/** Created by {@link pool}. */
export class ClientPool<In, Out = In> extends Pool<Client<In, Out>> {
  readonly #factory: ClientFactory<In, Out>;

  constructor(
    factory: ClientFactory<In, Out>,
    settings: ConstructorParameters<typeof Pool<Client<In, Out>>>[1],
  ) {
    super(factory, settings);
    this.#factory = factory;
  }

  /** Leases a client for one request. The signal also ends the wait for a client. */
  async request(message: Out, options: RequestOptions = {}): Promise<In> {
    using lease = await this.acquire({ signal: options.signal });
    return await lease.client.request(message, options);
  }

  override stats(): ClientPoolStats {
    return { ...super.stats(), ...this.#factory.traffic(), closes: this.#factory.closes.snapshot() };
  }
}

class ClientFactory<In, Out> implements PoolFactory<ReconnectingClient<In, Out>> {
  readonly closes = new CodeCounts();
  readonly validate: PoolFactory<Client<In, Out>>['validate'];
  readonly #endpoint: string | Endpoint;
  readonly #options: PooledClientOptions<In, Out>;
  readonly #traffic = new TrafficTotals();
  readonly #live = new Set<ReconnectingClient<In, Out>>();

  constructor(
    endpoint: string | Endpoint,
    options: PooledClientOptions<In, Out>,
    validate: PoolFactory<Client<In, Out>>['validate'],
  ) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.validate = validate;
    this.#make(); // throws at once if options are invalid
  }

  async open(
    signal: AbortSignal,
    lost: (cause: FairleadError) => void,
  ): Promise<ReconnectingClient<In, Out>> {
    const client = this.#make();
    client.on('state', ({ to, cause }) => {
      if (to !== 'closed') return;
      this.#live.delete(client);
      this.#traffic.end(client.stats());
      this.closes.add((cause as FairleadError).code);
      lost(cause as FairleadError);
    });
    this.#live.add(client);
    client.start();
    try {
      await client.ready({ signal });
      return client;
    } catch (error) {
      await client.destroy();
      throw signal.aborted ? signal.reason : error;
    }
  }

  close(client: Client<In, Out>): Promise<void> {
    return client.close();
  }

  destroy(client: Client<In, Out>): Promise<void> {
    return client.destroy();
  }

  /** Whether no reply is outstanding and no frame is unread, so that the client can be reused. */
  reusable(client: ReconnectingClient<In, Out>): boolean {
    return client.quiet;
  }

  traffic(): Traffic {
    return this.#traffic.with(this.#live);
  }

  #make(): ReconnectingClient<In, Out> {
    return new ReconnectingClient(this.#endpoint, { ...this.#options, reconnect: false, whileDown: false });
  }
}
