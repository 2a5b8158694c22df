/** The HTTP API on a real socket and a real store, with a gateway that does what the test says. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readiness } from '@fairlead/api';
import { Automation } from '@fairlead/automation';
import { defineErrors, silentLog, systemClock } from '@fairlead/core';
import type {
  DevicePresence,
  DeviceTraces,
  Gateway,
  InboxEntry,
  LinkInfo,
  LinkWatch,
  ScriptHost,
  TapObserver,
} from '@fairlead/gateway';
import { createSandbox, type Sandbox } from '@fairlead/sandbox';
import { type HistoryOptions, openStore, type Store } from '@fairlead/store';
import { codePage } from '@fairlead/tcp';
import { Absences } from '../../src/absences.ts';
import { Passwords } from '../../src/access/passwords.ts';
import { SignIn } from '../../src/access/sign-in.ts';
import { openAdminToken } from '../../src/admin-token.ts';
import { Backups } from '../../src/backup/write.ts';
import { Captures } from '../../src/captures/captures.ts';
import { HostNames } from '../../src/http/access/host.ts';
import { createHttpApi, type HttpOptions } from '../../src/http/app.ts';
import { openLiveHub } from '../../src/http/live/hub.ts';
import { Changes } from '../../src/live/changes.ts';
import type { LiveHub, LiveHubLimits } from '../../src/live/live-hub.ts';
import { LogTee } from '../../src/live/log-tee.ts';
import { Notices } from '../../src/live/notices.ts';
import { MessageSource } from '../../src/live/record-sources.ts';
import { LiveStream } from '../../src/live/stream.ts';
import { createMetrics } from '../../src/metrics.ts';
import { ProcessHealth } from '../../src/process-health.ts';
import { openProfiles } from '../../src/profiles.ts';

export const gatewayErrors = defineErrors('gateway-double', {
  DEVICE_OFFLINE: {
    kind: 'state',
    side: 'remote',
    retryable: true,
    message: '"{device}" is offline.',
    help: '',
  },
  DOWNLINK_TIMEOUT: {
    kind: 'timeout',
    side: 'remote',
    retryable: true,
    message: 'Not written within {limit} ms.',
    help: '',
  },
  TAP_TARGET_UNKNOWN: {
    kind: 'missing',
    side: 'local',
    retryable: false,
    message: 'Unknown {target}.',
    help: '',
  },
  SCRIPT_INVALID: {
    kind: 'script',
    side: 'local',
    retryable: false,
    message: 'Line {line}: {reason}.',
    help: '',
  },
});

/** What the gateway was asked to do, and what it answers. */
export class GatewayDouble implements Gateway {
  readonly calls: string[] = [];
  readonly online = new Map<string, DevicePresence>();
  known: LinkInfo[] = [];
  unknown: InboxEntry[] = [];
  readonly registrations: string[] = [];
  readonly taps = new Map<string, TapObserver>();
  readonly watches = new Map<string, LinkWatch>();
  counts = {
    linksOpened: new Map([['official', 3]]),
    linksClosed: new Map([['official PEER_CLOSED', 2]]),
    refusals: new Map([['custom SCRIPT_FAILED', 1]]),
    traffic: new Map([['official', { open: 1, bytesIn: 90, bytesOut: 12, framesIn: 9, framesOut: 2 }]]),
    profiles: new Map([['gt06', { messages: 7, scriptCalls: 4, scriptMs: 1_500, connected: 1 }]]),
    profileClosed: new Map([['gt06 PEER_CLOSED', 2]]),
    profileRefusals: new Map([['(own) SCRIPT_FAILED', 1]]),
    uplinks: new Map([['attributes', 7]]),
    downlinks: new Map([['written', 1]]),
    online: 1,
    suspect: 0,
    slowed: 0,
    flapping: 0,
    lockedOut: new Map<string, number>(),
  };

  setAddresses() {}
  setLimits() {}

  readonly states = new Map<string, { state: string | undefined; deviceState: string | undefined }>();
  scriptStates(device: string) {
    return this.states.get(device);
  }

  async renewCertificates() {
    return false;
  }

