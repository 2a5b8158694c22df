// Layouts of GT06 messages that hold texts, events, and data of what is connected to the tracker.

import { ascii, bit, bits, dateUnix, dateUTC, decodeText, hex, u8, u16 } from 'fairlead:helpers';
import { type Decoder, type Message, textOf } from './message.ts';
import { cell, countedCell, date, fix, place, setAlarm, statusGroup, unknown, WIDE } from './parts.ts';

/** Long type 32 and 33: each part has its length. */
export function countedParts(message: Message): void {
  const { content, values } = message;
  message.time = date(message);
  if (content.u8() > 0) fix(message);
  const before = content.at;
  countedCell(message, {});
  if (content.at > before + 1) values.signal = content.u8();
  content.skip(content.u8()); // further cells
  content.skip(content.u8()); // access points
  const code = content.u8();
  values.status = code;
  if (message.type !== 0x33) return;
  if (code === 0xa0 || code === 0xa1) values.armed = code === 0xa0;
  setAlarm(values, COUNTED_ALARMS[code]);
}

const COUNTED_ALARMS: Record<number, string> = {
  162: 'lowBattery',
  163: 'lowBattery',
  164: 'general',
  165: 'door',
};

const EVENTS: Record<number, string> = {
  14: 'lowPower',
  118: 'temperature',
  128: 'vibration',
  135: 'overspeed',
  136: 'powerCut',
  144: 'hardAcceleration',
  145: 'hardBraking',
  146: 'hardCornering',
  147: 'accident',
};

/** Type 95 of dashboard cameras, in two forms. */
export function cameraEvent(message: Message): void {
  const { content, values } = message;
  const marked = u16(message.bytes, content.at) === 0xffff;
  if (marked) content.skip(3);
  message.time = date(message);
  const located = marked || content.left > 3;
  if (located) {
    if (marked) values.satellites = content.u8() & 15;
    const latitude = content.u32();
    const longitude = content.u32();
    const flags = content.u16();
    place(values, latitude, longitude, flags);
    if (marked) values.speed = content.u16();
  }
  if (marked) values.voltage = content.u16() / 10;
  const event = content.u8();
  values.event = event;
  if (content.left >= 2) values.eventData = content.u16();
  setAlarm(values, event === 1 ? (located ? 'sos' : 'general') : EVENTS[event]);
  if (content.left > 0) values.eventFiles = textOf(content, content.left);
}

export function text(message: Message): void {
  const { content, values } = message;
  const size = content.u8();
  if (size < 4 && content.left < 6) return;
  message.answers = content.u32();
  const reply = textOf(content, size < 4 ? content.left - 2 : size - 4); // some leave the size 0; the language follows
  const iccid = /^<ICCID:(\w+)/.exec(reply);
  if (iccid) values.iccid = iccid[1];
  else values.message = reply;
}

const PLACE =
  /^Current position!Lat:([NS])([\d.]+),Lon:([EW])([\d.]+),Course:([\d.]+),Speed:([\d.]+),DateTime:(\d+)-(\d+)-(\d+) +(\d+):(\d+):(\d+)/;

export function commandReply(message: Message): void {
  const { content, values } = message;
  message.answers = content.u32();
  const latin = content.u8() === 1;
  const rest = content.take(content.left);
  const reply = latin ? ascii(rest) : decodeText(rest, 'utf-16be');
  const place = PLACE.exec(reply);
  if (!place) {
    values.message = reply;
    return;
  }
  values.valid = true;
  values.latitude = Number(place[2]) * (place[1] === 'S' ? -1 : 1);
  values.longitude = Number(place[4]) * (place[3] === 'W' ? -1 : 1);
  values.course = Number(place[5]);
  values.speed = Number(place[6]);
  const [y = 0, mo = 0, d = 0, h = 0, m = 0, s = 0] = place.slice(7).map(Number);
  message.time = dateUTC(y, mo, d, h, m, s);
}

export function cellAddress(message: Message): void {
  cell(message, WIDE);
  message.values.phone = textOf(message.content, 21);
}

export function cellAlarm(message: Message): void {
  cell(message, WIDE);
  statusGroup(message, true);
}

export function cellStatus(message: Message): void {
  cell(message);
  statusGroup(message);
}

/** Type 94: a part of information by its own number. */
export function information(message: Message): void {
  const { content, values, long } = message;
  if (!long) {
    values.voltage = content.i16() / 100;
    return;
  }
  const part = content.u8();
  (INFORMATION[part] ?? unknown)(message);
}

