// GPS103 trackers, after the "Coban GPS103 GPRS protocol". A message ends with ; or * or a line end.
//
//   ##,imei:ID,A                  login, answer LOAD
//   ID                            heartbeat, answer ON
//   imei:ID,EVENT,yymmddhhmm[ss],driver,F,hhmmss.sss,A,ddmm.mmmm,N,dddmm.mmmm,E,speed,course,altitude,acc,door,fuel,fuel,temperature
//   imei:ID,EVENT,yymmddhhmm[ss],driver,L,,,area,,cell,..            without a fix
//   imei:ID,OBD,yymmddhhmmss,..   engine data
import { ascii, dateText, nmeaCoordinate, zoneMinutes } from 'fairlead:helpers';

interface Context {
  identity?: string;
  parameters: { timezone: string };
}
type Values = Record<string, unknown>;
interface Result {
  values?: Values;
  time?: Date;
  reply?: string;
}

export function identify(bytes: Uint8Array) {
  const { id, login, heartbeat } = parse(bytes);
  if (login) return { id, reply: 'LOAD', consumed: true };
  if (heartbeat) return { id, reply: 'ON', consumed: true };
  return { id };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result | undefined {
  const { id, fields, login, heartbeat, alternative } = parse(bytes);
  if (login) return { reply: 'LOAD' };
  if (heartbeat) return { reply: 'ON' };
  const event = fields[0] ?? '';
  const decode = event === 'OBD' ? engine : /^vr/.test(event) ? photo : alternative ? sensor : regular;
  const { values, time }: Result = decode(fields, ctx);
  return {
    values: { deviceId: id, ...values },
    ...(time && { time }),
    ...(event === 'help me' && { reply: `**,imei:${id},E;` }),
  };
}

export function downlink({ values }: { values: { method: string; params?: Values } }, ctx: Context): string {
  return `**,imei:${ctx.identity},${command(values.method, values.params ?? {})}`;
}

function command(method: string, params: Values): string {
  switch (method) {
    case 'relay':
      return params.on ? 'J' : 'K';
    case 'locate':
      return 'B';
    case 'interval':
      return interval(Number(params.seconds));
    case 'arm':
      return params.on ? 'L' : 'M';
    case 'photo':
      return '160';
    case 'text':
      return String(params.text);
    default:
      throw new Error(`unknown command ${method}: use relay, locate, interval, arm, photo or text`);
  }
}

/** Seconds, minutes or hours of two digits: 30s, 05m, 01h. */
function interval(seconds: number): string {
  if (!(seconds >= 0)) throw new RangeError('seconds must be a number from 0');
  if (seconds === 0) return 'D';
  const [size, unit] = seconds >= 3_600 ? [3_600, 'h'] : seconds >= 60 ? [60, 'm'] : [1, 's'];
  return `C,${String(Math.floor(seconds / size)).padStart(2, '0')}${unit}`;
}

interface Message {
  id: string;
  fields: string[];
  login: boolean;
  heartbeat: boolean;
  alternative: boolean;
}

function parse(bytes: Uint8Array): Message {
  const text = ascii(bytes).trim();
  const body = text.replace(/[;*]$/, '');
  const alternative = text.endsWith('*');
  const none = { fields: [], login: false, heartbeat: false, alternative };
  const login = /^##,imei:(\d+),A$/.exec(body);
  if (login) return { ...none, id: login[1] as string, login: true };
  if (/^\d{10,20}$/.test(body)) return { ...none, id: body, heartbeat: true };
  const message = /imei:(\d+),(.*)$/.exec(body);
  if (!message) throw new Error('not a message of GPS103');
  const fields = (message[2] as string).split(',');
  return { ...none, id: message[1] as string, fields, alternative: alternative && fields.length > 15 };
}

const ALARMS: Record<string, string> = {
  'help me': 'sos',
  'low battery': 'lowBattery',
  stockade: 'geofence',
  move: 'movement',
  speed: 'overspeed',
  'door alarm': 'door',
  'ac alarm': 'powerCut',
  'accident alarm': 'accident',
  'sensor alarm': 'vibration',
  'bonnet alarm': 'bonnet',
  'footbrake alarm': 'footBrake',
  DTC: 'fault',
};

function event(values: Values, name: string): void {
  const alarm = name.startsWith('T:') ? 'temperature' : name.startsWith('oil') ? 'fuelLeak' : ALARMS[name];
  if (alarm !== undefined) values.alarm = alarm;
  else if (name === 'acc on' || name === 'acc off') values.ignition = name === 'acc on';
  else if (name !== 'tracker' && name !== '') values.event = name;
  if (name.startsWith('T:')) values.temperature1 = Number(name.slice(2));
  if (/^oil \d/.test(name)) values.fuel = Number(name.slice(4));
  if (/^vt\d+$/.test(name)) values.count = Number(name.slice(2)); // parts of a photograph that follow
}

function regular(fields: string[], ctx: Context): { values: Values; time?: Date } {
  const [name = '', local = '', driver = '', kind, ...rest] = fields;
  const values: Values = {};
  event(values, name);
  if (name === 'rfid') values.driver = driver;
  else if (/^\d+%$/.test(driver)) values.battery = Number(driver.slice(0, -1));
  if (kind === 'F') return { values, ...optional(fix(values, local, rest, ctx)) };
  if (kind === 'L') cell(values, rest);
  else values.raw = fields.slice(3).join(',');
  return { values, ...optional(localTime(local, ctx)) };
}

const optional = (time: Date | undefined): { time?: Date } => (time ? { time } : {});

function cell(values: Values, [, , lac = '', , cellId = '']: string[]): void {
  if (!/^[0-9a-f]+$/i.test(lac) || !/^[0-9a-f]+$/i.test(cellId)) return;
  values.lac = Number.parseInt(lac, 16);
  values.cellId = Number.parseInt(cellId, 16);
}

/** Hemispheres stand before or after their coordinates. */
function fix(values: Values, local: string, rest: string[], ctx: Context): Date | undefined {
  const [utc = '', validity = '', ...fields] = rest;
  values.valid = validity === 'A';
  const before = /^[NS]$/.test(fields[0] ?? '');
  const [a = '', b = '', c = '', d = '', speed, course, altitude, acc, door, ...more] = fields;
  const [latitude, ns, longitude, ew] = before ? [b, a, d, c] : [a, b, c, d];
  if (latitude !== '' && longitude !== '') {
    values.latitude = nmeaCoordinate(latitude, ns || 'N');
    values.longitude = nmeaCoordinate(longitude, ew || 'E');
  }
  set(values, 'speed', speed, 1.852);
  set(values, 'course', course);
  set(values, 'altitude', altitude);
  if (acc === '0' || acc === '1') values.ignition = acc === '1';
  if (door === '0' || door === '1') values.door = door === '1';
  const [fuel1, fuel2, temperature] = more;
  set(values, 'fuel1', fuel1?.replace('%', ''));
  set(values, 'fuel2', fuel2?.replace('%', ''));
  set(values, 'temperature1', temperature?.replace(/^\+/, ''));
  return fixTime(local, utc) ?? localTime(local, ctx);
}

function set(values: Values, key: string, text: string | undefined, factor = 1): void {
  if (text === undefined || text === '' || !Number.isFinite(Number(text))) return;
  values[key] = Number(text) * factor;
}

const HALF_DAY = 12 * 60;

/** The day is local, the time of the fix is UTC: the nearer of the days that fit. */
function fixTime(local: string, utc: string): Date | undefined {
  const [date, clock] = [local.replaceAll('/', '').slice(0, 6), local.slice(6)];
  if (!/^\d{6}$/.test(date) || !/^\d{6}(\.\d+)?$/.test(utc)) return undefined;
  const hours = /(\d\d):?(\d\d)/.exec(clock.trim());
  const time = dateText(date, utc.slice(0, 6));
  if (!hours) return time;
  const delta =
    Number(hours[1]) * 60 + Number(hours[2]) - Number(utc.slice(0, 2)) * 60 - Number(utc.slice(2, 4));
  const days = delta <= -HALF_DAY ? -1 : delta > HALF_DAY ? 1 : 0;
  return new Date(time.getTime() + days * 86_400_000);
}

function localTime(local: string, { parameters }: Context): Date | undefined {
  const digits = local.replace(/\D/g, '');
  if (parameters.timezone === '' || digits.length < 10) return undefined;
  return dateText(
    digits.slice(0, 6),
    digits.slice(6, 12).padEnd(6, '0'),
    'ymd',
    zoneMinutes(parameters.timezone),
  );
}

/** OBD, time, odometer, consumption now and on average, hours, speed, load, coolant, throttle, speed, voltage, codes. */
function engine(fields: string[], { parameters }: Context): { values: Values; time?: Date } {
  const [, local = '', odometer, , average, hours, speed, load, coolant, throttle, rpm, voltage, ...codes] =
    fields;
  const values: Values = { event: 'OBD' };
  set(values, 'odometer', odometer);
  set(values, 'fuelConsumption', average);
  set(values, 'engineHours', hours);
  set(values, 'obdSpeed', speed);
  set(values, 'engineLoad', load?.replace('%', ''));
  set(values, 'coolantTemperature', coolant);
  set(values, 'throttle', throttle?.replace('%', ''));
  set(values, 'rpm', rpm);
  set(values, 'batteryVoltage', voltage);
  const list = codes.filter((code) => code !== '');
  if (list.length > 0) values.faultCodes = list;
  return {
    values,
    time: dateText(local.slice(0, 6), local.slice(6), 'ymd', zoneMinutes(parameters.timezone || '+00:00')),
  };
}

/** Kind, event, sensor, its voltage, hhmmss, ddmmyy, signal, fix, place in degrees, speed, course, altitude, .. */
function sensor(fields: string[]): { values: Values; time: Date } {
  const [, name, id, voltage, time = '', date = '', signal, fixed, latitude, longitude, ...rest] = fields;
  const [speed, course, altitude, hdop, satellites, acc, charging, error] = rest;
  if (charging === undefined) throw new Error('the message of a sensor ends early');
  const values: Values = { valid: Number(fixed) > 0, ignition: acc === '1', charging: charging === '1' };
  if (name && !/^-+$/.test(name)) values.event = name;
  if (id && !/^-+$/.test(id)) values.sensorId = id;
  if (error && !/^-+$/.test(error)) values.error = error;
  set(values, 'sensorVoltage', voltage);
  set(values, 'signal', signal);
  set(values, 'latitude', latitude);
  set(values, 'longitude', longitude);
  set(values, 'speed', speed);
  set(values, 'course', course);
  set(values, 'altitude', altitude);
  set(values, 'hdop', hdop);
  set(values, 'satellites', satellites);
  return { values, time: dateText(date, time, 'dmy') };
}

function photo(fields: string[]): { values: Values } {
  const [name = '', part] = fields;
  const data = (part ?? name).replace(/^vr/, '');
  return { values: { event: 'photo', raw: data } };
}
