/**
 * The structure of a message on the wire, in any encoding:
 *
 *     {"metadata": {"message_id": str, "timestamp": seconds, "message_type": str, "priority": 1..4, "source": str,
 *                   "destination": str | null, "correlation_id": str | null},
 *      "data": anything}
 *
 * destination and correlation_id may be missing; keys that are not listed are ignored.
 */

import type { FairleadError } from '@fairlead/core';
import { messagingErrors } from './catalogue.ts';
import { isMessageType, isPriority, messageTypes, ReceivedMessage } from './message.ts';

/**
 * Converts a decoded value to a received message. Throws `MESSAGE_INVALID` with the place of the mistake.
 * @param memory see {@link ReceivedMessage.memory}; undefined: it is estimated when somebody asks for it
 */
export function messageOf(value: unknown, size: number, memory?: number): ReceivedMessage {
  const message = value as { metadata?: unknown; data?: unknown };
  if (!isMap(message))
    throw invalid('the top', `expected an object with metadata and data, got ${kind(value)}`);
  const metadata = message.metadata as Record<string, unknown>;
  if (metadata === undefined) throw invalid('metadata', 'it is missing');
  if (!isMap(metadata)) throw invalid('metadata', `expected an object, got ${kind(metadata)}`);
  if (message.data === undefined) throw invalid('data', 'it is missing');
  const {
    message_id: messageId,
    timestamp,
    message_type: messageType,
    priority,
    source,
    destination = null,
    correlation_id: correlationId = null,
  } = metadata;
  if (typeof messageId !== 'string') throw wrong('message_id', messageId, 'text');
  if (!Number.isFinite(timestamp)) throw wrong('timestamp', timestamp, 'seconds since 1970');
  if (!isMessageType(messageType))
    throw wrong('message_type', messageType, `one of ${messageTypes.join(', ')}`);
  if (!isPriority(priority)) throw wrong('priority', priority, '1, 2, 3 or 4');
  if (typeof source !== 'string') throw wrong('source', source, 'text');
  if (destination !== null && typeof destination !== 'string')
    throw wrong('destination', destination, 'text or null');
  if (correlationId !== null && typeof correlationId !== 'string')
    throw wrong('correlation_id', correlationId, 'text or null');
  return new ReceivedMessage(
    {
      messageId,
      timestamp: timestamp as number,
      messageType,
      priority,
      source,
      destination,
      correlationId,
    },
    message.data,
    size,
    memory,
  );
}

export function invalid(path: string, reason: string, cause?: unknown): FairleadError {
  return messagingErrors.error('MESSAGE_INVALID', { path, reason }, cause);
}

function wrong(key: string, value: unknown, expected: string): FairleadError {
  const found = value === undefined ? 'it is missing' : `got ${show(value)}`;
  return invalid(`metadata.${key}`, `expected ${expected}; ${found}`);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kind(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

/** A value of a peer, shortened for an error message. */
function show(value: unknown): string {
  if (typeof value === 'object' && value !== null) return kind(value);
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
