import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import type { Fetch } from '@fairlead/api';

/** The audit log shows by it that a change came from the command line. */
const AGENT = 'fairlead-cli';

/**
 * `fetch` over `node:http`: the one of Node refuses a list of ports that a service may well listen on. Each request has
 * a connection of its own.
 */
export const nodeFetch: Fetch = fetchOver();

/** The same with other authorities, or a certificate of the client. */
export function fetchOver(tls: TlsSettings = {}): Fetch {
  return (url, init) => sent(url, init, tls);
}

/** PEM; `rejectUnauthorized: false` takes any certificate. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized?: false;
}

function sent(
  url: URL,
  { method, headers, body, signal }: Parameters<Fetch>[1],
  tls: TlsSettings,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const send = url.protocol === 'https:' ? secureRequest : plainRequest;
  const all = { ...headers, 'user-agent': AGENT };
  const request = send(url, { ...tls, method, headers: all, signal, agent: false });
  request.on('response', (answer) => {
    try {
      resolve(responseOf(answer));
    } catch (error) {
      request.destroy(error as Error);
    }
  });
  // Errors after the answer began are ignored: a service that refuses a long body closes while it is being sent.
  request.on('error', reject);
  if (body === undefined || typeof body === 'string') request.end(body);
  else {
    const content = Readable.fromWeb(body as NodeReadableStream<Uint8Array>);
    content.on('error', (error) => request.destroy(error));
    request.on('close', () => content.destroy());
    content.pipe(request);
  }
  return promise;
}

const NO_BODY = new Set([204, 205, 304]);

/** Throws RangeError for a status that HTTP does not have. */
function responseOf(answer: IncomingMessage): Response {
  const status = answer.statusCode as number;
  if (!NO_BODY.has(status))
    return new Response(Readable.toWeb(answer) as ReadableStream<Uint8Array>, { status });
  answer.resume();
  return new Response(null, { status });
}

/** Describes in words why a request failed on its way. */
export function reasonOf(error: unknown): string {
  const { code, message, errors } = error as NodeJS.ErrnoException & { errors?: readonly unknown[] };
  if (errors?.[0] !== undefined) return reasonOf(errors[0]); // one for each address of a name
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
    ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it speaks no version of TLS that we do',
    EPROTO: NO_TLS,
    DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
    SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
    CERT_HAS_EXPIRED: 'its certificate has expired',
    ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  };
  if (code?.startsWith('HPE_')) return 'what answers there does not speak HTTP; is it https://?';
  return words[code ?? ''] ?? message ?? String(error);
}

const NO_TLS = 'it does not speak TLS; write http:// for it';
const UNTRUSTED =
  'its certificate is not of an authority that is trusted here; --ca of "fairlead context add" or NODE_EXTRA_CA_CERTS names the file of one';
