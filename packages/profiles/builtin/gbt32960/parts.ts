// Parts of a report.

import type { Reader } from 'fairlead:helpers';
import type { Values } from './message.ts';
import { ampere, degrees, known, set, tenth } from './readers.ts';

type Part = (reader: Reader, values: Values) => Values;

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

export const PARTS: Record<number, Part> = {
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
