/** One connection to NATS; it is never reopened. */
import { coreErrors, type FairleadError, isFairleadError } from '@fairlead/core';
import {
  connect,
  createInbox,
  errors,
  type Msg,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node';
import { busErrors } from '../catalogue.ts';
import { networkFailure } from '../failure.ts';
import type { BusDelivery, BusMessage } from '../port.ts';
import { deliveryOf, headersOf } from './headers.ts';
import type { NatsSettings } from './settings.ts';
import { openStream, type StreamAnswer, type StreamSubjects, streamAnswer } from './stream.ts';
import { subjectOf, subjectsOf, topicOf } from './subject.ts';

export interface NatsSessionEvents {
  message(filter: string, topic: string, payload: Buffer, delivery: BusDelivery): void;
  /** The stream answered for the message with this number. */
  answered(number: number, answer: StreamAnswer): void;
  publishForbidden(topic: string): void;
  subscribeForbidden(filter: string): void;
  /** The connection ended; called once. */
  closed(cause: FairleadError): void;
}

/** Where a message went: the stream answers for it, or the next answered ping tells that the server has it. */
type Sent = 'stream' | 'server' | { readonly refused: string };

export class NatsSession {
  readonly #settings: NatsSettings;
  readonly #events: NatsSessionEvents;
  readonly #connection: NatsConnection;
  readonly #stream: StreamSubjects | undefined;
  readonly #inbox = createInbox();
  readonly #subscriptions = new Map<string, readonly Subscription[]>();
  #over = false;

  private constructor(
    settings: NatsSettings,
    events: NatsSessionEvents,
    connection: NatsConnection,
    stream: StreamSubjects | undefined,
  ) {
    this.#settings = settings;
    this.#events = events;
    this.#connection = connection;
    this.#stream = stream;
    if (stream !== undefined) {
      const start = this.#inbox.length + 1;
      connection.subscribe(`${this.#inbox}.*`, {
        callback: (error, { subject, headers, data }) => {
          if (error === null && !this.#over)
            events.answered(Number(subject.slice(start)), streamAnswer(headers?.code ?? 0, data));
        },
      });
    }
    void this.#watch();
    void connection.closed().then((error) => this.#end(error ? failureOf(error, settings) : undefined));
  }

  /** Makes one attempt. Rejects with a catalogue error. */
  static async open(settings: NatsSettings, events: NatsSessionEvents): Promise<NatsSession> {
    let connection: NatsConnection | undefined;
    try {
      connection = await connect(await settings.client());
      const { stream, prefix, connectTimeout } = settings;
      const subjects =
        stream === undefined ? undefined : await openStream(connection, stream, prefix, connectTimeout);
      return new NatsSession(settings, events, connection, subjects);
    } catch (error) {
      void connection?.close();
      throw failureOf(error, settings);
    }
  }

  /** Never waits; the caller bounds what is in flight. */
  send(message: BusMessage, number: number): Sent {
    const subject = subjectOf(message.topic, this.#settings.prefix);
    const headers = headersOf(message);
    const toStream = this.#stream?.takes(subject) === true;
    try {
      this.#connection.publish(subject, message.payload, {
        ...(headers !== undefined && { headers }),
        ...(toStream && { reply: `${this.#inbox}.${number}` }),
      });
    } catch (error) {
      if (error instanceof errors.InvalidArgumentError)
        return { refused: `the server takes ${this.#connection.info?.max_payload} bytes, or no headers` };
      throw error;
    }
    return toStream ? 'stream' : 'server';
  }

  /** Resolves when the server has read everything sent so far. Rejects when the connection is over. */
  ping(): Promise<void> {
    return this.#connection.flush();
  }

  async subscribe(filter: string): Promise<void> {
    const { prefix } = this.#settings;
    const { subjects, queue } = subjectsOf(filter, prefix);
    const callback = (error: Error | null, message: Msg) => {
      if (error !== null) this.#events.subscribeForbidden(filter);
      else if (!this.#over) this.#arrived(filter, message);
    };
    const options = { callback, ...(queue !== undefined && { queue }) };
    this.#subscriptions.set(
      filter,
      subjects.map((subject) => this.#connection.subscribe(subject, options)),
    );
    await this.ping();
  }

  has(filter: string): boolean {
    return this.#subscriptions.has(filter);
  }

  unsubscribe(filter: string): void {
    for (const subscription of this.#subscriptions.get(filter) ?? []) subscription.unsubscribe();
    this.#subscriptions.delete(filter);
  }

  async close(cause?: FairleadError): Promise<void> {
    this.#end(cause);
    await this.#connection.close();
  }

  #arrived(filter: string, { subject, data, headers, reply }: Msg): void {
    const topic = topicOf(subject, this.#settings.prefix);
    if (topic === undefined) return;
    const payload = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.#events.message(filter, topic, payload, deliveryOf(headers, reply));
  }

  async #watch(): Promise<void> {
    const { endpoint, prefix } = this.#settings;
    for await (const status of this.#connection.status()) {
      if (status.type === 'staleConnection') {
        // The library waits for the end of a socket that may never end.
        this.#end(busErrors.error('BUS_BROKER_SILENT', { endpoint }));
        void this.#connection.close();
      }
      if (status.type !== 'error' || !(status.error instanceof errors.PermissionViolationError)) continue;
      const { operation, subject } = status.error;
      if (operation === 'publish') this.#events.publishForbidden(topicOf(subject, prefix) ?? subject);
    }
  }

  #end(cause: FairleadError | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.closed(cause ?? coreErrors.error('PEER_CLOSED'));
  }
}

function failureOf(error: unknown, { endpoint, connectTimeout: limit }: NatsSettings): FairleadError {
  const cause = error instanceof errors.ConnectionError && error.cause ? error.cause : error;
  if (isFairleadError(error)) return error;
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError)
    return busErrors.error('BUS_CREDENTIALS_REFUSED', { endpoint, reason: error.name }, error);
  if (error instanceof errors.TimeoutError)
    return coreErrors.error('CONNECT_TIMEOUT', { endpoint, limit }, error);
  if (error instanceof errors.NoRespondersError || error instanceof errors.RequestError)
    return busErrors.error('BUS_BROKER_REFUSED', { endpoint, reason: 'JetStream is not enabled' }, error);
  if (cause instanceof Error && 'code' in cause)
    return networkFailure(cause as NodeJS.ErrnoException, endpoint, 'connect');
  const reason = cause instanceof Error ? cause.message : 'the connection ended';
  return busErrors.error('BUS_PROTOCOL_VIOLATED', { endpoint, reason }, error);
}
