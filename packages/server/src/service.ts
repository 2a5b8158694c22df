/** The service combines all parts. Only this file chooses adapters. */

import { readFileSync } from 'node:fs';
import type { Readiness } from '@fairlead/api';
import type { Automation } from '@fairlead/automation';
import { type Clock, coreErrors, parseEndpoint, systemClock } from '@fairlead/core';
import {
  createGateway,
  type Gateway,
  type ListenerLimits as GatewayLimits,
  type ListenerSpeech,
  type Log,
} from '@fairlead/gateway';
import { createSandbox, type ScriptLog } from '@fairlead/sandbox';
import { openStore, type Store } from '@fairlead/store';
import { SignIn } from './access/sign-in.ts';
import { signInPath } from './access/sign-in-codes.ts';
import { type AdminToken, openAdminToken } from './admin-token.ts';
import { openAutomation } from './automation.ts';
import { openBus } from './bus.ts';
import type { Config, ListenerConfig, ListenerLimits } from './config/schema.ts';
import { watchDescriptors } from './descriptors.ts';
import { openDrivers } from './drivers/drivers.ts';
import { createHttpApi } from './http/app.ts';
import type { Api } from './http/context.ts';
import { serverLimits } from './limits.ts';
import { LiveStream } from './live/stream.ts';
import { limitLog } from './log-limit.ts';
import { createMetrics } from './metrics.ts';
import { createDevice } from './new-device.ts';
import { openProfiles } from './profiles.ts';
import { deviceProtocols, protocolNames } from './protocols.ts';
import { readinessOf } from './readiness.ts';

export interface ServiceOptions {
  readonly config: Config;
  readonly log: Log;
  /** The administrator's token, if it is not in the data folder (`FAIRLEAD_TOKEN`). */
  readonly adminToken?: string | undefined;
  /** The key that encrypts saved automation data (64 hexadecimal digits), instead of the file in the data folder. */
  readonly secretKey?: string | undefined;
  readonly clock?: Clock | undefined;
}

/** The bound addresses of all listeners: `127.0.0.1:7650`. */
export interface Addresses {
  readonly http: string;
  /** Absent if the embedded broker is off or another bus is used. */
  readonly mqtt?: string | undefined;
  /** The address of the INDI hub; absent if it does not listen. */
  readonly indi?: string | undefined;
  /** By the name of the listener, without listeners that are off. */
  readonly listeners: Readonly<Record<string, string>>;
}

