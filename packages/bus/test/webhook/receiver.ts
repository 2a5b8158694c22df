import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly messages: readonly ReceivedMessage[];
}

export interface ReceivedMessage {
  readonly topic: string;
  readonly json?: unknown;
  readonly text?: string;
  readonly base64?: string;
  readonly properties?: Record<string, string>;
  readonly expiry?: number;
  readonly correlation?: string;
}

/** A receiver of webhooks that keeps what it was sent. */
export class Receiver {
  readonly requests: Received[] = [];
  /** Answers a request; by default with 204. */
  answer: (received: Received, response: ServerResponse) => void = (_, response) =>
    void response.writeHead(204).end();
  #server: Server | undefined;
  port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook?key=hidden`;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const received = { headers: request.headers, body, messages: JSON.parse(body).messages };
        this.requests.push(received);
        this.answer(received, response);
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
  }

  /** Cuts all connections, also those whose request it has read and not answered. */
  async stop(): Promise<void> {
    const server = this.#server;
    const closed = new Promise((resolve) => server?.close(resolve));
    server?.closeAllConnections();
    await closed;
  }
}

export function payloadOf({ json, text, base64 }: ReceivedMessage): Buffer {
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  return Buffer.from(text ?? JSON.stringify(json));
}
