/**
 * A double of the ThingsPanel platform, as its TCP service sees it: HTTP for look-ups, calls to the service, and the subscriber
 * of its topics. It is strict: what it gets in another form than the documents and the upstream service give it is in `problems`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BusAdapter, mqttBus } from '@fairlead/bus';

interface KnownDevice {
  readonly Id: string;
  readonly ProtocolType: 'tcp' | 'raw-tcp';
  readonly DeviceType: '1' | '2';
  readonly DeviceConfig?: { readonly InBoundByteLength: number; readonly OutBoundByteLength: number } | null;
}

/** How it answers look-ups. */
type Mood =
  | 'well'
  /** About another device. */
  | 'lies'
  | 'endless'
  | 'not JSON'
  | 'fails'
  /** Takes the request and says nothing. */
  | 'silent';

export interface Received {
  readonly topic: string;
  readonly text: string;
}

export class PlatformDouble implements AsyncDisposable {
  /** By AccessToken. */
  readonly devices = new Map<string, KnownDevice>();
  readonly messages: Received[] = [];
  readonly problems: string[] = [];
  /** Tokens that were asked for. */
  readonly asked: string[] = [];
  mood: Mood = 'well';
  /** Milliseconds before each answer. */
  delay = 0;
  readonly #broker: BusAdapter;
  #server: Server | undefined;
  #port = 0;

  private constructor(broker: BusAdapter) {
    this.#broker = broker;
  }

  /** @param mqtt how the platform's own part connects to the broker */
  static async start(mqtt: {
    url: string;
    user?: string;
    password?: string;
    qos?: 0 | 1;
  }): Promise<PlatformDouble> {
    const broker = await mqttBus(mqtt);
    const platform = new PlatformDouble(broker);
    await broker.ready();
    for (const filter of ['device/#', 'gateway/#'])
      await broker.subscribe(filter, (topic, payload) => platform.#message(topic, payload));
    await platform.listen();
    return platform;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens again, at the same port. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Its HTTP side goes away. */
  async hang(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  /** Resolves when it listens to the broker. */
  ready(): Promise<void> {
    return this.#broker.ready();
  }

  /** Sends to a device. */
  async send(token: string, bytes: string | Buffer): Promise<void> {
    this.#broker.publish([{ topic: `plugin/tcp/${token}`, payload: bytes }]);
    await this.#broker.flushed();
  }

  /** Calls the service as the backend does. */
  async call(port: number, path: string, body?: object): Promise<{ status: number; json: unknown }> {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: await response.json() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.hang(), this.#broker.close()]);
  }

  // --- look-ups ------------------------------------------------------------------------------------------------------

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url, headers } = request;
    if (method !== 'POST' || url !== '/api/plugin/device/config') this.problems.push(`${method} ${url}`);
    if (!headers['content-type']?.startsWith('application/json'))
      this.problems.push('a look-up without its type');
    const token = this.#tokenIn(Buffer.concat(await request.toArray()).toString());
    this.asked.push(token);
    if (this.mood === 'silent') return;
    await new Promise((resolve) => setTimeout(resolve, this.delay));
    response.setHeader('content-type', 'application/json');
    if (this.mood === 'fails') response.writeHead(502).end('Bad Gateway');
    else if (this.mood === 'not JSON') response.end('<html>Welcome</html>');
    else if (this.mood === 'endless') response.end(`{"data":"${'x'.repeat(1_000_000)}"}`);
    else response.end(JSON.stringify({ code: 200, message: 'success', data: this.#dataOf(token) }));
  }

  #tokenIn(body: string): string {
    const { AccessToken, ...others } = JSON.parse(body) as Record<string, unknown>;
    if (typeof AccessToken === 'string' && Object.keys(others).length === 0) return AccessToken;
    this.problems.push(`the look-up ${body}`);
    return '';
  }

  #dataOf(token: string): object | null {
    const device = this.devices.get(token);
    if (device === undefined) return this.devices.size === 0 ? null : { AccessToken: '' };
    const AccessToken = this.mood === 'lies' ? 'the-token-of-another-device' : token;
    return { ...device, AccessToken };
  }

  // --- messages ------------------------------------------------------------------------------------------------------

  #message(topic: string, payload: Buffer): void {
    const text = payload.toString();
    this.messages.push({ topic, text });
    const wrong = (what: string) => this.problems.push(`${topic}: ${what}: ${text}`);
    const topics = [
      'device/attributes',
      'gateway/attributes',
      'device/event',
      'gateway/event',
      'device/status',
    ];
    if (!topics.includes(topic)) wrong('an unknown topic');
    const json = objectIn(text);
    if (topic === 'device/status') {
      const { accessToken, values } = (json ?? {}) as { accessToken?: string; values?: { status?: string } };
      if (!this.devices.has(accessToken ?? '')) wrong('a status of no device');
      if (values?.status !== '0' && values?.status !== '1') wrong('neither online nor offline');
    } else if (json !== undefined && 'token' in json) {
      const { token, values, ...others } = json as { token: string; values: unknown };
      if (!this.devices.has(token)) wrong('a message of no device');
      if (Object.keys(others).length > 0) wrong('more than token and values');
      if (typeof values === 'string' && Buffer.from(values, 'base64').toString('base64') !== values)
        wrong('values that are not base64');
      const type = this.devices.get(token)?.DeviceType === '2' ? 'gateway' : 'device';
      if (!topic.startsWith(`${type}/`)) wrong('the topic of the other type');
    }
  }
}

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
