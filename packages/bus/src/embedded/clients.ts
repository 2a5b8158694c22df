/** Outside clients of the embedded broker: admission, permissions and limits. */
import type { Socket } from 'node:net';
import type { FairleadError, Log } from '@fairlead/core';
import type { AedesOptions, AedesPublishPacket, AuthenticateError, Client, Subscription } from 'aedes';
import { busErrors } from '../catalogue.ts';
import { busLimits } from '../limits.ts';
import { Access } from './access.ts';
import { ClientIds } from './client-ids.ts';
import { Connection } from './connection.ts';
import { Grants } from './grants.ts';
import { Intake } from './intake.ts';
import type { EmbeddedSettings } from './options.ts';
import { Outlet } from './outlet.ts';
import type { PacketLimits, Violation } from './packets.ts';
import { PasswordThrottle } from './password-throttle.ts';
import { Stalls } from './stalls.ts';
import { Traffic } from './traffic.ts';

/** Return codes of CONNACK, MQTT 3.1.1, 3.2.2.3. */
const ID_REJECTED = 2;
const UNAVAILABLE = 3;
const BAD_USER_OR_PASSWORD = 4;
const NOT_AUTHORISED = 5;
/** Bytes of a PUBLISH besides its payload: the longest topic, its length, and a packet id. */
const OVERHEAD = 2 ** 16 + 4;
/** The longest time of a timer, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;
/** Most characters of a text from a client in the log. */
const SHOWN = 100;

export class BrokerClients {
  readonly #settings: EmbeddedSettings;
  readonly access: Access;
  /** Includes ended connections, as long as the library knows them: it publishes a will after its client has left. */
  readonly #connections = new WeakMap<Client, Connection>();
  readonly #open = new Set<Connection>();
  /** Connections that have not sent CONNECT, the oldest first. */
  readonly #waiting = new Set<Connection>();
  readonly #ids: ClientIds<Connection>;
  readonly #passwords: PasswordThrottle;
  readonly #stalls: Stalls;
  readonly #traffic: Traffic;
  readonly #granted = { bytes: 0 };
  readonly #packets: PacketLimits;
  readonly #failed = new WeakSet<Client>();
  readonly #log: Log;
  /** Publishes that were refused. */
  refused = 0;
  /** Messages that slow subscribers did not get. */
  dropped = 0;
  #fullNamed = false;

