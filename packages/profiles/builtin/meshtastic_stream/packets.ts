// Packets of the radio network, and what is known of its nodes.

import { hex, protobuf } from 'fairlead:helpers';
import { message, nodeName, read, seconds } from './fields.ts';
import { deviceMetrics, ports, position, type Result, user } from './ports.ts';

export function packet(bytes: unknown, old: boolean): Result {
  const common =
    '1:from:x 2:to:x 3:channel:u 4:decoded:m 5:encrypted:h 6:packetId:x 7:rxTime:x 8:snr:f 14:viaMqtt:b';
  const layout = old ? '10:hopLimit:u 13:rssi:i' : '9:hopLimit:u 12:rssi:i';
  const { from, to, decoded, rxTime, ...rest } = message(`${common} ${layout}`, bytes);
  const head = {
    ...(from !== undefined && { node: nodeName(from), nodeNumber: from, deviceId: nodeName(from) }),
    ...(to !== undefined && { to: nodeName(to) }),
    ...rest,
  };
  const content = data(decoded);
  const time = content.time ?? seconds(rxTime);
  return { values: { ...head, ...content.values }, ...(time && { time }) };
}

function data(bytes: unknown): Result {
  if (!(bytes instanceof Uint8Array)) return { values: {} };
  const layout = '1:port:u 2:payload:m 3:wantResponse:b 6:requestId:x 7:replyId:x';
  const { port = 0, payload = new Uint8Array(), ...rest } = message(layout, bytes);
  const [portName, content] = ports[Number(port)] ?? [];
  const head = { port, ...(portName && { portName }), ...rest };
  if (content === undefined) return { values: { ...head, payload: hex(payload as Uint8Array) } };
  const { values, ...time } = content(payload as Uint8Array);
  // The number of the node stands in the packet.
  const { node, deviceId, ...others } = values;
  return { values: { ...head, ...others }, ...time };
}

export function nodeInfo(bytes: unknown): Result {
  const fields = bytes instanceof Uint8Array ? protobuf(bytes) : [];
  // Firmware 1.2: last heard in field 4, signal in field 7.
  const old = fields.some(({ field, wire }) => field === 7 && wire === 5);
  const layout = old ? '4:lastHeard:x 7:snr:f' : '4:snr:f 5:lastHeard:x 7:channel:u 8:viaMqtt:b 9:hopsAway:u';
  const { number, of, place, metrics, lastHeard, ...rest } = read(
    `1:number:u 2:of:m 3:place:m 6:metrics:m ${layout}`,
    fields,
  );
  const time = seconds(lastHeard);
  return {
    values: {
      node: nodeName(number),
      nodeNumber: number,
      deviceId: nodeName(number),
      ...user(of),
      ...(place !== undefined && position(place).values),
      ...(metrics !== undefined && deviceMetrics(metrics)),
      ...rest,
      ...(time && { lastHeard: time.toISOString() }),
    },
    ...(time && { time }),
  };
}
