import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Clock } from '@fairlead/core';
import { cliErrors } from '../catalogue.ts';
import { cliLimits } from '../limits.ts';
import type { Terminal } from '../terminal.ts';
import { exchange, failure } from './exchange.ts';
import { lines } from './lines.ts';
import { ProblemError, parseProblem } from './problem.ts';
import { type Server, serverOf } from './server.ts';

export interface Call {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent unchanged. */
  readonly body?: { readonly type: string; readonly content: string | Readable };
  readonly accept?: string;
  readonly signal?: AbortSignal;
  /** Additional time for the service in milliseconds, because the request asks it to wait. */
  readonly extra?: number;
}

/**
 * A client of the HTTP API. Every call rejects with the error code of the service, or with `SERVER_UNREACHABLE`,
 * `SERVER_TIMEOUT`, `SERVER_ANSWER_INVALID`, `TOKEN_MISSING`, or `ABORTED` once the terminal is interrupted.
 */
export class Api {
  readonly server: Server;
  readonly #clock: Clock;
  readonly #interrupted: AbortSignal;

  constructor(server: Server, clock: Clock, interrupted: AbortSignal) {
    this.server = server;
    this.#clock = clock;
    this.#interrupted = interrupted;
  }

  static from(terminal: Terminal): Api {
    return new Api(serverOf(terminal.env), terminal.clock, terminal.interrupted);
  }

  /** The same client for work that must continue after an interruption. */
  uninterrupted(): Api {
    return new Api(this.server, this.#clock, new AbortController().signal);
  }

  get<T>(path: string, query?: Call['query']): Promise<T> {
    return this.json<T>('GET', path, query === undefined ? {} : { query });
  }

  post<T>(path: string, json: unknown, call: Call = {}): Promise<T> {
    return this.json<T>('POST', path, { ...call, json });
  }

  async delete(path: string, query?: Call['query']): Promise<void> {
    (await this.open('DELETE', path, query === undefined ? {} : { query })).resume();
  }

  /** A call whose answer is one JSON document. */
  async json<T>(method: string, path: string, call: Call): Promise<T> {
    const answer = await this.open(method, path, call);
    return this.#parsed(await this.#text(answer)) as T;
  }

  /** Sends NDJSON and yields the lines of the NDJSON answer as they arrive. */
  async *ndjson<T>(path: string, content: string | Readable, query: Call['query'] = {}): AsyncGenerator<T> {
    const type = 'application/x-ndjson';
    const answer = await this.open('POST', path, { body: { type, content }, accept: type, query });
    try {
      for await (const text of lines(answer as AsyncIterable<Buffer>, this.server.url.origin)) {
        yield this.#parsed(text) as T;
      }
    } catch (error) {
      throw this.#lost(error);
    }
  }

  /** A call whose answer the caller reads. Refusals are thrown as errors. */
  async open(method: string, path: string, call: Call): Promise<IncomingMessage> {
    const { url, token } = this.server;
    const target = new URL(`${url.pathname.replace(/\/$/, '')}/api/v1/${path}`, url);
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) target.searchParams.set(name, String(value));
    }
    const body = call.json === undefined ? call.body?.content : JSON.stringify(call.json);
    const type = call.json === undefined ? call.body?.type : 'application/json';
    const answer = await exchange({
      method,
      url: target,
      headers: {
        accept: call.accept ?? 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(type === undefined ? {} : { 'content-type': type }),
      },
      body,
      signal: this.#signal(call.signal),
      limit: cliLimits.values.request + (call.extra ?? 0),
      clock: this.#clock,
    });
    const status = answer.statusCode as number;
    if (status >= 200 && status < 300) return answer;
    throw await this.#refusal(status, answer);
  }

  #signal(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#interrupted : AbortSignal.any([this.#interrupted, signal]);
  }

  async #refusal(status: number, answer: IncomingMessage): Promise<Error> {
    const { url, token, tokenPath } = this.server;
    if (status === 401 && token === undefined) {
      answer.resume();
      return cliErrors.error('TOKEN_MISSING', { url: url.origin, path: tokenPath });
    }
    const problem = parseProblem(status, await this.#text(answer));
    if (problem === undefined) return this.#invalid(`HTTP status ${status} without a Fairlead error code`);
    if (status !== 401) return problem;
    // The help of the service is for programs. A user of this command sets the token in the environment.
    const { help } = cliErrors.entries.TOKEN_MISSING;
    return new ProblemError(status, problem.code, problem.message, help, problem.details);
  }

  async #text(answer: IncomingMessage): Promise<string> {
    const parts: Buffer[] = [];
    let size = 0;
    try {
      for await (const part of answer as AsyncIterable<Buffer>) {
        size += part.length;
        if (size > cliLimits.values.answer) throw this.#invalid('it is too long');
        parts.push(part);
      }
    } catch (error) {
      throw this.#lost(error);
    }
    return Buffer.concat(parts).toString();
  }

  #parsed(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.#invalid('it is not JSON', error);
    }
  }

  /** Handles an error while an answer is read. */
  #lost(error: unknown): Error {
    return failure(error, this.server.url.origin, this.#interrupted);
  }

  #invalid(reason: string, cause?: unknown): Error {
    return cliErrors.error('SERVER_ANSWER_INVALID', { url: this.server.url.origin, reason }, cause);
  }
}
