// What nodes say to each other, by port.

import { protobuf, utf8 } from 'fairlead:helpers';
import { given, message, nodeName, seconds, type Values } from './fields.ts';

export interface Result {
  values: Values;
  time?: Date;
}

export function position(bytes: unknown): Result {
  const layout =
    '1:lat:y 2:lon:y 3:altitude:i 4:time:x 4:battery:u 7:timestamp:x 9:oldTime:x 11:pdop:u 12:hdop:u 13:vdop:u 14:accuracy:u 15:speed:u 16:track:u 19:satellites:u 23:precisionBits:u';
  const { lat, lon, time, timestamp, oldTime, pdop, hdop, vdop, accuracy, track, ...rest } = message(
    layout,
    bytes,
  );
  const fixed = typeof lat === 'number' && typeof lon === 'number' && (lat !== 0 || lon !== 0);
  const [latitude, longitude] = [Number(lat) / 1e7, Number(lon) / 1e7];
  if (fixed && (Math.abs(latitude) > 90 || Math.abs(longitude) > 180))
    throw new Error(`not a place: ${lat} ${lon}`);
  const hundredth = (value: unknown): number | undefined =>
    value === undefined ? undefined : Number(value) / 100;
  const when = seconds(timestamp) ?? seconds(time) ?? seconds(oldTime);
  const values = given({
    ...rest,
    ...(fixed && { latitude, longitude }),
    valid: fixed,
    pdop: hundredth(pdop),
    hdop: hundredth(hdop),
    vdop: hundredth(vdop),
    // Millimetres, and hundred-thousandths of a degree.
    accuracy: accuracy === undefined ? undefined : Number(accuracy) / 1_000,
    course: track === undefined ? undefined : Number(track) / 1e5,
    positionTime: when?.toISOString(),
  });
  return { values, ...(when && { time: when }) };
}

/** Field 6 is a flag; in firmware 1.2 it was the hardware. */
export function user(bytes: unknown): Values {
  const layout = '1:node:s 2:longName:s 3:shortName:s 4:mac:h 5:hardwareModel:u 6:six:u 7:role:u';
  const { node, six, ...rest } = message(layout, bytes);
  const sixth = six === undefined ? {} : Number(six) > 1 ? { hardwareModel: six } : { licensed: six === 1 };
  return {
    ...(node !== undefined && { node, deviceId: node }),
    ...rest,
    ...sixth,
    ...(rest.longName ? { name: rest.longName } : {}),
  };
}

/** 101 percent means that the node is powered. */
export function deviceMetrics(bytes: unknown): Values {
  const { level, ...rest } = message(
    '1:level:u 2:voltage:f 3:channelUtilization:f 4:airUtilTx:f 5:uptime:u',
    bytes,
  );
  if (level === undefined) return rest;
  return { ...rest, battery: Math.min(100, Number(level)), ...(Number(level) > 100 && { charging: true }) };
}

function environment(bytes: unknown): Values {
  const layout =
    '1:temperature:f 2:humidity:f 3:pressure:f 4:gasResistance:f 5:voltage:f 6:milliamperes:f 7:iaq:u 8:distance:f 9:illuminance:f 13:windDirection:u 14:windSpeed:f 15:weight:f 16:windGust:f 19:rainfall:f 20:rainfall24h:f';
  const { milliamperes, ...rest } = message(layout, bytes);
  return { ...rest, ...(milliamperes !== undefined && { current: Number(milliamperes) / 1_000 }) };
}

function powerMetrics(bytes: unknown): Values {
  const read = message('1:v1:f 2:c1:f 3:v2:f 4:c2:f 5:v3:f 6:c3:f', bytes);
  const channels = [1, 2, 3]
    .filter((n) => read[`v${n}`] !== undefined)
    .map((n) => ({ voltage: read[`v${n}`], current: Number(read[`c${n}`] ?? 0) / 1_000 }));
  return { channels, ...channels[0] };
}

function telemetry(bytes: unknown): Result {
  const { time, device, surroundings, air, power, stats, health } = message(
    '1:time:x 2:device:m 3:surroundings:m 4:air:m 5:power:m 6:stats:m 7:health:m',
    bytes,
  );
  const values = {
    ...(device !== undefined && deviceMetrics(device)),
    ...(surroundings !== undefined && environment(surroundings)),
    ...(air !== undefined && message('1:pm10:u 2:pm25:u 3:pm100:u 12:co2:u', air)),
    ...(power !== undefined && powerMetrics(power)),
    ...(stats !== undefined && {
      localStats: message(
        '1:uptime:u 4:packetsSent:u 5:packetsReceived:u 6:packetsBad:u 7:nodesOnline:u 8:nodes:u',
        stats,
      ),
    }),
    ...(health !== undefined && message('1:heartRate:u 2:spo2:u 3:temperature:f', health)),
  };
  const when = seconds(time);
  return { values, ...(when && { time: when }) };
}

function waypoint(bytes: unknown): Values {
  const { lat, lon, ...rest } = message('1:id:u 2:lat:y 3:lon:y 4:expire:u 6:name:s 7:description:s', bytes);
  return { waypoint: { ...rest, latitude: Number(lat ?? 0) / 1e7, longitude: Number(lon ?? 0) / 1e7 } };
}

function routing(bytes: unknown): Values {
  const { errorReason } = message('3:errorReason:u', bytes);
  return errorReason === undefined ? {} : { errorReason, delivered: errorReason === 0 };
}

function neighbours(bytes: unknown): Values {
  const fields = bytes instanceof Uint8Array ? protobuf(bytes) : [];
  const list = fields
    .filter(({ field, wire }) => field === 4 && wire === 2)
    .map(({ value }) => message('1:number:u 2:snr:f', value))
    .map(({ number, snr }) => ({ node: nodeName(number), snr }));
  return { neighbours: list };
}

/** Applications by their port, and how their payload is read. */
export const ports: Record<number, [name: string, read?: (payload: Uint8Array) => Result]> = {
  1: ['TEXT_MESSAGE_APP', (payload) => ({ values: { message: utf8(payload) } })],
  2: ['REMOTE_HARDWARE_APP'],
  3: ['POSITION_APP', position],
  4: ['NODEINFO_APP', (payload) => ({ values: user(payload) })],
  5: ['ROUTING_APP', (payload) => ({ values: routing(payload) })],
  6: ['ADMIN_APP'],
  7: ['TEXT_MESSAGE_COMPRESSED_APP'],
  8: ['WAYPOINT_APP', (payload) => ({ values: waypoint(payload) })],
  9: ['AUDIO_APP'],
  10: ['DETECTION_SENSOR_APP', (payload) => ({ values: { message: utf8(payload), alarm: 'movement' } })],
  32: ['REPLY_APP'],
  33: ['IP_TUNNEL_APP'],
  34: ['PAXCOUNTER_APP', (payload) => ({ values: message('1:wifi:u 2:ble:u 3:uptime:u', payload) })],
  64: ['SERIAL_APP'],
  65: ['STORE_FORWARD_APP'],
  66: ['RANGE_TEST_APP', (payload) => ({ values: { message: utf8(payload) } })],
  67: ['TELEMETRY_APP', telemetry],
  70: ['TRACEROUTE_APP'],
  71: ['NEIGHBORINFO_APP', (payload) => ({ values: neighbours(payload) })],
  72: ['ATAK_PLUGIN'],
  73: ['MAP_REPORT_APP'],
  256: ['PRIVATE_APP'],
};
