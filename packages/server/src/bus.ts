/** The buses that the configuration names. */
import {
  type BranchStats,
  type BusAdapter,
  type BusBranch,
  type BusMessage,
  busFanout,
  embeddedBroker,
  type MqttBusOptions,
  mqttBus,
  natsBus,
  type PayloadField,
  type Secret,
  stdoutBus,
  topicRoute,
  webhookBus,
} from '@fairlead/bus';
import type { Clock } from '@fairlead/core';
import type { Log } from '@fairlead/gateway';
import { type CertificateWatch, certificatesOf } from './certificates.ts';
import type { Config } from './config/schema.ts';
import { DRIVER_SET_FILTER } from './drivers/bridge.ts';
import { serviceTopic, serviceWill } from './service-status.ts';

export type OpenBus = BusAdapter & {
  /** The address of the embedded broker for external clients. */
  readonly address?: string | undefined;
  /** Each bus, if there are several. */
  branches?(): BranchStats[];
  /** Takes the users of the embedded broker from this configuration, for new clients. */
  setUsers?(bus: Config['bus']): Promise<void>;
};

type FurtherBus = Config['buses'][string];
type Common = { readonly log: Log; readonly clock: Clock; readonly queue?: { readonly limit: number } };

/** Rejects with PORT_IN_USE, LISTEN_FAILED, TLS_MATERIAL_INVALID, or an error of the options. A broker that is not reachable is not an error: the connection is retried. */
export async function openBus(
  config: Config,
  watch: CertificateWatch,
  log: Log,
  clock: Clock,
  platform?: BusBranch,
): Promise<OpenBus> {
  const { bus, buses } = config;
  const main = await openMain(config, watch, commonOf(bus, log, clock));
  const opened: [name: string, settings: FurtherBus, bus: BusAdapter][] = [];
  try {
    for (const [name, settings] of Object.entries(buses))
      opened.push([name, settings, await openKind(settings, commonOf(settings, log, clock))]);
    const fields = fieldsOf(bus);
    if (opened.length === 0 && fields.length === 0 && platform === undefined) return main;
    const first = { name: 'bus', bus: main, delivery: 'required', receives: true, fields } as const;
    const further = opened.map(([name, settings, adapter]) => ({
      name,
      bus: adapter,
      takes: routeOf(settings, config.topics),
      delivery: settings.required ? ('required' as const) : ('bestEffort' as const),
      receives: settings.commands,
      fields: fieldsOf(settings),
    }));
    const all = [first, ...further, ...(platform === undefined ? [] : [platform])] as const;
    return Object.assign(busFanout(all, log), {
      address: main.address,
      ...(main.setUsers !== undefined && { setUsers: main.setUsers }),
    });
  } catch (error) {
    await Promise.all([main, ...opened.map(([, , adapter]) => adapter)].map((adapter) => adapter.close()));
    throw error;
  }
}

async function openMain({ bus, topics }: Config, watch: CertificateWatch, common: Common): Promise<OpenBus> {
  const { kind } = bus;
  const status = serviceTopic(topics.service);
  const will = status === undefined ? undefined : serviceWill(status);
  if (kind === 'mqtt') return openMqtt(bus.mqtt, common, will);
  if (kind !== 'embedded') return openKind({ ...bus, kind }, common);
  const tls = await certificatesOf(bus.embedded.tls);
  if (tls !== undefined) watch.add('bus.embedded', () => tls.renew());
  const { listen, clients, anonymous, slowSubscribers } = bus.embedded;
  const downlinks = [topics.set, topics.command, topics.desire].map((template) =>
    template.replace('{device}', '+'),
  );
  const publishable = [...downlinks, DRIVER_SET_FILTER];
  const broker = await embeddedBroker({
    listen,
    tls,
    anonymous,
    slowSubscribers,
    users: usersOf(bus),
    publishable,
    maxClients: clients,
    ...common,
  });
  const setUsers = broker.setUsers.bind(broker);
  return Object.assign(broker, { setUsers: (bus: Config['bus']) => setUsers(usersOf(bus)) });
}

