// The messages of ESPHome's native API.

import { be, concat, f32le, le, protobuf, u32le, utf8 } from 'fairlead:helpers';

export type Values = Record<string, unknown>;

/** Name, identifier, platform, unit, class. */
export type Entity = [name: string, objectId: string, platform: string, unit: string, deviceClass: string];

/** Keys in hex. Before the handshake ends: our private key, the chaining key and the hash; then both keys and counters. */
export interface Noise {
  /** The node's hello came. */
  greeted?: boolean;
  own?: string;
  chain?: string;
  hash?: string;
  send?: string;
  receive?: string;
  sent?: number;
  received?: number;
}

export interface Context {
  time: number;
  state: { asked?: boolean; noise?: Noise; entities?: Record<string, Entity> };
  parameters: { password?: string };
  secret?: string;
}

// Fields as number:name:type, the types being u (number), b (true or false), f (float), x (fixed32), s (text).
const listed = '1:objectId:s 2:key:x 3:name:s';

export const messages: Record<number, [name: string, fields: string, platform?: string]> = {
  2: ['HelloResponse', '1:major:u 2:minor:u 3:serverInfo:s 4:name:s'],
  4: ['ConnectResponse', '1:passwordWrong:b'],
  5: ['DisconnectRequest', ''],
  6: ['DisconnectResponse', ''],
  7: ['PingRequest', ''],
  8: ['PingResponse', ''],
  10: [
    'DeviceInfoResponse',
    '2:name:s 3:mac:s 4:version:s 5:compiled:s 6:model:s 8:projectName:s 9:projectVersion:s 12:manufacturer:s 13:friendlyName:s',
  ],
  12: ['ListEntitiesBinarySensorResponse', `${listed} 5:deviceClass:s`, 'binary_sensor'],
  13: ['ListEntitiesCoverResponse', `${listed} 8:deviceClass:s`, 'cover'],
  14: ['ListEntitiesFanResponse', listed, 'fan'],
  15: ['ListEntitiesLightResponse', listed, 'light'],
  16: ['ListEntitiesSensorResponse', `${listed} 6:unit:s 9:deviceClass:s`, 'sensor'],
  17: ['ListEntitiesSwitchResponse', `${listed} 9:deviceClass:s`, 'switch'],
  18: ['ListEntitiesTextSensorResponse', listed, 'text_sensor'],
  19: ['ListEntitiesDoneResponse', ''],
  21: ['BinarySensorStateResponse', '1:key:x 2:state:b 3:missing:b', 'binary_sensor'],
  22: ['CoverStateResponse', '1:key:x 3:state:f 4:tilt:f 5:currentOperation:u', 'cover'],
  23: [
    'FanStateResponse',
    '1:key:x 2:state:b 3:oscillating:b 5:direction:u 6:speedLevel:u 7:presetMode:s',
    'fan',
  ],
  24: [
    'LightStateResponse',
    '1:key:x 2:state:b 3:brightness:f 4:red:f 5:green:f 6:blue:f 7:white:f 8:colorTemperature:f 9:effect:s 11:colorMode:u',
    'light',
  ],
  25: ['SensorStateResponse', '1:key:x 2:state:f 3:missing:b', 'sensor'],
  26: ['SwitchStateResponse', '1:key:x 2:state:b', 'switch'],
  27: ['TextSensorStateResponse', '1:key:x 2:state:s 3:missing:b', 'text_sensor'],
  29: ['SubscribeLogsResponse', '1:level:u 3:message:s'],
  35: ['HomeassistantServiceResponse', '1:service:s 5:isEvent:b'],
  36: ['GetTimeRequest', ''],
  46: ['ListEntitiesClimateResponse', listed, 'climate'],
  47: [
    'ClimateStateResponse',
    '1:key:x 2:mode:u 3:currentTemperature:f 4:state:f 5:targetLow:f 6:targetHigh:f 8:action:u 9:fanMode:u 14:currentHumidity:f',
    'climate',
  ],
  49: ['ListEntitiesNumberResponse', `${listed} 11:unit:s 13:deviceClass:s`, 'number'],
  50: ['NumberStateResponse', '1:key:x 2:state:f 3:missing:b', 'number'],
  52: ['ListEntitiesSelectResponse', listed, 'select'],
  53: ['SelectStateResponse', '1:key:x 2:state:s 3:missing:b', 'select'],
  55: ['ListEntitiesSirenResponse', listed, 'siren'],
  56: ['SirenStateResponse', '1:key:x 2:state:b', 'siren'],
  58: ['ListEntitiesLockResponse', listed, 'lock'],
  59: ['LockStateResponse', '1:key:x 2:state:u', 'lock'],
  61: ['ListEntitiesButtonResponse', `${listed} 8:deviceClass:s`, 'button'],
  63: ['ListEntitiesMediaPlayerResponse', listed, 'media_player'],
  64: ['MediaPlayerStateResponse', '1:key:x 2:state:u 3:volume:f 4:muted:b', 'media_player'],
  94: ['ListEntitiesAlarmControlPanelResponse', listed, 'alarm_control_panel'],
  95: ['AlarmControlPanelStateResponse', '1:key:x 2:state:u', 'alarm_control_panel'],
  97: ['ListEntitiesTextResponse', listed, 'text'],
  98: ['TextStateResponse', '1:key:x 2:state:s 3:missing:b', 'text'],
  100: ['ListEntitiesDateResponse', listed, 'date'],
  101: ['DateStateResponse', '1:key:x 2:missing:b 3:year:u 4:month:u 5:day:u', 'date'],
  103: ['ListEntitiesTimeResponse', listed, 'time'],
  104: ['TimeStateResponse', '1:key:x 2:missing:b 3:hour:u 4:minute:u 5:second:u', 'time'],
  107: ['ListEntitiesEventResponse', `${listed} 8:deviceClass:s`, 'event'],
  108: ['EventResponse', '1:key:x 2:state:s', 'event'],
  109: ['ListEntitiesValveResponse', `${listed} 8:deviceClass:s`, 'valve'],
  110: ['ValveStateResponse', '1:key:x 2:state:f 3:currentOperation:u', 'valve'],
  112: ['ListEntitiesDateTimeResponse', listed, 'datetime'],
  113: ['DateTimeStateResponse', '1:key:x 2:missing:b 3:state:x', 'datetime'],
  116: ['ListEntitiesUpdateResponse', `${listed} 8:deviceClass:s`, 'update'],
  117: ['UpdateStateResponse', '1:key:x 2:missing:b 3:inProgress:b 6:state:s 7:latestVersion:s', 'update'],
};

