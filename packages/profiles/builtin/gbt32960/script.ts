// Electric vehicles after GB/T 32960.3-2016. Integers are big-endian, times are those of Beijing.
//
//   23 23  CMD  ACK  VIN (17)  ENCRYPTION  LENGTH (2)  data  XOR        24 24: the edition of 2025
//
//   report   time (6), then parts: TYPE and content. "infos" has the raw numbers; values have units.
import { ascii, be, concat, dateUTC, decodeText, hex, Reader, u8, xor8, zoneMinutes } from 'fairlead:helpers';

interface Context {
  time: number;
  type: string;
  identity?: string;
  parameters: { timezone: string; acknowledge: boolean };
}
type Values = Record<string, unknown>;
interface Result {
  values?: Values;
  time?: Date;
  reply?: Uint8Array;
  device?: string;
}
interface Message {
  start: Uint8Array;
  cmd: number;
  ack: number;
  vin: string;
  encrypt: number;
  data: Uint8Array;
}

const VEHICLE_LOGIN = 1;
const PLATFORM_LOGIN = 5;

export function identify(bytes: Uint8Array) {
  const message = parse(bytes);
  // A vehicle proves nothing: it must not pass for a platform, which has a password.
  if (message.cmd !== PLATFORM_LOGIN) return message.vin === '' ? undefined : { id: message.vin, secret: '' };
  const platform = platformLogin(new Reader(message.data, 6));
  return { id: platform.name, secret: platform.password, refusal: answer(message, 2, message.data) };
}

export function uplink(bytes: Uint8Array, ctx: Context): Result {
  const message = parse(bytes);
  const { cmd, ack, vin, encrypt } = message;
  const values: Values = { cmd, ack, encrypt, ...(vin !== '' && { vin, deviceId: vin }) };
  const time = decode(message, values, zoneMinutes(ctx.parameters.timezone));
  const reply = owed(message, ctx);
  return {
    values,
    ...(time && { time }),
    ...(reply && { reply }),
    ...(ctx.type === 'gateway' && vin !== '' && vin !== ctx.identity && { device: vin }),
  };
}

export function downlink(
  { values }: { values: { method: string; params?: Values } },
  ctx: Context,
): Uint8Array {
  const [cmd, content] = command(values.method, values.params ?? {});
  return packet(Uint8Array.of(0x23, 0x23), cmd, 0xfe, ctx.identity ?? '', concat(clock(ctx), content));
}

function command(method: string, params: Values): [cmd: number, content: Uint8Array] {
  switch (method) {
    case 'reboot':
      return [0x82, Uint8Array.of(3)];
    case 'powerOff':
      return [0x82, Uint8Array.of(2)];
    case 'disconnect':
      return [0x82, Uint8Array.of(5)];
    case 'interval':
      return [0x81, concat(1, 2, be(Number(params.seconds), 2))];
    case 'query': {
      const numbers = (params.parameters as number[] | undefined) ?? [];
      return [0x80, Uint8Array.of(numbers.length, ...numbers)];
    }
    default:
      throw new Error(`unknown command ${method}: use reboot, powerOff, disconnect, interval or query`);
  }
}

// --- messages and replies ---------------------------------------------------------------------------------------------

function parse(bytes: Uint8Array): Message {
  const vin = ascii(bytes.subarray(4, 21)).replaceAll('\0', '').trim();
  if (!/^[\x21-\x7e]*$/.test(vin)) throw new Error('the VIN holds no text');
  return {
    start: bytes.slice(0, 2),
    cmd: u8(bytes, 2),
    ack: u8(bytes, 3),
    vin,
    encrypt: u8(bytes, 21),
    data: bytes.subarray(24, bytes.length - 1),
  };
}

function packet(start: Uint8Array, cmd: number, ack: number, vin: string, data: Uint8Array): Uint8Array {
  const body = concat(cmd, ack, vin.padEnd(17, '\0'), 1, be(data.length, 2), data);
  return concat(start, body, xor8(body));
}

const answer = ({ start, cmd, vin }: Message, ack: number, data: Uint8Array): Uint8Array =>
  packet(start, cmd, ack, vin, data);

