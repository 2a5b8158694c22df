/** The service combines all parts. Only this file chooses adapters. */

import { readFileSync } from 'node:fs';
import type { Readiness } from '@fairlead/api';
import type { Automation } from '@fairlead/automation';
import { type Clock, coreErrors, parseEndpoint, systemClock } from '@fairlead/core';
import {
  createGateway,
  type Gateway,
  type ListenerLimits as GatewayLimits,
  type ListenerDoor,
  type ListenerSpeech,
  type Log,
  ReplayedUplinks,
} from '@fairlead/gateway';
import { createSandbox, type ScriptLog } from '@fairlead/sandbox';
import { openStore, type Store } from '@fairlead/store';
import { Absences } from './absences.ts';
import { SignIn } from './access/sign-in.ts';
import { signInPath } from './access/sign-in-codes.ts';
import { type AdminToken, openAdminToken } from './admin-token.ts';
import { openAutomation } from './automation.ts';
import { checkRestored } from './backup/restore.ts';
import { Backups } from './backup/write.ts';
import { openBus } from './bus.ts';
import { Captures } from './captures/captures.ts';
import { type CertificateReload, CertificateWatch, certificatesOf, tlsOf } from './certificates.ts';
import { type ConfigChanges, configChanges } from './config/reload.ts';
import type { Config, ListenerConfig, ListenerLimits } from './config/schema.ts';
import { watchDescriptors } from './descriptors.ts';
import { openDrivers } from './drivers/drivers.ts';
import { HostNames } from './http/access/host.ts';
import { createHttpApi } from './http/app.ts';
import type { Api } from './http/context.ts';
import { openLiveHub } from './http/live/hub.ts';
import { openServiceJournal } from './journal.ts';
import { serverLimits } from './limits.ts';
import { Changes } from './live/changes.ts';
import { LogTee } from './live/log-tee.ts';
import { Notices } from './live/notices.ts';
import { MessageSource } from './live/record-sources.ts';
import { LiveStream } from './live/stream.ts';
import { limitLog } from './log-limit.ts';
import { createMetrics } from './metrics.ts';
import { createDevice } from './new-device.ts';
import { ProcessHealth } from './process-health.ts';
import { openProfiles } from './profiles.ts';
import { deviceProtocols, protocolNames } from './protocols.ts';
import { readinessOf } from './readiness.ts';
import { ServiceStatus, serviceTopic } from './service-status.ts';
import { openPreset } from './thingspanel.ts';

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
  /**
   * Reads the certificates of all ports again, for new connections, as the service also does by itself every few seconds. What
   * is unusable is in the answer, and the earlier ones stay in use.
   */
  reload(): Promise<readonly CertificateReload[]>;
  /**
   * Applies the changes of a configuration that need no restart, for new links and clients. Resolves with the dotted keys whose
   * values differ from those of the start: those that are applied, and those that wait for a restart. Rejects with BUS_SECRET_UNREADABLE; then nothing was changed.
   */
  reconfigure(config: Config): Promise<ConfigChanges>;
  /** Stops gracefully, in the reverse order of the start. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts all parts, device ports last. If a step fails, rejects with its error (PORT_IN_USE,
 * STORE_LOCKED, STORE_UNREADABLE, RESTORE_UNFINISHED, ADMIN_TOKEN_INVALID and others), after closing everything that was open.
 */
