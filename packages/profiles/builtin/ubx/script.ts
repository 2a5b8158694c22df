/**
 * UBX, the binary protocol of u-blox receivers; integers are little-endian.
 *
 *     b5 62   CLASS   ID   LENGTH (2)   payload   CK_A CK_B        Fletcher over CLASS .. payload
 *
 * Receivers send NMEA sentences and RTCM 3 messages on the same port. Layouts: UBX-13003221 (series 8) and
 * UBX-19084890 (F9 HPG).
 */
import { ascii, BitReader, hex, nmeaCoordinate } from 'fairlead:helpers';
import { commands } from './commands.ts';
import { configuration, measurements } from './forms.ts';
import { messages, type Numbers, readMessage, type Values } from './layouts.ts';
import { described, meanings, messageTime } from './meaning.ts';

function ubxFrame(bytes: Uint8Array) {
  const payload = bytes.subarray(6, -2);
  const head = { class: bytes[2], id: bytes[3], length: payload.length };
  const [name, layout] = messages[hex(bytes.subarray(2, 4), ' ')] ?? [];
  if (name === undefined || layout === undefined) return { values: { ...head, payload: hex(payload) } };
  // Without a payload, and with a short one in the class of settings, a message asks for its own kind.
  if (payload.length === 0) return { values: { ...head, name } };
  if (head.class === 6 && payload.length < 4) return { values: { ...head, name, payload: hex(payload) } };
  const { ubx, end } = readMessage(layout, payload);
  const more =
    name === 'ESF-MEAS'
      ? { ubx: measurements(payload, ubx) }
      : name.startsWith('CFG-VAL')
        ? { ubx, configuration: configuration(payload, end) }
        : { ubx };
  const time = messageTime(ubx as Numbers);
  const values = { ...head, name, ...meanings[name]?.(ubx as Numbers), ...described(name, ubx), ...more };
  return { values, ...(time && { time }) };
}

// --- what comes between -----------------------------------------------------------------------------------------------------

/** Where sentences have their position. */
const positions: Numbers = { GGA: 1, GNS: 1, GLL: 0, RMC: 2 };

function sentenceFrame(bytes: Uint8Array) {
  const [head = '', ...fields] = ascii(bytes.subarray(1)).replace(/\*.*$/s, '').trimEnd().split(',');
  const at = positions[head.slice(2)];
  const [lat, north, lon, east] = at === undefined ? [] : fields.slice(at, at + 4);
  const position = lat &&
    lon && { latitude: nmeaCoordinate(lat, north ?? ''), longitude: nmeaCoordinate(lon, east ?? '') };
  return { values: { sentence: head, fields, ...(position || {}) } };
}

/** Of RTCM 3 only the head: the profile rtcm3 reads the rest. */
function rtcmFrame(bytes: Uint8Array) {
  const bits = new BitReader(bytes, 3);
  const messageType = bits.bits(12);
  return { values: { messageType, stationId: bits.bits(12), payload: hex(bytes.subarray(3, -3)) } };
}

export function uplink(bytes: Uint8Array) {
  if (bytes[0] === 0xb5) return ubxFrame(bytes);
  if (bytes[0] === 0x24) return sentenceFrame(bytes);
  return bytes.length < 9 ? undefined : rtcmFrame(bytes);
}

export function downlink({ values }: { values: { method?: unknown; params?: Values } }): Uint8Array {
  const command = commands[String(values.method)];
  if (command === undefined) throw new Error(`no such command: ${values.method}`);
  return command(values.params ?? {});
}