/** Logins and logouts come back with the server's time; a report with its own. Answers are not answered. */
function owed(message: Message, ctx: Context): Uint8Array | undefined {
  const { cmd, ack, data } = message;
  if (ack !== 0xfe) return undefined;
  if (cmd === 7) return answer(message, 1, new Uint8Array(0));
  if (cmd === 8) return answer(message, 1, clock(ctx));
  if (cmd === 2 || cmd === 3)
    return ctx.parameters.acknowledge ? answer(message, 1, data.slice(0, 6)) : undefined;
  return [VEHICLE_LOGIN, 4, PLATFORM_LOGIN, 6].includes(cmd)
    ? answer(message, 1, concat(clock(ctx), data.subarray(6)))
    : undefined;
}

function clock(ctx: Context): Uint8Array {
  const now = new Date(ctx.time + zoneMinutes(ctx.parameters.timezone) * 60_000);
  return Uint8Array.of(
    now.getUTCFullYear() - 2000,
    now.getUTCMonth() + 1,
    now.getUTCDate(),
    now.getUTCHours(),
    now.getUTCMinutes(),
    now.getUTCSeconds(),
  );
}

function date(reader: Reader, values: Values, zone: number): Date {
  const [Year = 0, Month = 0, Day = 0, Hour = 0, Minute = 0, Second = 0] = reader.take(6);
  values.clock = { Year, Month, Day, Hour, Minute, Second };
  return new Date(dateUTC(2000 + Year, Month, Day, Hour, Minute, Second).getTime() - zone * 60_000);
}

function decode({ start, cmd, encrypt, data }: Message, values: Values, zone: number): Date | undefined {
  if (data.length === 0) return undefined;
  if (encrypt > 1 && encrypt < 0xfe) {
    values.raw = hex(data);
    return undefined;
  }
  const reader = new Reader(data);
  if (reader.left < 6) {
    values.raw = hex(data);
    return undefined;
  }
  const time = date(reader, values, zone);
  if (cmd === VEHICLE_LOGIN) vehicleLogin(reader, values);
  else if (cmd === 4 || cmd === 6) values.loginSerial = reader.u16();
  else if (cmd === PLATFORM_LOGIN) values.platform = platformLogin(reader).name;
  else if ((cmd === 2 || cmd === 3) && start[0] === 0x23) parts(reader, values, cmd === 3);
  else if (reader.left > 0) values.raw = reader.hex(reader.left);
  return time;
}

/** Number of the login, card, number of packs, length of their codes, codes. */
function vehicleLogin(reader: Reader, values: Values): void {
  values.loginSerial = reader.u16();
  values.iccid = reader.ascii(20).replaceAll('\0', '').trim();
  const count = reader.u8();
  const size = reader.u8();
  values.subsystems = Array.from({ length: count }, () => reader.ascii(size).replaceAll('\0', ''));
}

function platformLogin(reader: Reader): { name: string; password: string } {
  reader.skip(2); // number of the login
  const text = (size: number): string => decodeText(reader.take(size), 'gbk').replaceAll('\0', '').trim();
  return { name: text(12), password: text(20) };
}

// --- parts of a report ------------------------------------------------------------------------------------------------

type Part = (reader: Reader, values: Values) => Values;

function parts(reader: Reader, values: Values, reissued: boolean): void {
  const infos: Values[] = [];
  while (reader.left > 0) {
    const type = reader.u8();
    const part = PARTS[type];
    if (part) infos.push(part(reader, values));
    else if (type >= 0x80) infos.push({ type: 'Custom', number: type, data: reader.hex(reader.u16()) });
    else infos.push({ type: 'Unknown', number: type, data: reader.hex(reader.left) });
  }
  values.infos = infos;
  if (reissued) values.archive = true;
}

/** Numbers with all bits set are unknown, with all but the lowest are wrong. */
function known(value: number, bytes: 1 | 2 | 4, convert: (value: number) => number): number | undefined {
  return value >= 256 ** bytes - 2 ? undefined : convert(value);
}

function set(values: Values, key: string, value: unknown): void {
  if (value !== undefined) values[key] = value;
}

const tenth = (value: number): number => value / 10;
const ampere = (value: number): number => (value - 10_000) / 10;
const degrees = (value: number): number => value - 40;