const usersOf = ({ embedded }: Config['bus']) =>
  Object.entries(embedded.users).map(([name, { password, passwordFile }]) => ({
    name,
    password: secretOf(password, passwordFile) as Secret,
  }));

function openKind(
  settings: Pick<FurtherBus, 'kind' | 'mqtt' | 'nats' | 'webhook'>,
  common: Common,
): Promise<BusAdapter> {
  switch (settings.kind) {
    case 'mqtt':
      return openMqtt(settings.mqtt, common);
    case 'nats':
      return openNats(settings.nats, common);
    case 'webhook':
      return openWebhook(settings.webhook, common);
    case 'stdout':
      return Promise.resolve(stdoutBus(common));
  }
}

/** @param will says that the service is gone: of the main bus only */
function openMqtt(mqtt: FurtherBus['mqtt'], common: Common, will?: BusMessage): Promise<BusAdapter> {
  return mqttBus({ ...mqttOptionsOf(mqtt), ...(will !== undefined && { will }), ...common });
}

/** The options of the adapter for a section `mqtt`. */
export function mqttOptionsOf(mqtt: FurtherBus['mqtt']): MqttBusOptions {
  const { url, version, qos, keepalive, user, clientId, password, passwordFile, serverName } = mqtt;
  const tls = set({ ...tlsOf(mqtt), serverName });
  return {
    url: url as string,
    ...set({ user, clientId, password: secretOf(password, passwordFile) }),
    ...(Object.keys(tls).length > 0 && { tls }),
    version,
    qos,
    keepalive,
  };
}

function openNats(nats: FurtherBus['nats'], common: Common): Promise<BusAdapter> {
  const { url, prefix, user, password, passwordFile, token, tokenFile, credentialsFile } = nats;
  const { stream, subjects } = nats;
  const tls = set(tlsOf(nats));
  return natsBus({
    url: url as string,
    prefix,
    ...set({
      user,
      password: secretOf(password, passwordFile),
      token: secretOf(token, tokenFile),
      credentials: secretOf(undefined, credentialsFile),
    }),
    ...(stream !== undefined && { stream: { name: stream, ...set({ subjects }) } }),
    ...(Object.keys(tls).length > 0 && { tls }),
    ...common,
  });
}

function openWebhook(webhook: FurtherBus['webhook'], common: Common): Promise<BusAdapter> {
  const { url, secret, secretFile, authorization, authorizationFile, ca, batch, timeout } = webhook;
  return webhookBus({
    url: url as string,
    ...set({
      secret: secretOf(secret, secretFile),
      authorization: secretOf(authorization, authorizationFile),
    }),
    ...(ca !== undefined && { tls: { ca: { file: ca } } }),
    batch: { messages: batch },
    timeout,
    ...common,
  });
}

function commonOf({ queue }: { readonly queue?: number | undefined }, log: Log, clock: Clock): Common {
  return { log, clock, ...(queue !== undefined && { queue: { limit: queue } }) };
}

function fieldsOf({ time, origin }: Pick<FurtherBus, 'time' | 'origin'>): PayloadField[] {
  return [
    ...(time === 'payload' ? ['time' as const] : []),
    ...(origin === 'payload' ? ['origin' as const] : []),
  ];
}

function routeOf({ kinds, devices, filters, commands }: FurtherBus, topics: Config['topics']) {
  const templates = (['attributes', 'events', 'raw', 'status'] as const).map((kind) => ({
    template: topics[kind],
    selected: kinds.includes(kind),
  }));
  return topicRoute({ templates, devices, filters, others: commands });
}

function tlsOf({ ca, cert, key }: Pick<FurtherBus['mqtt'], 'ca' | 'cert' | 'key'>) {
  const file = (path: string | undefined) => (path === undefined ? undefined : { file: path });
  return { ca: file(ca), cert: file(cert), key: file(key) };
}

/** Without the keys that have no value. */
function set<T extends object>(keys: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)) as never;
}

/** The environment overrides the file. */
function secretOf(text: string | undefined, file: string | undefined): Secret | undefined {
  return text ?? (file === undefined ? undefined : { file });
}
