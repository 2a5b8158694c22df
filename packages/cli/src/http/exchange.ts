import { type IncomingMessage, request as plainRequest, type RequestOptions } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { type Clock, coreErrors, FairleadError } from '@fairlead/core';
import { cliErrors } from '../catalogue.ts';

export interface Question {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Readable | undefined;
  readonly signal: AbortSignal;
  /** Time limit in milliseconds for the start of the answer. */
  readonly limit: number;
  readonly clock: Clock;
}

/**
 * One HTTP request. Resolves when the head of the answer has arrived. It uses `node:http`, because `fetch` refuses
 * some ports on which a service may listen.
 * Rejects with `SERVER_UNREACHABLE`, `SERVER_TIMEOUT` or `ABORTED`.
 */
export function exchange(question: Question): Promise<IncomingMessage> {
  const { url, body, clock, limit } = question;
  const place = url.origin;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options: RequestOptions = {
    method: question.method,
    headers: question.headers,
    signal: question.signal,
    agent: false,
  };
  const request = (url.protocol === 'https:' ? secureRequest : plainRequest)(url, options);
  const timer = clock.after(limit, () =>
    request.destroy(cliErrors.error('SERVER_TIMEOUT', { url: place, limit })),
  );
  request.on('response', (answer) => {
    clock.clear(timer);
    resolve(answer);
  });
  // After the answer, this error can be ignored: a service that refuses a long body closes the connection while the body is sent.
  request.on('error', (error) => {
    clock.clear(timer);
    reject(failure(error, place, question.signal));
  });
  if (body === undefined || typeof body === 'string') request.end(body);
  else {
    body.on('error', (error) => request.destroy(error));
    request.on('close', () => body.destroy());
    body.pipe(request);
  }
  return promise;
}

/** Turns a connection error into an error of the catalogue. */
export function failure(error: unknown, place: string, signal: AbortSignal): FairleadError {
  if (error instanceof FairleadError) return error;
  if (signal.aborted) return coreErrors.error('ABORTED', {}, error);
  return cliErrors.error('SERVER_UNREACHABLE', { url: place, reason: reasonOf(error) }, error);
}

function reasonOf(error: unknown): string {
  const { code, message, errors } = error as NodeJS.ErrnoException & { errors?: readonly unknown[] };
  if (errors?.[0] !== undefined) return reasonOf(errors[0]); // one error for each address of a name
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ECONNRESET: 'it closed the connection',
    ENOTFOUND: 'the name has no address',
    EAI_AGAIN: 'the name server does not answer',
    EHOSTUNREACH: 'no route to the host',
    ENETUNREACH: 'no route to the network',
    ETIMEDOUT: 'the host does not answer',
    ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
    ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
    ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it supports no TLS version that this program supports',
    EPROTO: NO_TLS,
    DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
    SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
    CERT_HAS_EXPIRED: 'its certificate has expired',
    ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  };
  if (code?.startsWith('HPE_')) return 'the server does not speak HTTP; does it need https://?';
  return words[code ?? ''] ?? message ?? String(error);
}

const NO_TLS = 'it does not speak TLS; use http://';
const UNTRUSTED =
  'its certificate authority is not trusted; set NODE_EXTRA_CA_CERTS to the file of that authority';