const STATES: Record<number, string> = { 1: 'started', 2: 'off', 3: 'other', 254: 'fault', 255: 'invalid' };
const DRIVES: Record<number, string> = {
  1: 'electric',
  2: 'hybrid',
  3: 'fuel',
  254: 'fault',
  255: 'invalid',
};

function vehicle(reader: Reader, values: Values): Values {
  const [status, charging, mode] = [reader.u8(), reader.u8(), reader.u8()];
  const [speed, mileage, voltage, current] = [reader.u16(), reader.u32(), reader.u16(), reader.u16()];
  const [soc, dc, gear, resistance] = [reader.u8(), reader.u8(), reader.u8(), reader.u16()];
  const [accelerator, brake] = [reader.u8(), reader.u8()];
  set(values, 'vehicleState', STATES[status]);
  if (status === 1 || status === 2) values.ignition = status === 1;
  if (charging >= 1 && charging <= 4) values.charging = charging < 3;
  set(values, 'drive', DRIVES[mode]);
  set(values, 'speed', known(speed, 2, tenth));
  set(values, 'odometer', known(mileage, 4, tenth));
  set(values, 'voltage', known(voltage, 2, tenth));
  set(values, 'current', known(current, 2, ampere));
  set(values, 'battery', known(soc, 1, Number));
  values.gear = gear & 15;
  set(values, 'insulation', resistance);
  set(values, 'accelerator', known(accelerator, 1, Number));
  set(values, 'brake', known(brake, 1, Number));
  return {
    type: 'Vehicle',
    status,
    charging,
    mode,
    speed,
    mileage,
    voltage,
    current,
    soc,
    dc,
    gear,
    resistance,
    accelerator,
    brake,
  };
}

function driveMotors(reader: Reader, values: Values): Values {
  const motors = Array.from({ length: reader.u8() }, () => ({
    no: reader.u8(),
    status: reader.u8(),
    ctrlTemp: reader.u8(),
    rotating: reader.u16(),
    torque: reader.u16(),
    motorTemp: reader.u8(),
    inputVoltage: reader.u16(),
    dcBusCurrent: reader.u16(),
  }));
  values.motors = motors.map(
    ({ no, status, ctrlTemp, rotating, torque, motorTemp, inputVoltage, dcBusCurrent }) => ({
      no,
      status,
      controllerTemperature: known(ctrlTemp, 1, degrees),
      speed: known(rotating, 2, (value) => value - 20_000),
      torque: known(torque, 2, (value) => (value - 20_000) / 10),
      temperature: known(motorTemp, 1, degrees),
      voltage: known(inputVoltage, 2, tenth),
      current: known(dcBusCurrent, 2, ampere),
    }),
  );
  return { type: 'DriveMotor', motors };
}

function fuelCell(reader: Reader, values: Values): Values {
  const [cellVoltage, cellCurrent, fuelConsumption] = [reader.u16(), reader.u16(), reader.u16()];
  const probeTemps = [...reader.take(reader.u16())];
  const [maxTemp, maxTempProbe] = [reader.u16(), reader.u8()];
  const [maxConcentration, concentrationProbe] = [reader.u16(), reader.u8()];
  const [maxPressure, pressureProbe, dcStatus] = [reader.u16(), reader.u8(), reader.u8()];
  set(
    values,
    'fuelConsumption',
    known(fuelConsumption, 2, (value) => value / 100),
  );
  return {
    type: 'FuelCell',
    cellVoltage,
    cellCurrent,
    fuelConsumption,
    probeTemps,
    maxTemp,
    maxTempProbe,
    maxConcentration,
    concentrationProbe,
    maxPressure,
    pressureProbe,
    dcStatus,
  };
}

function engine(reader: Reader, values: Values): Values {
  const [status, crankshaftSpeed, fuelConsumption] = [reader.u8(), reader.u16(), reader.u16()];
  set(values, 'rpm', known(crankshaftSpeed, 2, Number));
  set(
    values,
    'fuelConsumption',
    known(fuelConsumption, 2, (value) => value / 100),
  );
  return { type: 'Engine', status, crankshaftSpeed, fuelConsumption };
}

