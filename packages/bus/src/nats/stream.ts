/** JetStream: finding or creating the stream, and what it answers to a message. */
import type { NatsConnection } from '@nats-io/transport-node';
import { busErrors } from '../catalogue.ts';
import type { StreamSettings } from './settings.ts';
import { subjectMatches } from './subject.ts';

const NOT_FOUND = 404;
/** The status of a message that nobody received. */
const NO_RESPONDERS = 503;
/** Errors that concern this message alone: it is too large for the stream, its headers are; all others may pass. */
const REFUSES_MESSAGE = new Set([10_054, 10_097, 10_063]);
const KNOWN_SUBJECTS = 16_384;

interface ApiError {
  readonly code: number;
  readonly err_code?: number;
  readonly description?: string;
}

/** `stored`, `refused`: not this message, now or later; `busy`: not now, for instance because the stream is full. */
export type StreamAnswer =
  | { readonly kind: 'stored' }
  | { readonly kind: 'refused' | 'busy'; readonly reason: string };

/** The subjects that the stream takes. */
export class StreamSubjects {
  readonly #patterns: readonly string[];
  readonly #known = new Map<string, boolean>();

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns;
  }

  takes(subject: string): boolean {
    let takes = this.#known.get(subject);
    if (takes === undefined) {
      takes = this.#patterns.some((pattern) => subjectMatches(pattern, subject));
      if (this.#known.size >= KNOWN_SUBJECTS) this.#known.clear();
      this.#known.set(subject, takes);
    }
    return takes;
  }
}

/** Rejects with BUS_STREAM_UNAVAILABLE, or with an error of the connection. */
export async function openStream(
  connection: NatsConnection,
  settings: StreamSettings,
  prefix: string,
  timeout: number,
): Promise<StreamSubjects> {
  const { name, subjects, replicas, maxAge, maxBytes } = settings;
  const found = await call(connection, `STREAM.INFO.${name}`, {}, timeout);
  if (found.error === undefined) return new StreamSubjects(found.config?.subjects ?? []);
  if (found.error.code !== NOT_FOUND || subjects === undefined) throw unavailable(name, found.error);
  const created = await call(
    connection,
    `STREAM.CREATE.${name}`,
    {
      name,
      subjects: subjects.map((subject) => prefix + subject),
      retention: 'limits',
      storage: 'file',
      // Refuses new messages when it is full. The other way would drop old ones, which it had confirmed.
      discard: 'new',
      num_replicas: replicas,
      max_age: maxAge * 1e6,
      ...(maxBytes !== undefined && { max_bytes: maxBytes }),
    },
    timeout,
  );
  if (created.error !== undefined) throw unavailable(name, created.error);
  return new StreamSubjects(created.config?.subjects ?? []);
}

async function call(
  connection: NatsConnection,
  operation: string,
  body: object,
  timeout: number,
): Promise<{ readonly error?: ApiError; readonly config?: { readonly subjects?: readonly string[] } }> {
  const answer = await connection.request(`$JS.API.${operation}`, JSON.stringify(body), { timeout });
  return answer.json();
}

function unavailable(stream: string, error: ApiError): Error {
  return busErrors.error('BUS_STREAM_UNAVAILABLE', { stream, reason: reasonOf(error) });
}

function reasonOf({ code, err_code, description }: ApiError): string {
  return `${description ?? 'no reason given'} (${err_code ?? code})`;
}

/** @param status the code of the headers; 0: none */
export function streamAnswer(status: number, body: Uint8Array): StreamAnswer {
  if (status === NO_RESPONDERS) return { kind: 'busy', reason: 'no stream takes the subject (503)' };
  let answer: { readonly error?: ApiError; readonly stream?: string };
  try {
    answer = JSON.parse(Buffer.from(body).toString());
  } catch {
    return { kind: 'busy', reason: 'the answer of the stream is not JSON' };
  }
  const { error } = answer;
  if (error === undefined)
    return answer.stream === undefined
      ? { kind: 'busy', reason: 'the answer of the stream does not name it' }
      : { kind: 'stored' };
  const refused = REFUSES_MESSAGE.has(error.err_code ?? 0);
  return { kind: refused ? 'refused' : 'busy', reason: reasonOf(error) };
}
