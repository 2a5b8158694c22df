import type { IdentifyResult, PollRequest } from '@fairlead/profiles';
import { SocketTable } from '@fairlead/tcp';
import { FakeClock, MemoryNetwork, type MemoryTransport, settled } from '@fairlead/testkit';
import type {
  Bus,
  BusDelivery,
  BusMessage,
  Device,
  DownlinkInput,
  Profile,
  Script,
  ScriptContext,
  ScriptHost,
  StatusChange,
  Uplink,
  UplinkResult,
} from '../src/index.ts';
import { createGateway, type GatewayOptions } from '../src/index.ts';

type Handler = (topic: string, payload: Buffer, delivery: BusDelivery) => void;

/** A bus that keeps what it is given, and can be slow or away. */
export class TestBus implements Bus {
  carriesProperties = false;
  readonly published: BusMessage[] = [];
  readonly #handlers: { filter: string; handler: Handler }[] = [];
  #full: PromiseWithResolvers<void> | undefined;

  /** From now on the bus takes what it is given but asks for a pause. */
  fill(): void {
    this.#full ??= Promise.withResolvers<void>();
  }

  empty(): void {
    this.#full?.resolve();
    this.#full = undefined;
  }

  /** Messages that it will not take. */
  refuse: (message: BusMessage) => boolean = () => false;

  publish(batch: readonly BusMessage[]): boolean {
    if (batch.some((message) => this.refuse(message))) throw new Error('the bus will not take that');
    this.published.push(...batch.map((message) => ({ ...message, payload: Buffer.from(message.payload) })));
    return this.#full === undefined;
  }

  drained(): Promise<void> {
    return this.#full?.promise ?? Promise.resolve();
  }

  flushed(): Promise<void> {
    return this.drained();
  }

  async subscribe(filter: string, handler: Handler) {
    this.#handlers.push({ filter, handler });
    return { close: async () => {} };
  }

  /** What an outside program publishes. */
  deliver(topic: string, payload: string, delivery: BusDelivery = {}): void {
    for (const { filter, handler } of this.#handlers) {
      if (new RegExp(`^${filter.replaceAll('+', '[^/]+')}$`).test(topic))
        handler(topic, Buffer.from(payload), delivery);
    }
  }

  /** `topic payload` of everything but status. */
  get readings(): string[] {
    return this.lines.filter((line) => !line.includes('/status '));
  }

  get statuses(): string[] {
    return this.lines
      .filter((line) => line.includes('/status '))
      .map((line) => line.replace(/devices\/(.*)\/status .*"status":"(\w+)".*/, '$1 $2'));
  }

  get lines(): string[] {
    return this.published.map(({ topic, payload }) => `${topic} ${Buffer.from(payload)}`);
  }
}

/** Scripts that are functions of the test; called later, as a sandbox does. */
export class TestScripts implements ScriptHost {
  readonly sources: Record<
    string,
    {
      /** `left` takes what the script leaves in its states. */
      uplink?: (bytes: Buffer, context: ScriptContext, left: Left) => UplinkResult;
      downlink?: (input: DownlinkInput, context: ScriptContext, left: Left) => Buffer[];
      identify?: (bytes: Buffer, context: ScriptContext, left: Left) => Partial<IdentifyResult> | undefined;
      keepsState?: boolean;
      /** That it keeps state is found out by its calls. */
      discovers?: boolean;
      /** What `poll` asks for. */
      poll?: (context: ScriptContext, left: Left) => Partial<PollRequest>[];
      /** A downlink whose messages are answered. */
      requests?: (input: DownlinkInput) => Partial<PollRequest>[];
    }
  > = {};
  calls = 0;
  /** While set, calls wait. */
  hold: Promise<void> | undefined;

  async load(source: string): Promise<Script> {
    const { uplink, downlink, identify, poll, requests, discovers = false } = this.sources[source] ?? {};
    let { keepsState = false } = this.sources[source] ?? {};
    const told = (left: Left): Left => {
      if (!discovers || Object.keys(left).length === 0) return left;
      keepsState = true;
      return { ...left, used: true };
    };
    return {
      contract: 'module',
      hasUplink: uplink !== undefined,
      hasDownlink: downlink !== undefined || requests !== undefined,
      hasPoll: poll !== undefined,
      hasIdentify: identify !== undefined,
      get keepsState() {
        return keepsState;
      },
      uplink: async (frames, context) => {
        this.calls++;
        await this.hold;
        const left: Left = {};
        const results = frames.map((frame) =>
          (uplink as NonNullable<typeof uplink>)(Buffer.from(frame), { ...context, ...left }, left),
        );
        return { results, ...told(left) };
      },
      identify: async (frame, context) => {
        await this.hold;
        const left: Left = {};
        const said = identify?.(Buffer.from(frame), context, left);
        const nothing = { replies: [], refusal: [], consumed: false };
        return { result: said && { ...nothing, ...said }, ...left };
      },
      poll: async (context) => {
        const left: Left = {};
        return { requests: (poll?.(context, left) ?? []).map(request), ...told(left) };
      },
      downlink: async (input, context) => {
        const left: Left = {};
        if (requests !== undefined) {
          const sent = requests(input).map(request);
          return { bytes: sent.map(({ send }) => send), requests: sent };
        }
        const bytes = (downlink as NonNullable<typeof downlink>)(input, context, left);
        return { bytes, ...told(left) };
      },
    };
  }
}