  constructor(settings: EmbeddedSettings) {
    const { values } = busLimits;
    const { maxClients, maxPayload, access, clock, drainTimeout } = settings;
    this.#settings = settings;
    this.access = new Access(access);
    this.#log = settings.log;
    // If users are configured, half of the connections are reserved for them.
    const anonymous = access.users.length > 0 ? Math.floor(maxClients / 2) : maxClients;
    this.#ids = new ClientIds({ clients: maxClients, anonymous });
    this.#passwords = new PasswordThrottle(
      { delay: values.wrongPassword, each: values.guessesOfAddress, total: values.guesses },
      clock,
    );
    const least = Math.min(drainTimeout, values.drainTimeoutLeast);
    this.#stalls = new Stalls({ patience: drainTimeout, least, memory: values.drainMemory }, clock, () =>
      this.#open.values(),
    );
    this.#traffic = new Traffic(
      { partial: values.partialPackets, underWay: values.clientsUnderWay },
      () => this.window,
    );
    this.#packets = {
      connect: values.clientConnect,
      filters: values.clientFilters,
      other: maxPayload + OVERHEAD,
      batchPackets: values.clientBatch,
      batchBytes: values.clientBatchBytes,
    };
  }

  /** Messages in delivery at the same time. Each goes to all subscribers, so it is smaller with many subscribers. */
  get window(): number {
    const { window, deliveries, clientBatch } = busLimits.values;
    return Math.max(clientBatch, Math.min(window, Math.floor(deliveries / Math.max(1, this.#ids.size))));
  }

  /** The hooks of the broker library. */
  handlers(): AedesOptions {
    return {
      preConnect: (_client, packet, done) => {
        // No session outlives its connection: messages kept for an absent client would have no bound in memory.
        (packet as { clean: boolean }).clean = true;
        done(null, true);
      },
      authenticate: (client, user, password, done) => this.#admit(client, user, password, done),
      authorizePublish: (client, packet, done) => {
        this.watch();
        const refusal = this.#publishRefusal(client, packet);
        if (refusal === undefined) return done(null);
        this.refused++;
        this.#warn(refusal);
        // MQTT 3.1.1 has no other way to refuse a publish (3.3.5) than to close the connection.
        done(refusal);
      },
      authorizeSubscribe: (client, subscription, done) => {
        const { topic, qos } = subscription;
        const granted = this.#connections.get(client)?.grants.grant(topic, qos) ?? false;
        // The library uses any of several matching subscriptions. So all get QoS 2 here, and `#forward` lowers it.
        done(null, granted ? { ...subscription, qos: 2 } : null);
      },
      authorizeForward: (client, packet) => this.#forward(client, packet),
      maxInflightInbound: busLimits.values.halfSent,
      // The library's timer ends when everything is sent. Our own timer is shorter and disconnects clients that accept nothing.
      drainTimeout: Math.min(2 * this.#settings.drainTimeout, LONGEST_TIMER),
      connectTimeout: this.#settings.connectTimeout,
      // Our own windows limit the messages in delivery; the library's queue behind them would be unbounded.
      concurrency: 0,
    };
  }

  /** A socket was accepted; `handle` passes it to the library. */
  came(socket: Socket, handle: (socket: Socket) => Client): void {
    const { clientSubscriptions, clientSubscriptionBytes, subscriptionBytes, clientsWaiting } =
      busLimits.values;
    const grants = new Grants(
      {
        subscriptions: clientSubscriptions,
        clientBytes: clientSubscriptionBytes,
        totalBytes: subscriptionBytes,
      },
      this.#granted,
    );
    const intake = new Intake(socket, this.#traffic, this.#packets, {
      violated: (violation) => this.#violated(connection, violation),
      evicted: () => this.#warn(busErrors.error('BUS_CLIENT_EVICTED', { address: connection.address })),
    });
    const outlet =
      this.#settings.slowSubscribers === 'drop'
        ? new Outlet(socket, () => this.#clientBuffer, this.#packets.other)
        : undefined;
    const connection = new Connection(socket, intake, grants, outlet);
    const client = handle(socket);
    intake.attach(client);
    this.#connections.set(client, connection);
    this.#open.add(connection);
    this.#waiting.add(connection);
    socket.once('close', () => {
      this.#open.delete(connection);
      this.#waiting.delete(connection);
      connection.grants.revokeAll();
      if (this.#ids.leave(connection)) this.#fullNamed = false;
    });
    if (this.#waiting.size <= clientsWaiting) return;
    const [oldest] = this.#waiting;
    this.#waiting.delete(oldest as Connection);
    this.#full(clientsWaiting);
    oldest?.socket.destroy();
  }

  unsubscribed(client: Client, filters: readonly string[]): void {
    const grants = this.#connections.get(client)?.grants;
    for (const filter of filters) grants?.revoke(filter);
  }

  connectionOf(client: Client): Connection | undefined {
    return this.#connections.get(client);
  }

  /** Call when messages are in delivery to subscribers. */
  watch(): void {
    this.#stalls.watch();
  }

  close(): void {
    this.#stalls.close();
  }

  /** A connection ended with an error. */
  failed(client: Client, error: Error): void {
    // The library reports it again for each message in delivery.
    if (this.#failed.has(client)) return;
    this.#failed.add(client);
    // Refusals are logged already.
    if ('code' in error && String(error.code).startsWith('BUS_')) return;
    if ('errorCode' in error) return;
    const address = this.#connections.get(client)?.address ?? '';
    const failure = busErrors.error(
      'BUS_CLIENT_FAILED',
      { client: shown(client.id), address, reason: error.message },
      error,
    );
    this.#log.info({ code: failure.code, ...failure.details }, failure.message);
  }

  #admit(
    client: Client,
    user: string | undefined,
    password: Buffer | undefined,
    done: (error: AuthenticateError | null, success: boolean | null) => void,
  ): void {
    const connection = this.#connections.get(client);
    if (connection === undefined) return;
    this.#waiting.delete(connection);
    const { address } = connection;
    const refuse = (returnCode: number, reason: string) =>
      done(Object.assign(new Error(reason), { returnCode }) as AuthenticateError, false);
    const named = (reason: string) => {
      const error = busErrors.error('BUS_CLIENT_REFUSED', { address, reason });
      this.#log.warn({ code: error.code, address, ...(user && { user: shown(user) }) }, error.message);
      return reason;
    };
    if (user && !this.#passwords.allowed(address)) {
      refuse(UNAVAILABLE, named('too many wrong passwords from this address'));
      return;
    }
    const { identity, refusal } = { identity: undefined, ...this.access.admit(address, user, password) };
    if (refusal === 'credentials') {
      const reason = named('wrong user or password');
      this.#passwords.hold(address, () => refuse(BAD_USER_OR_PASSWORD, reason));
      return;
    }
    if (refusal !== undefined) {
      refuse(NOT_AUTHORISED, named('it needs a user'));
      return;
    }
    connection.identity = identity;
    const place = this.#ids.take(connection, client.id);
    if (place === undefined) {
      done(null, true);
    } else if (place === 'taken') {
      refuse(ID_REJECTED, named('its client id belongs to another user'));
    } else {
      this.#full(this.#settings.maxClients);
      refuse(UNAVAILABLE, 'there are too many clients');
    }
  }

  #publishRefusal(
    client: Client | null,
    { topic, retain }: Pick<AedesPublishPacket, 'topic' | 'retain'>,
  ): FairleadError | undefined {
    const identity = client === null ? undefined : this.#connections.get(client)?.identity;
    const details = {
      client: shown(client?.id),
      user: identity?.user ?? 'anonymous',
      topic: topic.slice(0, 2 * SHOWN),
    };
    if (!this.access.mayPublish(identity, topic)) return busErrors.error('BUS_PUBLISH_REFUSED', details);
    if (retain && !this.access.mayRetain(identity)) return busErrors.error('BUS_RETAIN_REFUSED', details);
    return undefined;
  }

  #forward(client: Client, packet: AedesPublishPacket): AedesPublishPacket | null {
    // Under $SYS/ the library publishes filters and ids of clients, without a limit and without waiting for subscribers.
    if (packet.topic.startsWith('$SYS/')) return null;
    if (packet.qos === 0 && !packet.retain && this.#dropsFor(client)) return null;
    if (packet.qos > 0) {
      const granted = this.#connections.get(client)?.grants.qosOf(packet.topic) ?? 0;
      if (granted < packet.qos) packet.qos = granted as Subscription['qos'];
    }
    return packet;
  }

  /** Each client's share of the memory for all of them. */
  get #clientBuffer(): number {
    const { clientBuffer, clientBuffers } = busLimits.values;
    return Math.min(clientBuffer, Math.floor(clientBuffers / Math.max(1, this.#ids.size)));
  }

  #dropsFor(client: Client): boolean {
    const connection = this.#connections.get(client);
    const { outlet } = connection ?? {};
    if (connection === undefined || !outlet?.full) return false;
    this.dropped++;
    if (++outlet.dropped === 1)
      this.#warn(
        busErrors.error('BUS_CLIENT_LAGGING', { client: shown(client.id), address: connection.address }),
      );
    return true;
  }

  #violated({ address }: Connection, violation: Violation): void {
    this.#warn(
      'size' in violation
        ? busErrors.error('BUS_PACKET_TOO_LARGE', { address, ...violation })
        : busErrors.error('BUS_PROTOCOL_VIOLATED', { endpoint: address, ...violation }),
    );
  }

  #full(limit: number): void {
    if (this.#fullNamed) return;
    this.#fullNamed = true;
    this.#warn(busErrors.error('BUS_CLIENTS_FULL', { limit }));
  }

  #warn(error: FairleadError): void {
    this.#log.warn({ code: error.code, ...error.details }, error.message);
  }
}

function shown(text: string | null | undefined): string {
  return (text ?? '').slice(0, SHOWN);
}