const INFORMATION: Record<number, Decoder> = {
  0: ({ content, values }) => {
    values.voltage = content.u16() / 100;
  },
  4: ({ content, values }) => {
    const pairs = textOf(content, content.left)
      .split(';')
      .map((pair) => pair.split('='));
    values.status2 = Object.fromEntries(
      pairs.filter(([name]) => name).map(([name, value]) => [name, value ?? '']),
    );
  },
  5: (message) => {
    const { content, values } = message;
    if (content.left >= 7) message.time = date(message);
    const flags = content.u8();
    values.door = bit(flags, 0);
    values.input1 = bit(flags, 2);
  },
  10: ({ content, values }) => {
    values.imei = content.hex(8).slice(1);
    values.imsi = content.hex(8).slice(1);
    values.iccid = content.hex(10).replace(/f+$/, '');
  },
  11: ({ content, values }) => {
    if (content.left === 1) values.networkTechnology = content.u8() > 0 ? '4G' : '2G';
    else if (content.left === 2) values.voltage = content.u16() / 100;
  },
  13: (message) => {
    const { content, values } = message;
    if (content.left > 6 && message.bytes[content.at] !== 0x21) content.skip(6);
    const reading = /^!AIOIL,\d+,[\d.]+,([\d.]+),[^,]+,\d{4},([\d.]+),/.exec(textOf(content, content.left));
    if (!reading) throw new Error('not the text of a fuel sensor');
    values.temperature1 = Number(reading[1]);
    values.fuelSensor = Number(reading[2]);
  },
  27: ({ bytes, content, values }) => {
    if (/[A-Za-z]/.test(String.fromCharCode(u8(bytes, content.at)))) {
      values.serial = textOf(content, content.left);
      return;
    }
    content.skip(2);
    values.driver = content.hex(4);
  },
  30: ({ content, values }) => {
    values.temperature1 = content.i32() / 10;
    values.humidity = content.i32() / 10;
  },
};

export function serialData({ content, values }: Message): void {
  content.skip(1); // kind of the connected device
  const data = content.take(content.left);
  const printable = data.every(
    (byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127),
  );
  values.message = printable ? ascii(data).trim() : hex(data);
}

export function clockTag(message: Message): void {
  const { content, values } = message;
  message.time = date(message);
  values.rssi = (content.u8() << 24) >> 24;
  values.tag = {
    mac: content.hex(6),
    uuid: content.hex(16),
    major: content.u16(),
    minor: content.u16(),
    voltage: content.u16() / 100,
  };
  values.eventData = bits(content.u8(), 2, 4);
}

export function batteryPack(message: Message): void {
  const { content, values } = message;
  values.serial = content.hex(8);
  message.time = dateUnix(content.u32());
  values.battery = content.u8();
  const remaining = content.u16();
  const absolute = content.u8();
  const full = content.u16();
  const health = content.u8();
  values.temperature = Math.round(content.u16() - 2_731) / 10;
  values.current = content.u16() / 1_000;
  values.batteryVoltage = content.u16() / 1_000;
  const cycles = content.u16();
  const cellVoltages = Array.from({ length: 14 }, () => content.u16() / 1_000);
  content.skip(4); // intervals of charging
  const barcode = textOf(content, 16);
  const version = content.u16();
  const maker = textOf(content, 16);
  values.batteryPack = { remaining, absolute, full, health, cycles, cellVoltages, barcode, version, maker };
  values.status2 = { battery: content.u32(), controller: content.u32(), fault: content.u32() };
}

export function engine(message: Message): void {
  const { content, values } = message;
  message.time = date(message);
  values.ignition = content.u8() > 0;
  const obd: Record<string, string> = {};
  for (const pair of textOf(content, Math.max(0, content.left - 12)).split(',')) {
    const [name = '', value] = pair.split('=');
    if (value === undefined) continue;
    const number = Number.parseInt(value, 16) / 100;
    if (name.startsWith('28')) values.odometer = number;
    else if (name.startsWith('2b')) values.fuel = number;
    else if (name.startsWith('2d')) values.coolantTemperature = number;
    else if (name.startsWith('36')) values.rpm = number;
    else if (name.startsWith('4a')) values.vin = value;
    obd[name] = value;
  }
  if (Object.keys(obd).length > 0) values.obd = obd;
}