  async listen(name: string, protocol: 'official' | 'custom', address: string) {
    return { name, protocol, address, sessions: 0 };
  }
  dial(): void {}
  lockouts = { lockedAddresses: () => [], unlock: () => false };
  listeners() {
    return [{ name: 'official', protocol: 'official' as const, address: '127.0.0.1:7653', sessions: 2 }];
  }
  async send(
    device: string,
    { kind, values }: { kind: string; values: unknown },
    options?: { wait?: number },
  ) {
    this.calls.push(`send ${device} ${kind} ${JSON.stringify(values)} ${options?.wait}`);
    if (this.presence(device).status === 'offline') throw gatewayErrors.error('DEVICE_OFFLINE', { device });
    if (options?.wait === 1) throw gatewayErrors.error('DOWNLINK_TIMEOUT', { limit: 1 });
    return {
      device,
      status: options?.wait === undefined ? ('queued' as const) : ('written' as const),
      bytes: 9,
    };
  }
  readonly ledger = {
    list: async () => [],
    get: async () => Promise.reject(new Error('none')),
    cancel: async () => Promise.reject(new Error('none')),
  };
  readonly desired = {
    get: (device: string) =>
      ({ device, version: 0, state: 'none', desired: {}, reported: {}, differs: {} }) as const,
    change: async () => Promise.reject(new Error('none')),
  };
  presence(device: string): DevicePresence {
    return this.online.get(device) ?? { status: 'offline' };
  }
  traced: DeviceTraces = {};
  traces() {
    return this.traced;
  }
  links() {
    return this.known;
  }
  link(id: string) {
    return this.known.find((link) => link.id === id);
  }
  kill(id: string) {
    return this.link(id)?.state === 'open';
  }
  forget(device: string) {
    this.calls.push(`forget ${device}`);
  }
  subDevicesChanged(gateway: string) {
    this.calls.push(`subDevicesChanged ${gateway}`);
  }
  async deviceChanged(device: string) {
    this.calls.push(`deviceChanged ${device}`);
  }
  async profileChanged(profile: string) {
    this.calls.push(`profileChanged ${profile}`);
  }
  tap(target: string, observe: TapObserver) {
    if (target === 'none') throw gatewayErrors.error('TAP_TARGET_UNKNOWN', { target });
    this.taps.set(target, observe);
    const close = () => void this.taps.delete(target);
    return { close, [Symbol.dispose]: close };
  }
  watch(target: string, watch: LinkWatch) {
    if (target === 'none') throw gatewayErrors.error('TAP_TARGET_UNKNOWN', { target });
    this.watches.set(target, watch);
    const close = () => void this.watches.delete(target);
    return { close, [Symbol.dispose]: close };
  }
  async holdLink(device: string): Promise<never> {
    throw gatewayErrors.error('DEVICE_OFFLINE', { device });
  }
  visit(device: string) {
    const cause = gatewayErrors.error('DEVICE_OFFLINE', { device });
    return { link: undefined, cause, send: () => Promise.reject(cause), [Symbol.dispose]() {} };
  }
  inbox() {
    return this.unknown;
  }
  inboxEntry(id: string) {
    return this.unknown.find((entry) => entry.id === id);
  }
  dropFromInbox(id: string) {
    const entry = this.inboxEntry(id);
    this.unknown = this.unknown.filter((other) => other !== entry);
    return entry !== undefined;
  }
  /** Says whether an entry waited. */
  registered(device: string) {
    this.registrations.push(device);
    const [entry] = this.unknown;
    return entry !== undefined && this.dropFromInbox(entry.id);
  }
  correct() {}
  counters() {
    return this.counts;
  }
  async close() {}
  async [Symbol.asyncDispose]() {}
}

