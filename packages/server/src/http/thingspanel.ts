/** The ports that ThingsPanel calls: one for each protocol, because the platform knows the protocol by the port. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { coreErrors, parseEndpoint } from '@fairlead/core';
import type { Log } from '@fairlead/gateway';
import { AddressList } from '@fairlead/tcp/internal';
import { type ThingsPanel, thingspanelErrors, thingspanelLimits } from '@fairlead/thingspanel';
import { serverLimits } from '../limits.ts';

type Call = ThingsPanel<never>['call'];
type Protocol = Parameters<Call>[0];

interface PortTerms {
  readonly official: string | false;
  readonly custom: string | false;
  readonly allow?: readonly string[] | undefined;
}

const { body: largest } = thingspanelLimits.values;
/** The addresses that may call while none are listed. */
const LOOPBACK = ['127.0.0.0/8', '::1'];

export class ThingsPanelPort implements AsyncDisposable {
  readonly #call: Call;
  readonly #allowed: AddressList;
  readonly #log: Log;
  readonly #servers: Server[] = [];
  /** Addresses whose refusal is in the log. */
  readonly #named = new Set<string>();

  private constructor(allow: readonly string[], call: Call, log: Log) {
    this.#allowed = new AddressList(allow, 'thingspanel.http.allow');
    this.#call = call;
    this.#log = log;
  }

  /** Rejects with PORT_IN_USE or LISTEN_FAILED. */
  static async open(terms: PortTerms, call: Call, log: Log): Promise<ThingsPanelPort> {
    const port = new ThingsPanelPort(terms.allow ?? LOOPBACK, call, log);
    try {
      for (const protocol of ['official', 'custom'] as const)
        if (terms[protocol] !== false) await port.#listen(protocol, terms[protocol]);
    } catch (error) {
      await port[Symbol.asyncDispose]();
      throw error;
    }
    return port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#servers.map(async (server) => {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        await closed;
      }),
    );
  }

  async #listen(protocol: Protocol, endpoint: string): Promise<void> {
    const server = createServer(
      { requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 },
      (request, response) => void this.#answer(protocol, request, response),
    );
    server.maxConnections = serverLimits.values.thingspanelConnections;
    const at = parseEndpoint(endpoint) as { readonly host: string; readonly port: number };
    await new Promise<void>((resolve, reject) => {
      server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
        const reason = code ?? message;
        reject(
          code === 'EADDRINUSE'
            ? coreErrors.error('PORT_IN_USE', { endpoint })
            : coreErrors.error('LISTEN_FAILED', { endpoint, reason }),
        );
      });
      server.listen(at.port, at.host === '' ? '::' : at.host, resolve);
    });
    this.#servers.push(server);
    const bound = server.address();
    const address = bound === null || typeof bound === 'string' ? endpoint : `${at.host}:${bound.port}`;
    this.#log.info({ address, protocol }, 'The port for calls of ThingsPanel listens');
  }

  async #answer(protocol: Protocol, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', socket } = request;
    const address = socket.remoteAddress ?? 'unknown';
    if (!this.#allowed.has(address)) {
      this.#refuse(address);
      send(response, 403, refusal(403, 'this address may not call'));
      return;
    }
    const text = await bodyOf(request).catch(() => undefined);
    if (text === undefined) {
      if (!request.destroyed) send(response, 413, refusal(413, `the body has more than ${largest} bytes`));
      return;
    }
    const { status, body } = this.#call(protocol, method, url.split('?', 1)[0] ?? '', text);
    send(response, status, body);
  }

  #refuse(address: string): void {
    if (this.#named.has(address) || this.#named.size >= serverLimits.values.thingspanelConnections) return;
    this.#named.add(address);
    const { code, message } = thingspanelErrors.error('THINGSPANEL_CALL_REFUSED', { address });
    this.#log.warn({ code, address }, message);
  }
}

const refusal = (code: number, message: string): string => JSON.stringify({ code, message });

function send(response: ServerResponse, status: number, body: string): void {
  // What is left of a body that is not read must not become the next request.
  if (status === 413 || status === 403) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(body);
}

/** Rejects if the body is too large, or the caller goes away. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length;
    if (size > largest) throw new Error('too large');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
