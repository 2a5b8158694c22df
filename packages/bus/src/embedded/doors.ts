/** Outside clients of the embedded broker: who is let in, what they may do, and what is bounded. */
import type { Socket } from 'node:net';
import type { AedesOptions, AuthenticateError, Client } from 'aedes';
import { busErrors } from '../catalogue.ts';
import { busLimits } from '../limits.ts';
import type { BusLog } from '../port.ts';
import { Access, type Identity } from './access.ts';
import type { EmbeddedSettings } from './options.ts';
import { PacketGuard } from './packet-guard.ts';

/** Return codes of CONNACK, MQTT 3.1.1, 3.2.2.3. */
const BAD_USER_OR_PASSWORD = 4;
const NOT_AUTHORISED = 5;
/** A topic's most, its length, a packet id: what a PUBLISH has besides its payload. */
const OVERHEAD = 2 ** 16 + 4;
/** QoS 2 messages that one client may leave half-sent. */
const HALF_SENT = 20;

export class Doors {
  readonly #settings: EmbeddedSettings;
  readonly #access: Access;
  readonly #identities = new WeakMap<Client, Identity>();
  readonly #addresses = new WeakMap<Client, string>();
  readonly #failed = new WeakSet<Client>();
  readonly #log: BusLog;
  /** Publishes that were refused. */
  refused = 0;
  #fullNamed = false;

  constructor(settings: EmbeddedSettings) {
    this.#settings = settings;
    this.#access = new Access(settings.access);
    this.#log = settings.log;
  }

  /** What the broker library asks of us. */
  handlers(): AedesOptions {
    return {
      preConnect: (_client, packet, done) => {
        // No session outlives its connection: messages kept for an absent client would have no bound in memory.
        (packet as { clean: boolean }).clean = true;
        done(null, true);
      },
      authenticate: (client, user, password, done) => {
        const remote = this.#remote(client);
        const { identity, refusal } = { identity: undefined, ...this.#access.admit(remote, user, password) };
        if (identity !== undefined) {
          this.#identities.set(client, identity);
          return done(null, true);
        }
        const reason = refusal === 'credentials' ? 'wrong user or password' : 'it needs a user';
        const error = busErrors.error('BUS_CLIENT_REFUSED', { address: remote, reason });
        this.#log.warn({ code: error.code, address: remote, ...(user && { user }) }, error.message);
        const returnCode = refusal === 'credentials' ? BAD_USER_OR_PASSWORD : NOT_AUTHORISED;
        done(Object.assign(new Error(reason), { returnCode }) as AuthenticateError, false);
      },
      authorizePublish: (client, packet, done) => {
        const identity = client === null ? undefined : this.#identities.get(client);
        if (this.#access.mayPublish(identity, packet.topic)) return done(null);
        this.refused++;
        const user = identity?.user ?? 'anonymous';
        const error = busErrors.error('BUS_PUBLISH_REFUSED', {
          client: client?.id ?? '',
          user,
          topic: packet.topic.slice(0, 200),
        });
        this.#log.warn({ code: error.code, ...error.details }, error.message);
        // MQTT 3.1.1 has no other way to say no (3.3.5): neither PUBACK nor silence, but the end of the connection.
        done(error);
      },
      authorizeSubscribe: (client, subscription, done) => {
        const { subscriptions } = client as unknown as { subscriptions: Record<string, unknown> };
        const room = Object.keys(subscriptions).length < busLimits.values.clientSubscriptions;
        done(null, room || subscription.topic in subscriptions ? subscription : null);
      },
      maxInflightInbound: HALF_SENT,
      drainTimeout: this.#settings.drainTimeout,
      connectTimeout: this.#settings.connectTimeout,
      // Our own window bounds what is under way; the library's would queue behind it without a bound.
      concurrency: 0,
    };
  }

  /** Watches the size of packets. The library reads with `read()`, so that is where the bytes pass. */
  guard(socket: Socket): void {
    const guard = new PacketGuard(busLimits.values.clientConnect, this.#settings.maxPayload + OVERHEAD);
    const read = socket.read.bind(socket);
    socket.read = (size?: number) => {
      const chunk: Buffer | null = read(size);
      const announced = chunk === null ? undefined : guard.push(chunk);
      if (announced === undefined) return chunk;
      const error = busErrors.error('BUS_PACKET_TOO_LARGE', {
        address: socket.remoteAddress ?? '',
        size: announced,
        limit: this.#settings.maxPayload,
      });
      this.#log.warn({ code: error.code, ...error.details }, error.message);
      socket.destroy();
      return null;
    };
  }

  came(client: Client, address: string): void {
    this.#addresses.set(client, address);
  }

  /** A connection ended with an error. */
  failed(client: Client, error: Error): void {
    // The library says it again for each message that was under way.
    if (this.#failed.has(client)) return;
    this.#failed.add(client);
    // Refusals have their line already.
    if ('code' in error && String(error.code).startsWith('BUS_')) return;
    if ('errorCode' in error) return;
    const failure = busErrors.error(
      'BUS_CLIENT_FAILED',
      { client: client.id ?? '', address: this.#remote(client), reason: error.message },
      error,
    );
    this.#log.info({ code: failure.code, ...failure.details }, failure.message);
  }

  full(): void {
    if (this.#fullNamed) return;
    this.#fullNamed = true;
    const error = busErrors.error('BUS_CLIENTS_FULL', { limit: this.#settings.maxClients });
    this.#log.warn({ code: error.code, ...error.details }, error.message);
  }

  left(): void {
    this.#fullNamed = false;
  }

  #remote(client: Client): string {
    return this.#addresses.get(client) ?? (client.conn as Socket).remoteAddress ?? '';
  }
}
