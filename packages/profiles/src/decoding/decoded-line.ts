/** What `fairlead decode` prints of one frame. */
import { isFairleadError } from '@fairlead/core';
import type { ScriptMessage } from '@fairlead/sandbox';
import type { Explanation } from '../explain/explain.ts';

/** What a frame yielded. Bytes are hex digits, times RFC 3339. */
export interface DecodedLine {
  readonly hex: string;
  readonly identity?: string | undefined;
  /** Of the one message, where there is one. */
  readonly kind?: 'attributes' | 'events' | undefined;
  readonly time?: string | undefined;
  readonly device?: string | undefined;
  readonly values?: unknown;
  /** Where there are several. */
  readonly messages?: readonly DecodedMessage[] | undefined;
  readonly reply?: string | undefined;
  /** The requests that it answers, by their ids, and why the device refuses them. */
  readonly answers?: readonly string[] | undefined;
  readonly refused?: string | undefined;
  /** A code of the catalogue, and the message of the error. */
  readonly error?: string | undefined;
  readonly reason?: string | undefined;
  /** Where `explain` was given. */
  readonly explained?: Explanation | undefined;
}

export interface DecodedMessage {
  readonly kind: 'attributes' | 'events';
  readonly time?: string | undefined;
  readonly device?: string | undefined;
  readonly values: unknown;
}

export function replyOf(replies: readonly Buffer[]): { reply?: string } {
  return replies.length === 0 ? {} : { reply: Buffer.concat(replies).toString('hex') };
}

export function answeredBy(
  answers: readonly { readonly id: string; readonly refused?: string | undefined }[],
): Pick<DecodedLine, 'answers' | 'refused'> {
  if (answers.length === 0) return {};
  const refused = answers.find((answer) => answer.refused !== undefined)?.refused;
  return { answers: answers.map(({ id }) => id), ...(refused === undefined ? {} : { refused }) };
}

export function shown(messages: readonly ScriptMessage[]): Omit<DecodedLine, 'hex'> {
  const list = messages.map(({ kind, json, time, device }) => ({
    kind,
    ...(time === undefined ? {} : { time: new Date(time).toISOString() }),
    ...(device === undefined ? {} : { device }),
    values: JSON.parse(json) as unknown,
  }));
  if (list.length === 0) return {};
  return list.length === 1 ? (list[0] as DecodedMessage) : { messages: list };
}

export function failureOf(error: unknown): { error: string; reason: string } {
  if (!isFairleadError(error)) throw error;
  return { error: error.code, reason: error.message };
}
