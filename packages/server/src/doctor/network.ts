/** Ports, certificates and the bus. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mqttBus } from '@fairlead/bus';
import { type Clock, coreErrors, parseEndpoint, timeLimit } from '@fairlead/core';
import { connect, raw, serve } from '@fairlead/tcp';
import { mqttOptionsOf } from '../bus.ts';
import type { Config } from '../config/schema.ts';
import { reasonOf } from '../system-reason.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { failure } from './folder.ts';

const DAY = 86_400_000;
const EXPIRES_SOON = 30 * DAY;
const PATIENCE = 5_000;

/** Opens each port for a moment. Only while the service does not run. */
export async function checkPorts({ http, bus, drivers, listeners }: Config): Promise<Finding[]> {
  const ports: [name: string, address: string | false][] = [
    ['http', http.listen],
    ['mqtt', bus.kind === 'embedded' && bus.embedded.listen],
    ['indi', drivers.listen],
    ...Object.entries(listeners).map(([name, { listen }]): [string, string | false] => [name, listen]),
  ];
  const findings: Finding[] = [];
  for (const [name, address] of ports) {
    if (address === false) continue;
    try {
      await using _ = await serve(address, { codec: raw(), frames() {} });
      findings.push(ok(`port ${name}`, `${address} is free`));
    } catch (error) {
      findings.push(failure(`port ${name}`, error));
    }
  }
  return findings;
}

export function checkCertificates({ http, bus, buses, listeners }: Config, now: number): Finding[] {
  const sections = [
    ['http.tls', http.tls] as const,
    ['bus.embedded.tls', bus.kind === 'embedded' ? bus.embedded.tls : undefined] as const,
    ...Object.entries(listeners).map(([name, { tls }]) => [`listeners.${name}.tls`, tls] as const),
  ];
  const clients = [
    ['bus.mqtt', bus.mqtt] as const,
    ['bus.nats', bus.nats] as const,
    ...Object.entries(buses).flatMap(([name, { mqtt, nats }]) => [
      [`buses.${name}.mqtt`, mqtt] as const,
      [`buses.${name}.nats`, nats] as const,
    ]),
  ].flatMap(([key, { cert }]) => (cert === undefined ? [] : [[key, cert] as const]));
  const files = sections.flatMap(([key, tls]) =>
    tls === undefined
      ? []
      : [
          [key, tls.cert] as const,
          ...Object.entries(tls.names).map(([name, { cert }]) => [`${key}.names.${name}`, cert] as const),
        ],
  );
  return [...files, ...clients].map(([key, file]) => certificate(`certificate ${key}`, file, now));
}

/** The first certificate of a file, which is the one of the port itself. */
function certificate(check: string, file: string, now: number): Finding {
  const advice = 'Replace the file; the service takes the new one without a restart.';
  try {
    const { validFromDate, validToDate } = new X509Certificate(readFileSync(file));
    const detail = `${file} is valid until ${validToDate.toISOString().slice(0, 10)}`;
    if (now < validFromDate.getTime())
      return fail(
        check,
        `${file} is valid only from ${validFromDate.toISOString()}`,
        `Check the clock. ${advice}`,
      );
    if (now > validToDate.getTime())
      return fail(check, `${file} has expired: ${validToDate.toISOString()}`, advice);
    return validToDate.getTime() - now < EXPIRES_SOON ? warn(check, detail, advice) : ok(check, detail);
  } catch (error) {
    return fail(check, `${file} cannot be read: ${reasonOf(error)}`, advice);
  }
}

type BusSection = Config['bus'] | Config['buses'][string];

/** Whether each bus accepts the service. Only while the service does not run, which knows better. */
export async function checkBuses({ bus, buses }: Config, clock: Clock): Promise<Finding[]> {
  const all: [name: string, section: BusSection][] = [
    ['bus', bus],
    ...Object.entries(buses).map(([name, section]): [string, BusSection] => [`bus ${name}`, section]),
  ];
  return Promise.all(all.map(([name, section]) => checkBus(name, section, clock)));
}

async function checkBus(check: string, section: BusSection, clock: Clock): Promise<Finding> {
  const { kind } = section;
  const url = kind === 'mqtt' || kind === 'nats' || kind === 'webhook' ? section[kind].url : undefined;
  if (url === undefined) return ok(check, kind);
  const [first = ''] = url.split(',');
  const { hostname, protocol, port } = new URL(first.trim());
  const usual: Record<string, string> = {
    'mqtt:': '1883',
    'mqtts:': '8883',
    'nats:': '4222',
    'tls:': '4222',
    'http:': '80',
    'https:': '443',
  };
  const place = `${hostname}:${port || usual[protocol]}`;
  using limit = timeLimit(clock, PATIENCE, undefined, () =>
    coreErrors.error('CONNECT_TIMEOUT', { endpoint: place, limit: PATIENCE }),
  );
  try {
    parseEndpoint(place);
    await using client = connect(place, { codec: raw(), reconnect: false });
    await client.ready({ signal: limit.signal });
    if (kind !== 'mqtt') return ok(check, `${kind}: ${place} accepts connections`);
    await signInAtBroker(section.mqtt, limit.signal);
    return ok(check, `mqtt: ${place} accepts the service`);
  } catch (error) {
    return failure(check, limit.signal.aborted ? limit.signal.reason : error);
  }
}

/** As another client: with the id of the service, a broker would hand out what it keeps for that. Rejects with why it refuses. */
async function signInAtBroker(mqtt: Config['bus']['mqtt'], signal: AbortSignal): Promise<void> {
  const clientId = `fairlead-doctor-${process.pid}`;
  await using bus = await mqttBus({ ...mqttOptionsOf({ ...mqtt, clientId }) });
  const refused = Promise.withResolvers<never>();
  bus.on('state', ({ cause }) => {
    if (cause !== undefined) refused.reject(cause);
  });
  await Promise.race([bus.ready(signal), refused.promise]);
}
