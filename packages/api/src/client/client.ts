/** A typed client of the HTTP API: a method for each operation. */
import { type Clock, systemClock } from '@fairlead/core';
import type { z } from 'zod';
import type { Operation } from '../operation.ts';
import { operations } from '../operations.ts';
import type { ProblemError } from '../problem.ts';
import type { ReplayLineView } from '../resources/captures.ts';
import type { StreamEvent, TapEventView } from '../resources/stream.ts';
import { type BackupOptions, backupBytes } from './backup.ts';
import { type FollowOptions, followText, type TapOptions, tapText } from './follow.ts';
import { type Fetch, HttpCaller, type Request, type Revision } from './http.ts';
import { LiveFollower, type LiveOptions } from './live.ts';

export interface ClientOptions {
  /** Of the service, such as http://127.0.0.1:7650. */
  readonly url: string | URL;
  readonly token?: string | undefined;
  /** Default: the global `fetch`. */
  readonly fetch?: Fetch;
  readonly clock?: Clock;
  /** Aborts every call. */
  readonly signal?: AbortSignal | undefined;
  /** Describes in words why a request failed on its way; for a `fetch` whose errors say more. */
  readonly reasonOf?: (error: unknown) => string;
  /** Makes the error of a request that was refused with 401; undefined keeps the refusal. */
  readonly unauthorized?: (refusal: ProblemError | undefined) => Error | undefined;
}

type Simplify<T> = { [K in keyof T]: T[K] };
type Values<Q> = Q extends object
  ? {
      readonly [K in keyof Q]?: Q[K] | undefined | (Exclude<Q[K], undefined> extends number ? string : never);
    }
  : never;
type ParamsOf<O> = O extends { readonly params: infer S extends z.ZodType }
  ? { readonly params: z.output<S> }
  : unknown;
type QueryOf<O> = O extends { readonly query: infer S extends z.ZodType }
  ? { readonly query?: Values<z.output<S>> }
  : unknown;
type HeadersOf<O> = O extends { readonly headers: infer S extends z.ZodType }
  ? { readonly headers?: Partial<z.output<S>> }
  : unknown;
type BodyOf<O> = O extends { readonly body: infer S extends z.ZodType }
  ? undefined extends z.input<S>
    ? { readonly body?: z.input<S> }
    : { readonly body: z.input<S> }
  : O extends { readonly consumes: string }
    ? { readonly body: string | ReadableStream<Uint8Array> }
    : unknown;

type RevisionOf<O> = O extends { readonly revised: infer W }
  ? { readonly revision: W extends 'always' ? Revision : Revision | undefined }
  : unknown;

/** What a call of an operation takes. */
export type CallOptions<O> = Simplify<
  ParamsOf<O> & QueryOf<O> & HeadersOf<O> & RevisionOf<O> & BodyOf<O> & Pick<Request, 'signal' | 'extraTime'>
>;

/** What a call of an operation gives. */
export type AnswerOf<O> = O extends { readonly stream: { readonly item: infer S extends z.ZodType } }
  ? O extends { readonly consumes: string }
    ? AsyncGenerator<z.output<S>>
    : Promise<z.output<S>>
  : O extends { readonly response: infer R }
    ? Promise<R[keyof R] extends infer S extends z.ZodType ? z.output<S> : never>
    : never;

type CallOf<O> =
  Record<never, never> extends CallOptions<O>
    ? (options?: CallOptions<O>) => AnswerOf<O>
    : (options: CallOptions<O>) => AnswerOf<O>;

type Operations = Omit<typeof operations, 'stream' | 'backup'>;

/** The operations by resource, as methods. */
type ApiCalls = {
  readonly [R in keyof Operations]: { readonly [N in keyof Operations[R]]: CallOf<Operations[R][N]> };
};

export interface ApiClient extends ApiCalls {
  readonly url: URL;
  /** The messages of the event stream, over restarts of the service. */
  follow(options?: FollowOptions): AsyncGenerator<StreamEvent>;
  /** The same as JSON text, which is not parsed. */
  followText(options?: FollowOptions): AsyncGenerator<string>;
  /** The live topics, for a page: values as they change, and records as they come. */
  watch(options?: LiveOptions): LiveFollower;
  /** What happens on a link or a device, until the link or the service ends. */
  tap(target: string, options?: TapOptions): AsyncGenerator<TapEventView>;
  /** The file of a capture, piece by piece. */
  exportCapture(id: string, format: 'jsonl' | 'pcapng'): AsyncGenerator<Uint8Array>;
  /** A capture through a profile of the service again, line by line. */
  replay(
    id: string,
    body: CallOptions<typeof operations.stream.replay>['body'],
  ): AsyncGenerator<ReplayLineView>;
  /** The bytes of a backup, as they come. Rejects when the service ends it early. */
  backup(options?: BackupOptions): AsyncGenerator<Uint8Array>;
  /** The same client without the signal of its options, for what must be done after it fired. */
  withoutSignal(): ApiClient;
}

/**
 * A client of the service at `url`. Its calls reject with the code of the service (a {@link ProblemError}), or with
 * `SERVER_UNREACHABLE`, `SERVER_TIMEOUT`, `SERVER_ANSWER_INVALID` or `ABORTED`. Answers are not checked against their
 * schemas, so that a service of a later version may say more.
 */
export function createClient(options: ClientOptions): ApiClient {
  const http = new HttpCaller({
    url: new URL(options.url),
    token: options.token,
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init as RequestInit)),
    clock: options.clock ?? systemClock,
    signal: options.signal,
    reasonOf: options.reasonOf ?? reasonOf,
    unauthorized: options.unauthorized ?? (() => undefined),
  });
  return {
    ...callsOf(http),
    url: http.options.url,
    async *follow(following = {}) {
      for await (const text of followText(http, following)) yield JSON.parse(text) as StreamEvent;
    },
    followText: (following = {}) => followText(http, following),
    async *tap(target, tapping = {}) {
      for await (const text of tapText(http, target, tapping)) yield JSON.parse(text) as TapEventView;
    },
    watch: (watching = {}) => new LiveFollower(http, watching),
    exportCapture: (id, format) =>
      http.bytes(operations.stream.capture, { params: { id }, query: { format } }),
    replay: (id, body) =>
      http.documents(operations.stream.replay, { params: { id }, body }) as AsyncGenerator<ReplayLineView>,
    backup: (backup = {}) => backupBytes(http, backup),
    withoutSignal: () => createClient({ ...options, signal: undefined }),
  };
}

function callsOf(http: HttpCaller): ApiCalls {
  const { stream: _stream, backup: _backup, ...resources } = operations;
  const calls = mapped(resources, (resource: Readonly<Record<string, Operation>>) =>
    mapped(resource, (operation) =>
      operation.consumes === undefined
        ? (request: Request = {}) => http.document(operation, request)
        : (request: Request = {}) => http.documents(operation, request),
    ),
  );
  return calls as unknown as ApiCalls;
}

function mapped<V, R>(object: Readonly<Record<string, V>>, change: (value: V) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

/** The reason in the words of `fetch`: the cause says more than "fetch failed". */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}