export interface Harness extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly store: Store;
  readonly gateway: GatewayDouble;
  readonly live: LiveStream;
  readonly hub: LiveHub;
  readonly messages: MessageSource;
  readonly log: LogTee;
  readonly logged: { readonly fields: object; readonly message: string }[];
  ready: boolean;
  /** A request with the administrator's token; `body` is sent as JSON. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came
  readonly json: any;
}

export async function startApi(
  options: {
    hosts?: readonly string[];
    streamBuffer?: number;
    streamRing?: number;
    hub?: Partial<LiveHubLimits>;
    bounds?: HttpOptions['bounds'];
    history?: HistoryOptions;
  } = {},
): Promise<Harness> {
  const dir = mkdtempSync(join(tmpdir(), 'fairlead-api-'));
  const { history } = options;
  const store = openStore({ dir, profiles: await openProfiles(), history });
  const gateway = new GatewayDouble();
  const captures = new Captures(dir, systemClock, silentLog);
  await captures.begin(gateway);
  const live = new LiveStream({
    buffer: options.streamBuffer ?? 2 ** 20,
    ring: options.streamRing ?? 2 ** 22,
    resume: 60_000,
    clock: systemClock,
  });
  const logged: Harness['logged'] = [];
  const write = (fields: object, message: string) => void logged.push({ fields, message });
  const scripts: ScriptHost = {
    async load(source) {
      if (source.includes('syntax error'))
        throw gatewayErrors.error('SCRIPT_INVALID', { line: 3, reason: 'Unexpected token' });
      return undefined as never;
    },
  };
  let sandbox: Sandbox | undefined;
  const busStats = {
    published: 5,
    received: 4,
    refused: 0,
    dropped: 0 as const,
    queuedMessages: 1,
    queuedBytes: 2,
    reconnects: 3,
  };
  const state = { ready: true };
  const readiness = (): Readiness => ({
    ready: state.ready,
    checks: { store: { ok: state.ready, detail: state.ready ? 'writable' : 'the disk is full' } },
  });
  const automation = new Automation({
    store: store.automation,
    key: Buffer.alloc(32, 1),
    codePages: codePage,
    log: { debug: write, info: write, warn: write, error: write },
    publish: async () => {},
    downlink: async () => ({ bytes: 0 }),
  });
  const token = 'fa_0123456789abcdef0123456789abcdef';
  const messages = new MessageSource();
  const log = new LogTee({ debug: write, info: write, warn: write, error: write });
  const context = {
    store,
    gateway,
    scripts,
    // A process that few tests need.
    profileScripts: {
      load(source: string) {
        sandbox ??= createSandbox({});
        return sandbox.load(source);
      },
    },
    automation,
    bus: { kind: 'embedded' as const, state: 'connected' as const, stats: () => busStats },
    live,
    absences: new Absences(store, systemClock),
    health: new ProcessHealth(dir, systemClock),
    changes: new Changes(),
    captures,
    replayed: { begin: () => Promise.reject(new Error('not in these tests')) as never },
    log: silentLog,
    backups: new Backups({ data: dir, store, derivedKeys: false, version: '0.0.0', clock: systemClock }),
    metrics: createMetrics({
      version: '1.2.3',
      counters: () => gateway.counters(),
      stored: () => ({ devices: store.devices.count(), stats: store.stats() }),
      bus: () => ({ ...busStats, connected: true }),
      sandbox: () => ({ calls: 1, timeouts: 2, kills: 3 }),
      automation: () => automation.counters(),
      indi: () => undefined,
      streams: () => live.readers,
      journal: () => undefined,
      branches: () => [],
      storeOk: () => true,
    }),
    clock: systemClock,
    version: '1.2.3',
    begun: 0,
    readiness,
  };
  const hub = openLiveHub(
    context,
    { messages, log, notices: new Notices(log, systemClock), clock: systemClock },
    options.hub,
  );
  const api = await createHttpApi(
    { ...context, hub },
    {
      token: openAdminToken({ dir, given: token }),
      hosts: new HostNames(options.hosts ?? []),
      // Cheap passwords: most tests are not about their cost.
      signIn: new SignIn({ store, clock: systemClock, passwords: new Passwords({ n: 2, r: 1, p: 1 }) }),
      ...(options.bounds !== undefined && { bounds: options.bounds }),
      log: { debug: write, info: write, warn: write, error: write },
    },
  );
  const url = await api.listen({ host: '127.0.0.1', port: 0 });

  return {
    url,
    token,
    store,
    gateway,
    live,
    hub,
    messages,
    log,
    logged,
    get ready() {
      return state.ready;
    },
    set ready(value) {
      state.ready = value;
    },
    async call(method, path, body, headers = {}) {
      const response = await fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(method === 'PATCH' || method === 'DELETE' ? { 'if-match': '*' } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const type = response.headers.get('content-type');
      const json = type?.includes('json') && !type.includes('ndjson') ? JSON.parse(text) : undefined;
      return { status: response.status, type, headers: response.headers, text, json };
    },
    async [Symbol.asyncDispose]() {
      await api.close();
      hub.close();
      await sandbox?.[Symbol.asyncDispose]();
      await automation.close();
      await captures[Symbol.asyncDispose]();
      await store.close();
      rmSync(dir, { recursive: true });
    },
  };
}