const empty: Record<string, unknown> = { u: 0, b: false, f: 0, x: 0, s: '' };

/** Fields that do not stand in a message have their empty value. */
export function readFields(layout: string, content: Uint8Array): Values {
  const found = new Map(protobuf(content).map((field) => [field.field, field]));
  const values: Values = {};
  for (const entry of layout === '' ? [] : layout.split(' ')) {
    const [number, name = '', type = ''] = entry.split(':');
    const field = found.get(Number(number));
    values[name] = field === undefined ? empty[type] : typed(type, field.value);
  }
  return values;
}

function typed(type: string, value: number | bigint | Uint8Array): unknown {
  if (!(value instanceof Uint8Array)) return type === 'b' ? Number(value) !== 0 : Number(value);
  if (type === 's') return utf8(value);
  if (value.length !== 4) throw new Error(`a field of ${value.length} bytes has the wrong type`);
  return type === 'f' ? shortest(f32le(value)) : u32le(value);
}

/** The shortest decimal number that is this float: 21.3 and not 21.299999237060547. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

/** Four zero bytes and the counter, lowest byte first. */
export const nonce = (counter: number): Uint8Array => concat([0, 0, 0, 0], le(counter, 8));

export const noiseFrame = (content: Uint8Array): Uint8Array => concat(1, be(content.length, 2), content);