export async function startService({
  config,
  log: unlimited,
  adminToken,
  secretKey,
  clock = systemClock,
}: ServiceOptions): Promise<Service> {
  await using opened = new AsyncDisposableStack();
  const log = new LogTee(opened.use(limitLog(unlimited, clock)));
  const notices = opened.use(new Notices(log, clock));
  const begun = clock.monotonic();
  const version = packageVersion();

  checkRestored(config.data);
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
      history: config.history.enabled ? config.history : 'off',
      audit: config.audit,
    }),
  );
  const token = openAdminToken({
    dir: config.data,
    given: adminToken,
    warn: (message) => log.warn({}, message),
  });
  if (token.created) {
    log.info({ file: token.source }, "Created the administrator's token");
    // Who had the earlier token may have signed in with it.
    store.sessions.end(({ user }) => user === undefined);
  }
  const sandbox = opened.use(createSandbox({ ...config.scripts, clock, onLog: scriptLog(log) }));
  const certificates = opened.use(new CertificateWatch(log, clock));
  const tracer = await openTracer(config.tracing, version, log, clock);
  if (tracer !== undefined) opened.use(tracer);
  const preset = await openPreset(config, store, log, clock);
  if (preset !== undefined) opened.use(preset);
  const bus = opened.use(await openBus(config, certificates, log, clock, preset?.branch));
  const journal = await openServiceJournal(config, log, clock);
  if (journal !== undefined) opened.use(journal);
  const { service: template, ...topics } = config.topics;
  const status = serviceTopic(template);
  if (status !== undefined) opened.use(new ServiceStatus(bus, status, clock, log));
  const messages = new MessageSource();
  const live = new LiveStream({ ...streamLimits(), clock });
  // Closed after the gateway, whose links end before that.
  const captures = opened.use(new Captures(config.data, clock, log));
  const directory = preset?.directory(store.devices) ?? store.devices;
  const observers = [store.observer(), live, messages];
  const gateway = opened.use(
    await createGateway({
      directory,
      bus,
      scripts: sandbox,
      protocols: preset?.protocols(deviceProtocols()) ?? deviceProtocols(),
      create: (unknown) => createDevice(store, unknown),
      inboxStore: store.inbox,
      deviceStates: store.deviceState,
      journal: journal?.terms,
      downlinkQueue: store.downlinks,
      desiredStore: store.desired,
      reported: store.values,
      observers,
      topics,
      dialTls: config.dial.tls,
      liveness: config.liveness,
      tracer,
      log,
      clock,
    }),
  );
  await preset?.attach(gateway);
  gateway.correct(store.presence.stale());
  await captures.begin(gateway);

  const automation = opened.use(
    openAutomation({ config, store, bus, gateway, secretKey, log, clock, tracer }),
  );
  const drivers = await openDrivers({ ...config.drivers, bus, log, clock });
  if (drivers !== undefined) opened.use(drivers);
  if (drivers?.address !== undefined) log.info({ address: drivers.address }, 'INDI listens');

  const wanted = Object.entries(config.listeners).filter(([, { listen }]) => listen !== false);
  const readiness = () =>
    readinessOf({
      store,
      bus,
      journal: journal?.journal,
      bound: gateway.listeners().length,
      wanted: wanted.length,
    });
  const tls = await certificatesOf(config.http.tls);
  if (tls !== undefined) certificates.add('http', () => tls.renew());
  const hosts = new HostNames(config.http.hosts);
  const signIn = new SignIn({ store, clock });
  const context = {
    store,
    gateway,
    scripts: sandbox,
    profileScripts: sandbox,
    automation,
    bus,
    live,
    absences: new Absences(store, clock),
    health: opened.use(new ProcessHealth(config.data, clock)),
    changes: new Changes(),
    captures,
    replayed: new ReplayedUplinks({ bus, directory, observers, topics, clock }),
    drivers,
    doubt: preset?.doubt,
    log,
    tracer,
    backups: new Backups({
      data: config.data,
      store,
      captures,
      journal: journal?.journal,
      derivedKeys: secretKey !== undefined,
      version,
      clock,
    }),
    metrics: createMetrics({
      version,
      counters: () => gateway.counters(),
      stored: () => ({ devices: store.devices.count(), stats: store.stats() }),
      bus: () => ({ ...bus.stats(), connected: bus.state === 'connected' }),
      branches: () => bus.branches?.() ?? [],
      sandbox: () => sandbox.stats(),
      automation: () => automation.counters(),
      indi: () => drivers?.clients(),
      streams: () => live.readers + hub.streams,
      journal: () => journal?.journal.stats(),
      traces: () => tracer?.stats(),
      storeOk: () => store.health().ok,
    }),
    clock,
    version,
    begun,
    readiness,
  };
  const hub = openLiveHub(context, { messages, log, notices, clock });
  opened.defer(() => hub.close());
  const api = await createHttpApi({ ...context, hub }, { token, hosts, tls, signIn, log });
  opened.defer(() => api.close());
  const http = await listenHttp(api, config.http.listen);
  log.info({ address: http }, 'HTTP listens');

  if (preset !== undefined) opened.use(await preset.listen());

  const listeners: Record<string, string> = {};
  for (const [name, listener] of wanted) {
    const limits = limitsOf(listener.limits);
    const [speech, door] = [speechOf(listener), doorOf(listener)];
    const { address } = await gateway.listen(name, speech, listener.listen as string, limits, door);
    listeners[name] = address;
    if (door.tls !== undefined) certificates.add(`listeners.${name}`, () => gateway.renewCertificates(name));
  }

  gateway.dial();
  await automation.open();

  async function reconfigure(next: Config): Promise<ConfigChanges> {
    const changes = configChanges(config, next);
    hosts.set(next.http.hosts);
    // Also when no key has changed: the password in a file may have.
    if (next.bus.kind === config.bus.kind) await bus.setUsers?.(next.bus);
    for (const [name] of wanted) {
      const listener = next.listeners[name] ?? (config.listeners[name] as ListenerConfig);
      const { allow, deny } = doorOf(listener);
      gateway.setAddresses(name, { allow, deny });
      gateway.setLimits(name, limitsOf(listener.limits));
    }
    return changes;
  }

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
    reload: () => certificates.reload(),
    reconfigure,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Its module is loaded only where something is traced. */
async function openTracer(
  { endpoint, ...terms }: Config['tracing'],
  version: string,
  log: Log,
  clock: Clock,
) {
  if (endpoint === undefined) return undefined;
  const { SamplingTracer } = await import('./tracing/tracer.ts');
  return new SamplingTracer({ ...terms, endpoint, version, log, clock });
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

function doorOf({ identity, tls, allow, deny, proxy, takeover }: ListenerConfig): ListenerDoor {
  return {
    takeover,
    ...(allow !== undefined && { allow: [...allow] }),
    ...(deny !== undefined && { deny: [...deny] }),
    ...(proxy !== undefined && { proxy: { ...proxy, trusted: [...proxy.trusted] } }),
    ...(tls !== undefined && { tls: tlsOf(tls) }),
    ...(identity === 'certificate' && { device: tls?.device }),
  };
}

function streamLimits() {
  const { streamBuffer: buffer, streamRing: ring, streamResume: resume } = serverLimits.values;
  return { buffer, ring, resume };
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
