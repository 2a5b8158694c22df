/** The ThingsPanel preset: the parts of the service around `@fairlead/thingspanel`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type BusBranch, mqttBus } from '@fairlead/bus';
import { type Clock, silentLog } from '@fairlead/core';
import {
  compileTopics,
  type DeviceDirectory,
  type DeviceProtocol,
  type Gateway,
  type Log,
} from '@fairlead/gateway';
import type { Device, Store } from '@fairlead/store';
import { openThingsPanel, type ThingsPanel, thingspanelLimits } from '@fairlead/thingspanel';
import { PANEL_FILE } from './backup/manifest.ts';
import { mqttOptionsOf } from './bus.ts';
import type { Config } from './config/schema.ts';
import { ThingsPanelPort } from './http/thingspanel.ts';

const { reconnectMin, reconnectMax, deviceQueue } = thingspanelLimits.values;
/** A message may be larger than what is left of the queue that is counted. */
const QUEUE = 2 * deviceQueue;

interface Preset extends AsyncDisposable {
  /** The platform beside the bus of the service. */
  readonly branch: BusBranch;
  directory(own: Store['devices']): DeviceDirectory;
  protocols(all: readonly DeviceProtocol[]): readonly DeviceProtocol[];
  doubt(device: string): Error | undefined;
  attach(gateway: Gateway): Promise<void>;
  /** Opens the ports that the platform calls. Rejects with PORT_IN_USE or LISTEN_FAILED. */
  listen(): Promise<AsyncDisposable>;
}

/** undefined: the configuration has no preset. Rejects with THINGSPANEL_FILE_UNUSABLE, or as the MQTT bus does. */
export async function openPreset(
  config: Config,
  store: Store,
  log: Log,
  clock: Clock,
): Promise<Preset | undefined> {
  if (config.preset === undefined) return undefined;
  const { platform = '', timeout, cache, connections, mqtt, http } = config.thingspanel;
  const { service: _, ...topics } = config.topics;
  const shared = await mqttBus({ ...mqttOptionsOf(mqtt), log, clock });
  const { user: _user, password: _password, clientId: _id, ...common } = mqttOptionsOf(mqtt);
  mkdirSync(config.data, { recursive: true });
  let panel: ThingsPanel<Device>;
  try {
    panel = await openThingsPanel<Device>({
      url: platform,
      timeout,
      cache,
      file: join(config.data, PANEL_FILE),
      fleet: store.devices,
      topics: compileTopics(topics),
      shared,
      openDevice:
        connections === 'shared'
          ? undefined
          : (token) =>
              mqttBus({
                ...common,
                user: token,
                reconnect: { min: reconnectMin, max: reconnectMax },
                queue: { limit: QUEUE },
                log: silentLog, // the preset names what fails, once a device
                clock,
              }),
      clock,
      log,
    });
  } catch (error) {
    await shared.close();
    throw error;
  }
  return {
    branch: { name: 'thingspanel', bus: panel.bus, delivery: 'required', receives: false, fields: [] },
    directory: (own) => directoryOf(own, panel),
    protocols: (all) =>
      all.map((protocol) => (protocol.name === 'official' ? panel.passingThrough(protocol) : protocol)),
    doubt: (device) => panel.doubt(device),
    attach: (gateway) => panel.attach(gateway),
    listen: () => ThingsPanelPort.open(http, (...call) => panel.call(...call), log),
    [Symbol.asyncDispose]: () => panel[Symbol.asyncDispose](),
  };
}

/** The devices of the store; who has a token, the preset says. */
function directoryOf(own: Store['devices'], panel: ThingsPanel<Device>): DeviceDirectory {
  return {
    byToken: (token, protocol) => panel.byToken(token, protocol),
    byIdentity: (profile, identity) => own.byIdentity(profile, identity),
    byCertificate: (identity) => own.byCertificate(identity),
    profile: (name) => own.profile(name),
    byName: (name) => own.byName(name),
    byAddress: (gateway, address) => own.byAddress(gateway, address),
    subDevices: (gateway) => own.subDevices(gateway),
    dialled: () => own.dialled(),
  };
}
