/** HTTP requests of a client: one operation, one answer. */
import { type Clock, coreErrors, FairleadError, timeLimit } from '@fairlead/core';
import { apiErrors } from '../catalogue.ts';
import { apiLimits } from '../limits.ts';
import type { Operation } from '../operation.ts';
import { type ProblemError, parseProblem } from '../problem.ts';
import { CSRF_HEADER } from '../resources/sessions.ts';
import { chunks, lines } from './lines.ts';

/** What a client needs of `fetch`. */
export type Fetch = (
  url: URL,
  init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly signal: AbortSignal;
    readonly body?: string | ReadableStream<Uint8Array>;
    /** Set if the body is a stream. */
    readonly duplex?: 'half';
  },
) => Promise<Response>;

interface HttpOptions {
  /** Of the service. */
  readonly url: URL;
  readonly token: string | undefined;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Aborts every request. */
  readonly signal: AbortSignal | undefined;
  /** Describes why a request failed on its way. */
  readonly reasonOf: (error: unknown) => string;
  /** Makes the error of a request that the service refused with 401. */
  readonly unauthorized: (refusal: ProblemError | undefined) => Error | undefined;
}

/** The revision that a change is about; `*`: whichever there is. */
export type Revision = number | '*';

/** What a request may say; an operation has some of it. */
export interface Request {
  readonly params?: Readonly<Record<string, string | number>>;
  /** A list becomes a key that is repeated. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly headers?: Readonly<Record<string, string | number | undefined>>;
  /** Of what is changed; undefined: it is added. */
  readonly revision?: Revision | undefined;
  /** Sent as JSON, or as it is if the operation consumes a stream. */
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that the service may take longer than usual, because the request asks it to wait. */
  readonly extraTime?: number;
}

/**
 * Sends requests. Every call rejects with the code of the service (a {@link ProblemError}), or with
 * `SERVER_UNREACHABLE`, `SERVER_TIMEOUT`, `SERVER_ANSWER_INVALID` or `ABORTED`.
 */
export class HttpCaller {
  readonly options: HttpOptions;

  constructor(options: HttpOptions) {
    this.options = options;
  }

  /** The answer as one document: parsed JSON, text, or undefined if the answer has no body. */
  async document(operation: Operation, request: Request): Promise<unknown> {
    const answer = await this.open(operation, request);
    const text = await this.#text(answer, request.signal);
    if (operation.stream !== undefined) return text;
    return answer.status === 204 ? undefined : this.#parsed(text);
  }

  /** The lines of an NDJSON answer, each as soon as it is there. */
  async *documents(operation: Operation, request: Request): AsyncGenerator<unknown> {
    const answer = await this.open(operation, request);
    try {
      for await (const line of lines(chunks(answer.body), this.#place)) yield this.#parsed(line);
    } catch (error) {
      throw this.failure(error, request.signal);
    }
  }

  /** The body of an answer that is no text, in pieces. */
  async *bytes(operation: Operation, request: Request): AsyncGenerator<Uint8Array> {
    const answer = await this.open(operation, request);
    try {
      yield* chunks(answer.body);
    } catch (error) {
      throw this.failure(error, request.signal);
    }
  }

  /** Resolves when the head of the answer is there; refusals reject. */
  async open(operation: Operation, { signal, extraTime = 0, ...request }: Request): Promise<Response> {
    const { fetch, clock } = this.options;
    const aborts = [this.options.signal, signal].filter((each) => each !== undefined);
    const aborted = AbortSignal.any(aborts);
    const ms = apiLimits.values.request + extraTime;
    using limit = timeLimit(clock, ms, aborted, () =>
      apiErrors.error('SERVER_TIMEOUT', { url: this.#place, limit: ms }),
    );
    const init = { ...this.#init(operation, request), signal: AbortSignal.any([aborted, limit.signal]) };
    let answer: Response;
    try {
      answer = await fetch(this.#target(operation, request), init);
    } catch (error) {
      throw limit.signal.aborted ? limit.signal.reason : this.failure(error, signal);
    }
    if (answer.ok) return answer;
    throw await this.#refusal(answer, signal);
  }

  /** The meaning of an error while a request was sent or its answer read. */
  failure(error: unknown, signal?: AbortSignal): FairleadError {
    if (error instanceof FairleadError) return error;
    if (signal?.aborted || this.options.signal?.aborted) return coreErrors.error('ABORTED', {}, error);
    const reason = this.options.reasonOf(error);
    return apiErrors.error('SERVER_UNREACHABLE', { url: this.#place, reason }, error);
  }

  get #place(): string {
    return this.options.url.origin;
  }

  #target({ path }: Operation, { params = {}, query = {} }: Request): URL {
    const { url } = this.options;
    const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
    const target = new URL(`${url.pathname.replace(/\/$/, '')}${filled}`, url);
    for (const [name, value] of Object.entries(query))
      for (const each of Array.isArray(value) ? value : [value])
        if (each !== undefined) target.searchParams.append(name, String(each));
    return target;
  }

  #init({ method, consumes, stream, body: schema }: Operation, { body, headers = {}, revision }: Request) {
    const { token } = this.options;
    const type = consumes ?? (schema === undefined ? undefined : 'application/json');
    const content =
      consumes === undefined
        ? (JSON.stringify(body ?? {}) as string)
        : (body as string | ReadableStream<Uint8Array>);
    return {
      method,
      headers: {
        accept: stream?.type ?? 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(method !== 'GET' && { [CSRF_HEADER]: '1' }),
        ...(type !== undefined && { 'content-type': type }),
        ...(revision !== undefined && { 'if-match': revision === '*' ? '*' : `"${revision}"` }),
        ...Object.fromEntries(
          Object.entries(headers)
            .filter(([, value]) => value !== undefined)
            .map(([name, value]) => [name, String(value)]),
        ),
      },
      ...(type !== undefined && { body: content }),
      ...(type !== undefined && typeof content !== 'string' && { duplex: 'half' as const }),
    };
  }

  async #refusal(answer: Response, signal: AbortSignal | undefined): Promise<Error> {
    const { status } = answer;
    const problem = parseProblem(status, await this.#text(answer, signal));
    const told = status === 401 ? this.options.unauthorized(problem) : undefined;
    return told ?? problem ?? this.#invalid(`HTTP status ${status} without a code of Fairlead`);
  }

  async #text({ body }: Response, signal: AbortSignal | undefined): Promise<string> {
    const decoder = new TextDecoder();
    const parts: string[] = [];
    let size = 0;
    try {
      for await (const chunk of chunks(body)) {
        size += chunk.length;
        if (size > apiLimits.values.answer) throw this.#invalid('it is too long');
        parts.push(decoder.decode(chunk, { stream: true }));
      }
    } catch (error) {
      throw this.failure(error, signal);
    }
    return parts.join('') + decoder.decode();
  }

  #parsed(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.#invalid('it is not JSON', error);
    }
  }

  #invalid(reason: string, cause?: unknown): FairleadError {
    return apiErrors.error('SERVER_ANSWER_INVALID', { url: this.#place, reason }, cause);
  }
}
