/*
 * GPS trackers of the Concox/Jimi GT06 family.
 *
 *      0..1    2 (..3)   then     ..                   -6..-5   -4..-3       -2..-1
 *     'x' 'x'  LENGTH    TYPE     content              SERIAL   CRC-16/X25   CR LF
 *     'y' 'y'  two bytes of LENGTH, for longer messages
 *
 *     position: YY MM DD hh mm ss (UTC) | GPS length, satellites | latitude, longitude (4 bytes each, 1/30,000 of a minute)
 *               | speed (km/h) | flags and course (2 bytes)
 *
 * The first message is the login, which carries the IMEI; later ones do not say who sent them.
 */

const LOGIN = 0x01;
const HEARTBEAT = 0x13;

/** Where the position begins, counted from the content, in the types of message that have one. */
const POSITION_AT = {
  17: 0, // 0x11
  18: 0, // 0x12
  22: 0, // 0x16, alarm
  34: 0, // 0x22
  36: 0, // 0x24
  38: 0, // 0x26, alarm
  39: 0, // 0x27, alarm
  55: 0, // 0x37
  56: 0, // 0x38
  97: 8, // 0x61, behind eight other bytes
  160: 0, // 0xa0
  162: 0, // 0xa2
  164: 0, // 0xa4
};
const POSITION_LENGTH = 18;

/** Types that the device repeats until they are answered. */
const ANSWERED = [LOGIN, HEARTBEAT, 0x16, 0x26, 0x27];

/** Alarms as bits 3 to 5 of the status byte name them, and as the alarm byte does. */
const STATUS_ALARMS = { 1: 'vibration', 2: 'powerCut', 3: 'lowBattery', 4: 'sos' };
const ALARMS = {
  1: 'sos',
  2: 'powerCut',
  3: 'vibration',
  4: 'geofenceEnter',
  5: 'geofenceExit',
  6: 'overspeed',
  12: 'tampering',
  19: 'tampering',
  37: 'tampering',
};

/** One frame to one reading; nothing for types of message that are not decoded here. */
export function uplink(bytes) {
  const long = bytes[0] === 0x79;
  const type = bytes[long ? 4 : 3];
  const content = bytes.slice(long ? 5 : 4, bytes.length - 6);
  const result = decode(type, content);
  if (!long && ANSWERED.includes(type)) return { ...result, reply: answer(type, bytes.slice(-6, -4)) };
  return result;
}

function decode(type, content) {
  if (type === LOGIN) return { values: { deviceId: imei(content) } };
  if (type === HEARTBEAT) return { values: status(content[0]) };
  const at = POSITION_AT[type];
  if (at === undefined || content.length < at + POSITION_LENGTH) return undefined;
  const reading = position(content.slice(at, at + POSITION_LENGTH));
  if (type === 0x16 || type === 0x26) Object.assign(reading.values, alarm(content));
  return reading;
}

/** Eight bytes of two decimal digits each; the first digit is a filling 0. */
function imei(content) {
  let digits = '';
  for (const byte of content.slice(0, 8)) digits += byte.toString(16).padStart(2, '0');
  return digits.slice(1);
}

function position(block) {
  const [year, month, day, hour, minute, second] = block;
  const flags = (block[16] << 8) | block[17];
  const latitude = number(block, 7) / 1_800_000;
  const longitude = number(block, 11) / 1_800_000;
  return {
    time: new Date(Date.UTC(2000 + year, month - 1, day, hour, minute, second)).toISOString(),
    values: {
      latitude: flags & 0x0400 ? latitude : -latitude,
      longitude: flags & 0x0800 ? -longitude : longitude,
      speed: block[15],
      course: flags & 0x03ff,
      satellites: block[6] & 0x0f,
      valid: (flags & 0x1000) !== 0,
    },
  };
}

function status(byte) {
  return { ignition: (byte & 0x02) !== 0, charging: (byte & 0x04) !== 0 };
}

/** The content ends with: status, battery level, signal, alarm, language. */
function alarm(content) {
  const [statusByte, , , code] = content.slice(-5);
  const name = STATUS_ALARMS[(statusByte >> 3) & 7] ?? ALARMS[code];
  return name === undefined ? status(statusByte) : { ...status(statusByte), alarm: name };
}

function number(bytes, at) {
  return bytes[at] * 2 ** 24 + (bytes[at + 1] << 16) + (bytes[at + 2] << 8) + bytes[at + 3];
}

/** The same type and serial number, without content. */
function answer(type, serial) {
  const counted = [0x05, type, serial[0], serial[1]];
  const check = crc16x25(counted);
  return Uint8Array.from([0x78, 0x78, ...counted, check >> 8, check & 0xff, 0x0d, 0x0a]);
}

function crc16x25(bytes) {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
  }
  return ~crc & 0xffff;
}