function location(reader: Reader, values: Values): Values {
  const [status, longitude, latitude] = [reader.u8(), reader.u32(), reader.u32()];
  if (latitude > 90e6 || longitude > 180e6) throw new RangeError('no such place');
  values.valid = (status & 1) === 0;
  values.latitude = (latitude / 1e6) * ((status & 2) > 0 ? -1 : 1) + 0;
  values.longitude = (longitude / 1e6) * ((status & 4) > 0 ? -1 : 1) + 0;
  return { type: 'Location', status, longitude, latitude };
}

function extremes(reader: Reader, values: Values): Values {
  const voltage = () => ({ subsystem: reader.u8(), cell: reader.u8(), value: reader.u16() });
  const temperature = () => ({ subsystem: reader.u8(), probe: reader.u8(), value: reader.u8() });
  const [maxVoltage, minVoltage] = [voltage(), voltage()];
  const [maxTemp, minTemp] = [temperature(), temperature()];
  set(
    values,
    'cellVoltageMax',
    known(maxVoltage.value, 2, (value) => value / 1_000),
  );
  set(
    values,
    'cellVoltageMin',
    known(minVoltage.value, 2, (value) => value / 1_000),
  );
  set(values, 'cellTemperatureMax', known(maxTemp.value, 1, degrees));
  set(values, 'cellTemperatureMin', known(minTemp.value, 1, degrees));
  return { type: 'Extreme', maxVoltage, minVoltage, maxTemp, minTemp };
}

/** By bit of the flags. */
const ALARMS = [
  'temperatureDifference',
  'batteryTemperature',
  'batteryOvervoltage',
  'batteryUndervoltage',
  'lowBattery',
  'cellOvervoltage',
  'cellUndervoltage',
  'highBattery',
  'batteryJump',
  'batteryMismatch',
  'cellConsistency',
  'insulation',
  'dcTemperature',
  'brakeSystem',
  'dcStatus',
  'motorControllerTemperature',
  'highVoltageInterlock',
  'motorTemperature',
  'overcharge',
];

function alarms(reader: Reader, values: Values): Values {
  const maxLevel = reader.u8();
  const flags = reader.u32();
  const faults = () => Array.from({ length: reader.u8() }, () => reader.u32());
  const [battery, motor, engine, other] = [faults(), faults(), faults(), faults()];
  const names = ALARMS.filter((_, n) => Math.floor(flags / 2 ** n) % 2 === 1);
  values.alarmLevel = maxLevel;
  if (names.length > 0) Object.assign(values, { alarm: names[0], alarms: names });
  return { type: 'Alarm', maxLevel, flags, battery, motor, engine, other };
}

function cellVoltages(reader: Reader, values: Values): Values {
  const subsystems = Array.from({ length: reader.u8() }, () => {
    const [no, voltage, current] = [reader.u8(), reader.u16(), reader.u16()];
    const [cellsTotal, frameIndex] = [reader.u16(), reader.u16()];
    const cells = Array.from({ length: reader.u8() }, () => reader.u16());
    return { no, voltage, current, cellsTotal, frameIndex, cells };
  });
  values.cellVoltages = subsystems.map(({ no, voltage, current, frameIndex, cells }) => ({
    no,
    voltage: known(voltage, 2, tenth),
    current: known(current, 2, ampere),
    first: frameIndex,
    cells: cells.map((cell) => cell / 1_000),
  }));
  return { type: 'ChargeableVoltage', subsystems };
}

function cellTemperatures(reader: Reader, values: Values): Values {
  const subsystems = Array.from({ length: reader.u8() }, () => {
    const no = reader.u8();
    return { no, temps: [...reader.take(reader.u16())] };
  });
  values.cellTemperatures = subsystems.map(({ no, temps }) => ({ no, temperatures: temps.map(degrees) }));
  return { type: 'ChargeableTemp', subsystems };
}

const PARTS: Record<number, Part> = {
  1: vehicle,
  2: driveMotors,
  3: fuelCell,
  4: engine,
  5: location,
  6: extremes,
  7: alarms,
  8: cellVoltages,
  9: cellTemperatures,
};
