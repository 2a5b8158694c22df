import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: string;
  /** The revision that a change names. */
  readonly match: string | undefined;
}

export type Answer = (response: ServerResponse, seen: Seen) => void;

export const TOKEN = 'test-admin-token';

/** An HTTP server that follows the service's contract: token, problems, and the routes that the test gives. */
export class TestService implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly #routes: Readonly<Record<string, Answer>>;
  #server: Server;
  #port = 0;

  private constructor(routes: Readonly<Record<string, Answer>>) {
    this.#routes = routes;
    this.#server = this.#create();
  }

  /** `routes` by method and path below /api/v1: `'GET devices'`. */
  static async start(routes: Readonly<Record<string, Answer>>): Promise<TestService> {
    const service = new TestService(routes);
    await service.#listen();
    return service;
  }

  get env(): Record<string, string> {
    return { FAIRLEAD_URL: this.url, FAIRLEAD_TOKEN: TOKEN };
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Comes back at the same port, as after a restart. */
  async restart(): Promise<void> {
    await this.stop();
    this.#server = this.#create();
    await this.#listen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  #create(): Server {
    return createServer((request, response) => {
      this.#answer(request, response).catch((error) => response.destroy(error));
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url as string, this.url);
    let body = '';
    for await (const part of request) body += part;
    const seen: Seen = {
      method: request.method as string,
      path: url.pathname.replace('/api/v1/', ''),
      query: Object.fromEntries(url.searchParams),
      body,
      match: request.headers['if-match'],
    };
    this.seen.push(seen);
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      return refuse(401, 'UNAUTHORIZED', 'The token is wrong')(response, seen);
    }
    const route = this.#routes[`${seen.method} ${seen.path}`];
    if (route === undefined) return refuse(404, 'ROUTE_UNKNOWN', `no ${seen.path}`)(response, seen);
    route(response, seen);
  }
}

export const json =
  (value: unknown, status = 200): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));

export const refuse =
  (status: number, code: string, detail: string, help?: string): Answer =>
  (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/problem+json' })
      .end(JSON.stringify({ type: 'about:blank', title: code, status, code, detail, help }));
