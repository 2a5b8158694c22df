/** Messages: data of any shape, with metadata about their type, sender, receiver and priority. */
import { type Clock, coreErrors, type FairleadError, nearest } from '@fairlead/core';
import { costOf } from './cost.ts';

/** The kinds of messages. */
export const messageTypes = [
  'command',
  'data',
  'status',
  'error',
  'heartbeat',
  'acknowledgment',
  'configuration',
] as const;
export type MessageType = (typeof messageTypes)[number];

/** 1 low, 2 normal, 3 high, 4 critical. */
export type Priority = 1 | 2 | 3 | 4;
/** The priorities by name: `priorities.high` is 3. */
export const priorities = { low: 1, normal: 2, high: 3, critical: 4 } as const satisfies Record<
  string,
  Priority
>;

export interface MessageMetadata {
  /** `tcp_` and a number; unique and increasing for each sender. */
  readonly messageId: string;
  /** Creation time: seconds since the Unix epoch, with a fraction. */
  readonly timestamp: number;
  readonly messageType: MessageType;
  readonly priority: Priority;
  /** The name of the sender. */
  readonly source: string;
  /** The name of the receiver; null: any. It has no effect on the delivery. */
  readonly destination: string | null;
  /** The id of the message that this one answers. */
  readonly correlationId: string | null;
}

export interface Message<T = unknown> {
  readonly metadata: MessageMetadata;
  readonly data: T;
}

/** The object with `metadata` and `data`. */
const WRAPPING = costOf({ metadata: 0, data: 0 });

/** A received message. */
export class ReceivedMessage<T = unknown> implements Message<T> {
  readonly metadata: MessageMetadata;
  readonly data: T;
  /** Bytes on the wire, including the length field. */
  readonly size: number;
  /** The id of the client that sent it; set at a server only. */
  clientId: string | undefined = undefined;
  #memory: number | undefined;

  /** @param memory bytes; absent: estimated from the values, which must be those of JSON, when somebody asks for it */
  constructor(metadata: MessageMetadata, data: T, size: number, memory?: number) {
    this.metadata = metadata;
    this.data = data;
    this.size = size;
    this.#memory = memory;
  }

  /** Estimated memory of its values, in bytes; never less than `size`. */
  get memory(): number {
    this.#memory ??= this.size + WRAPPING + costOf(this.metadata) + costOf(this.data);
    return this.#memory;
  }
}

/** A frame that is not a valid message. Its link stays open. */
export class RefusedMessage {
  /** `MESSAGE_INVALID`, `MESSAGE_NAN_REFUSED` or `MESSAGE_PICKLE_REFUSED`. */
  readonly error: FairleadError;

  constructor(error: FairleadError) {
    this.error = error;
  }
}

/** The output of a message codec. */
export type Incoming = ReceivedMessage | RefusedMessage;

/** Creates message ids: `tcp_` and the microseconds since the Unix epoch, or the last number plus one. */
class MessageIds {
  #last = 0;

  /** @param now Unix milliseconds */
  next(now: number): string {
    this.#last = Math.max(this.#last + 1, Math.floor(now * 1_000));
    return `tcp_${this.#last}`;
  }
}

const KEYS: readonly string[] = [
  'messageId',
  'timestamp',
  'messageType',
  'priority',
  'source',
  'destination',
  'correlationId',
] satisfies (keyof MessageMetadata)[];
const TYPES: ReadonlySet<unknown> = new Set(messageTypes);

export function isMessageType(value: unknown): value is MessageType {
  return TYPES.has(value);
}

export function isPriority(value: unknown): value is Priority {
  return value === 1 || value === 2 || value === 3 || value === 4;
}

/** Creates complete messages from data and partial metadata. */
export class MessageMaker {
  readonly #source: string;
  readonly #clock: Clock;
  readonly #ids = new MessageIds();
  /** Creation time of the last message: Unix milliseconds. */
  madeAt = 0;

  constructor(source: string, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** Adds defaults for fields that `given` omits. Throws `OPTION_UNKNOWN` or `OPTION_INVALID`. */
  make<T>(data: T, given?: Partial<MessageMetadata>): Message<T> {
    const now = this.#clock.now();
    this.madeAt = now;
    if (given !== undefined) check(given);
    return {
      metadata: {
        messageId: given?.messageId ?? this.#ids.next(now),
        timestamp: given?.timestamp ?? now / 1_000,
        messageType: given?.messageType ?? 'data',
        priority: given?.priority ?? 2,
        source: given?.source ?? this.#source,
        destination: given?.destination ?? null,
        correlationId: given?.correlationId ?? null,
      },
      data,
    };
  }
}

/** Checks that peers accept the metadata, so that the caller that made a mistake gets the error. */
function check(given: Partial<MessageMetadata>): void {
  for (const key in given) {
    if (KEYS.includes(key)) continue;
    const near = nearest(key, KEYS);
    const hint = near === undefined ? `Known here: ${KEYS.join(', ')}.` : `Did you mean "${near}"?`;
    throw coreErrors.error('OPTION_UNKNOWN', { key, where: ' of the metadata', hint });
  }
  const { messageType, priority, timestamp } = given;
  if (messageType !== undefined && !isMessageType(messageType))
    throw invalid('messageType', `expected one of ${messageTypes.join(', ')}; got ${show(messageType)}.`);
  if (priority !== undefined && !isPriority(priority))
    throw invalid('priority', `expected 1 (low), 2, 3 or 4 (critical); got ${show(priority)}.`);
  if (timestamp !== undefined && !Number.isFinite(timestamp))
    throw invalid('timestamp', `expected seconds since 1970; got ${show(timestamp)}.`);
  for (const key of ['messageId', 'source', 'destination', 'correlationId'] as const) {
    const value: unknown = given[key];
    if (value !== undefined && typeof value !== 'string' && value !== null)
      throw invalid(key, `expected text; got ${show(value)}.`);
  }
}

function invalid(key: string, reason: string): FairleadError {
  return coreErrors.error('OPTION_INVALID', { key, where: ' of the metadata', reason });
}

function show(value: unknown): string {
  return String(JSON.stringify(value) ?? value).slice(0, 60);
}