/** A request; without bytes it is empty. */
const request = (fields: Partial<PollRequest>): PollRequest => ({
  send: Buffer.alloc(0),
  expect: [],
  answer: true,
  ...fields,
});

/** States as JSON text. */
type Left = { state?: string; deviceState?: string; used?: boolean };

export type TestDevice = Partial<Device> & { name: string; token?: string };

/** A gateway with one official and one custom listener, in memory, with a clock that the test turns. */
export async function world(devices: TestDevice[], options: Partial<GatewayOptions> = {}, limits = {}) {
  const clock = new FakeClock();
  const network = new MemoryNetwork();
  const bus = new TestBus();
  const scripts = new TestScripts();
  const known = new Map<string, Device>();
  const tokens = new Map<string, string>();
  const profiles = new Map<string, Profile>();
  const put = ({ token = `token-${devices.length}`, ...fields }: TestDevice) => {
    const device: Device = {
      id: fields.name,
      type: 'standard',
      protocol: 'official',
      profile: { id: 'p' },
      inboundBuffer: 1_024,
      outboundBuffer: 1_024,
      ...fields,
    };
    known.set(device.name, device);
    if (device.type !== 'sub' && device.identity === undefined && device.endpoint === undefined)
      tokens.set(token, device.name);
  };
  for (const device of devices) put(device);
  // Links in memory say themselves whether they are answered, once the table has any row.
  const table = new SocketTable();
  table.add(Buffer.from('0: 0:1 0:1 01 00000001:00000000 01:00000000 00000001 0 0'));
  const uplinks: Uplink[] = [];
  const changes: StatusChange[] = [];
  const logged: string[] = [];
  const log = (level: string) => (fields: object, message: string) =>
    void logged.push(`${level} ${(fields as { code?: string }).code ?? ''} ${message}`);
  const gateway = await createGateway({
    directory: {
      byToken: (token) => known.get(tokens.get(token) ?? ''),
      byIdentity: (profile, identity) =>
        [...known.values()].find((d) => d.profile.name === profile && d.identity === identity),
      profile: (name) => profiles.get(name),
      byName: (name) => known.get(name),
      byAddress: (parent, address) =>
        [...known.values()].find((d) => d.parent === parent && d.address === address),
      dialled: () => [...known.values()].filter((d) => d.endpoint !== undefined),
      subDevices: (parent) => [...known.values()].filter((d) => d.parent === parent),
    },
    bus,
    scripts,
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    observers: [
      { uplinks: (batch) => void uplinks.push(...batch), status: (change) => void changes.push(change) },
    ],
    clock,
    listen: network.listen,
    dial: network.dial,
    random: () => 0.999,
    ...options,
    liveness: { sockets: async () => table, ...options.liveness },
  });
  await gateway.listen('official', 'official', '127.0.0.1:7653', limits);
  await gateway.listen('custom', 'custom', '127.0.0.1:7654', limits);
  const dial = async (port: number) => {
    const transport = await network.dial(
      { protocol: 'tcp', host: '127.0.0.1', port },
      { signal: new AbortController().signal },
    );
    return new TestPeer(transport as MemoryTransport);
  };
  return {
    clock,
    table,
    network,
    bus,
    scripts,
    gateway,
    known,
    put,
    profiles,
    uplinks,
    changes,
    logged,
    dial,
    official: () => dial(7653),
    custom: () => dial(7654),
  };
}

/** The device's end of a link. */
export class TestPeer {
  readonly transport: MemoryTransport;
  #received = Buffer.alloc(0);
  code: string | undefined;

  constructor(transport: MemoryTransport) {
    this.transport = transport;
    transport.start({
      onData: (chunk) => {
        this.#received = Buffer.concat([this.#received, chunk]);
      },
      onDrain: () => {},
      onEnd: () => transport.end(),
      onClosed: (cause) => {
        this.code = cause.code;
      },
    });
    transport.resume();
  }

  get hex(): string {
    return this.#received.toString('hex');
  }

  get text(): string {
    return this.#received.toString();
  }

  get closed(): boolean {
    return this.code !== undefined;
  }

  async send(...parts: (Buffer | string)[]): Promise<this> {
    for (const part of parts) this.transport.write([Buffer.from(part as string)]);
    await settled();
    return this;
  }
}

/** An official packet, by hand: 'T' 'P' TYPE CMD LENGTH PAYLOAD. */
export function packet(type: number, command: number, payload: string | Buffer = ''): Buffer {
  const body = Buffer.from(payload as string);
  const length = [
    body.length >>> 24,
    (body.length >>> 16) & 255,
    (body.length >>> 8) & 255,
    body.length & 255,
  ];
  return Buffer.concat([Buffer.from([0x54, 0x50, type, command, ...length]), body]);
}

export const auth = (token: string) => packet(0, 0, token);
export const attributes = (values: unknown) =>
  packet(0, 1, typeof values === 'string' ? values : JSON.stringify(values));
export const events = (values: unknown) => packet(0, 2, JSON.stringify(values));
export const heartbeat = packet(1, 0);
