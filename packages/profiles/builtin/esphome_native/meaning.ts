// Entities of an ESPHome device and their states.

import { concat, hex, protobuf } from 'fairlead:helpers';
import { type Context, type Entity, messages, readFields, type Values } from './messages.ts';
import { fixed, message, text } from './requests.ts';

/** Device classes with a name in the vocabulary, by their unit where there are several. */
const vocabulary: Record<string, [key: string, units?: Record<string, number>]> = {
  temperature: ['temperature', { '°C': 1 }],
  humidity: ['humidity'],
  pressure: ['pressure', { hPa: 1, kPa: 10, Pa: 0.01 }],
  atmospheric_pressure: ['pressure', { hPa: 1, kPa: 10, Pa: 0.01 }],
  voltage: ['voltage', { V: 1, mV: 0.001 }],
  current: ['current', { A: 1, mA: 0.001 }],
  power: ['power', { W: 1, kW: 1_000 }],
  energy: ['energy', { kWh: 1, Wh: 0.001 }],
  power_factor: ['powerFactor', { '%': 0.01, '': 1 }],
  frequency: ['frequency', { Hz: 1, kHz: 1_000 }],
  battery: ['battery'],
  illuminance: ['illuminance'],
  carbon_dioxide: ['co2'],
  signal_strength: ['rssi', { dBm: 1 }],
  door: ['door'],
  motion: ['motion'],
};

/** Room for the names of the entities in the state of the link. */
const entityBytes = 2_400;

function listedEntity(
  ctx: Context,
  platform: string,
  { key, name, objectId, unit = '', deviceClass = '' }: Values,
): Values {
  const entities = ctx.state.entities ?? {};
  const entity = [name, objectId, platform, unit, deviceClass] as Entity;
  if (JSON.stringify(entities).length + JSON.stringify(entity).length < entityBytes)
    entities[String(key)] = entity;
  ctx.state.entities = entities;
  return {
    key,
    platform,
    name,
    objectId,
    ...(unit !== '' && { unit }),
    ...(deviceClass !== '' && { deviceClass }),
  };
}

function entityState(ctx: Context, platform: string, { key, state, missing, ...attributes }: Values): Values {
  const [name, objectId, , unit = '', deviceClass = ''] = ctx.state.entities?.[String(key)] ?? [];
  const head = { key, platform, ...(name !== undefined && { name, objectId }), ...(unit && { unit }) };
  if (missing === true || Number.isNaN(state)) return { ...head, missing: true };
  const given = Object.entries(attributes).filter(([, value]) => !Number.isNaN(value));
  const rest = given.length > 0 ? { attributes: Object.fromEntries(given) } : {};
  if (state === undefined) return { ...head, ...rest };
  const [common, units] = vocabulary[deviceClass] ?? [];
  const scale = units === undefined ? 1 : units[unit];
  const named = common !== undefined && scale !== undefined;
  return {
    ...head,
    state,
    ...rest,
    ...(named && { [common]: typeof state === 'number' ? state * scale : state }),
  };
}

function meaning(type: number, read: Values, ctx: Context): Values {
  const platform = messages[type]?.[2];
  if (platform !== undefined)
    return 'objectId' in read ? listedEntity(ctx, platform, read) : entityState(ctx, platform, read);
  const { major, minor, serverInfo, version, projectName, projectVersion, isEvent, service, ...rest } = read;
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== '')),
    ...(major !== undefined && { apiVersion: `${major}.${minor}`, firmware: serverInfo }),
    ...(version !== undefined && { firmware: version }),
    ...(projectName ? { project: `${projectName} ${projectVersion}` } : {}),
    ...(read.mac ? { deviceId: read.mac } : {}),
  };
}

/** Entries of a map: key and value. */
function mapOf(content: Uint8Array, field: number): Values {
  const entries = protobuf(content).filter((of) => of.field === field && of.value instanceof Uint8Array);
  return Object.fromEntries(
    entries.map(({ value }) => {
      const pair = readFields('1:key:s 2:value:s', value as Uint8Array);
      return [pair.key, pair.value];
    }),
  );
}

/** What we owe the node. */
function answer(type: number, ctx: Context): Uint8Array | undefined {
  if (type === 2) {
    const password = ctx.parameters.password ?? '';
    const connect = password === '' ? [] : [text(1, password)];
    return concat(message(ctx, 3, ...connect), message(ctx, 9), message(ctx, 11), message(ctx, 20));
  }
  if (type === 5) return message(ctx, 6);
  if (type === 7) return message(ctx, 8);
  if (type === 36) return message(ctx, 37, fixed(1, Math.floor(ctx.time / 1_000)));
  return undefined;
}

export function decoded(type: number, content: Uint8Array, ctx: Context) {
  const [messageName, layout] = messages[type] ?? [];
  const head = { type, ...(messageName && { messageName }), length: content.length };
  const reply = answer(type, ctx);
  const owed = reply === undefined ? {} : { reply };
  if (layout === undefined) return { values: { ...head, data: hex(content) }, ...owed };
  let read: Values;
  try {
    read = readFields(layout, content);
  } catch {
    // Nothing of a message that is no protobuf is believed.
    return { values: { ...head, data: hex(content) }, ...owed };
  }
  if (type === 35) {
    const params = mapOf(content, 2);
    return { kind: 'events', values: { method: String(read.service), params } };
  }
  return { values: { ...head, ...meaning(type, read, ctx) }, ...owed };
}
