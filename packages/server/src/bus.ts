/** The bus that the configuration names. */
import { type BusAdapter, embeddedBroker, mqttBus, type Secret } from '@fairlead/bus';
import type { Clock } from '@fairlead/core';
import type { Log } from '@fairlead/gateway';
import type { Config } from './config/schema.ts';
import { DRIVER_SET_FILTER } from './drivers/bridge.ts';
import { serviceTopic, serviceWill } from './service-status.ts';

export type OpenBus = BusAdapter & {
  /** The address of the embedded broker for external clients. */
  readonly address?: string | undefined;
};

/** Rejects with PORT_IN_USE, LISTEN_FAILED, or an error of the options. A broker that is not reachable is not an error: the connection is retried. */
export async function openBus({ bus, topics }: Config, log: Log, clock: Clock): Promise<OpenBus> {
  if (bus.kind === 'embedded') {
    const { listen, clients, anonymous, users } = bus.embedded;
    const credentials = Object.entries(users).map(([name, user]) => ({
      name,
      password: secretOf(user) as Secret,
    }));
    const downlinks = [topics.set, topics.command].map((template) => template.replace('{device}', '+'));
    const publishable = [...downlinks, DRIVER_SET_FILTER];
    const options = { listen, anonymous, users: credentials, publishable, maxClients: clients, log, clock };
    return embeddedBroker(options);
  }
  const { url, user, clientId, version, qos, keepalive, ca, cert, key, serverName, ...secret } = bus.mqtt;
  const password = secretOf(secret);
  const tls = {
    ...(ca !== undefined && { ca: { file: ca } }),
    ...(cert !== undefined && { cert: { file: cert } }),
    ...(key !== undefined && { key: { file: key } }),
    ...(serverName !== undefined && { serverName }),
  };
  const status = serviceTopic(topics.service);
  return mqttBus({
    url: url as string,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(clientId !== undefined && { clientId }),
    ...(Object.keys(tls).length > 0 && { tls }),
    version,
    qos,
    keepalive,
    ...(status !== undefined && { will: serviceWill(status) }),
    log,
    clock,
  });
}

/** The environment overrides the file. */
function secretOf(keys: {
  readonly password?: string | undefined;
  readonly passwordFile?: string | undefined;
}): Secret | undefined {
  if (keys.password !== undefined) return keys.password;
  return keys.passwordFile === undefined ? undefined : { file: keys.passwordFile };
}