export interface Service extends AsyncDisposable {
  readonly addresses: Addresses;
  readonly version: string;
  /** The source of the administrator's token, and whether this start created it. */
  readonly adminToken: Pick<AdminToken, 'source' | 'created'>;
  /** What follows the address of the HTTP API in a link that signs in once, as the administrator. Only the first start makes one. */
  readonly signInPath: string | undefined;
  readonly gateway: Gateway;
  readonly automation: Automation;
  readonly store: Store;
  readonly live: LiveStream;
  /** Whether devices are served, and what is not ready: the answer of `/readyz`. */
  readiness(): Readiness;
  /** Stops gracefully, in the reverse order of the start. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts all parts, device ports last. If a step fails, rejects with its error (PORT_IN_USE,
 * STORE_LOCKED, STORE_UNREADABLE, ADMIN_TOKEN_INVALID and others), after closing everything that was open.
 */
export async function startService({
  config,
  log: unlimited,
  adminToken,
  secretKey,
  clock = systemClock,
}: ServiceOptions): Promise<Service> {
  await using opened = new AsyncDisposableStack();
  const log = opened.use(limitLog(unlimited, clock));
  const begun = clock.monotonic();
  const version = packageVersion();

  opened.use(watchDescriptors(log, clock));
  const store = opened.use(
    openStore({
      dir: config.data,
      protocols: protocolNames,
      profiles: await openProfiles(),
      secretKey,
      clock,
      log,
      messages: messagesOf(config),
      audit: config.audit,
    }),
  );
  const token = openAdminToken({
    dir: config.data,
    given: adminToken,
    warn: (message) => log.warn({}, message),
  });
  if (token.created) log.info({ file: token.source }, "Created the administrator's token");
  const sandbox = opened.use(createSandbox({ ...config.scripts, clock, onLog: scriptLog(log) }));
  const bus = opened.use(await openBus(config, log, clock));
  const live = new LiveStream(serverLimits.values.streamBuffer);
  const gateway = opened.use(
    await createGateway({
      directory: store.devices,
      bus,
      scripts: sandbox,
      protocols: deviceProtocols(),
      create: (unknown) => createDevice(store, unknown),
      inboxStore: store.inbox,
      deviceStates: store.deviceState,
      observers: [store.observer(), live],
      topics: config.topics,
      dialTls: config.dial.tls,
      log,
      clock,
    }),
  );
  gateway.correct(store.presence.stale());

  const automation = opened.use(openAutomation({ config, store, bus, gateway, secretKey, log, clock }));
  const drivers = await openDrivers({ ...config.drivers, bus, log, clock });
  if (drivers !== undefined) opened.use(drivers);
  if (drivers?.address !== undefined) log.info({ address: drivers.address }, 'INDI listens');

  const wanted = Object.entries(config.listeners).filter(([, { listen }]) => listen !== false);
  const readiness = () =>
    readinessOf({ store, bus, bound: gateway.listeners().length, wanted: wanted.length });
  const signIn = new SignIn({ store, clock });
  const api = await createHttpApi(
    {
      store,
      gateway,
      scripts: sandbox,
      profileScripts: sandbox,
      automation,
      bus,
      live,
      drivers,
      metrics: createMetrics({
        version,
        counters: () => gateway.counters(),
        bus: () => ({ ...bus.stats(), connected: bus.state === 'connected' }),
        sandbox: () => sandbox.stats(),
        automation: () => automation.counters(),
        indi: () => drivers?.clients(),
        streams: () => live.readers,
        storeOk: () => store.health().ok,
      }),
      clock,
      version,
      begun,
      readiness,
    },
    { token, hosts: config.http.hosts, signIn, log },
  );
  opened.defer(() => api.close());
  const http = await listenHttp(api, config.http.listen);
  log.info({ address: http }, 'HTTP listens');

  const listeners: Record<string, string> = {};
  for (const [name, listener] of wanted) {
    const limits = limitsOf(listener.limits);
    const { address } = await gateway.listen(name, speechOf(listener), listener.listen as string, limits);
    listeners[name] = address;
  }

  gateway.dial();
  await automation.open();

  const parts = opened.move();
  const close = once(async () => {
    log.info({}, 'Stopping');
    await parts.disposeAsync();
    log.info({}, 'Stopped');
  });
  return {
    addresses: { http, mqtt: bus.address, indi: drivers?.address, listeners },
    version,
    adminToken: { source: token.source, created: token.created },
    signInPath: token.created ? signInPath(signIn.codes.make(undefined).code) : undefined,
    gateway,
    automation,
    store,
    live,
    readiness,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function limitsOf({ perAddress, idle, ...others }: ListenerLimits): GatewayLimits {
  return {
    ...others,
    ...(perAddress !== 'unlimited' && { perAddress }),
    ...(idle !== 'off' && idle > 0 && { idle }),
  };
}

function speechOf({ protocol, profiles, unknown }: ListenerConfig): ListenerSpeech {
  return profiles === undefined ? protocol : { profiles, unknown };
}

const messagesOf = ({ messages }: Config) => ({ keep: messages.enabled ? messages.keep : 0 });

/** Writes the `console` output of scripts to the log. */
const scriptLog =
  (log: Log) =>
  ({ text, script, device, level }: ScriptLog) =>
    log[level === 'log' ? 'info' : level]({ script, device }, `Script: ${text}`);

/** Returns the bound address. Throws PORT_IN_USE or LISTEN_FAILED. */
async function listenHttp(api: Api, endpoint: string): Promise<string> {
  const at = parseEndpoint(endpoint);
  if (at.protocol === 'unix')
    throw coreErrors.error('LISTEN_FAILED', { endpoint, reason: 'HTTP needs a port' });
  try {
    await api.listen({ host: at.host === '' ? '::' : at.host, port: at.port });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw coreErrors.error('PORT_IN_USE', { endpoint }, error);
    throw coreErrors.error('LISTEN_FAILED', { endpoint, reason: code ?? message }, error);
  }
  const bound = api.server.address();
  if (bound === null || typeof bound === 'string') return endpoint;
  return endpoint.replace(/:\d+$/, `:${bound.port}`);
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= work();
    return running;
  };
}

function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
