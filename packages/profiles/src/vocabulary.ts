/** The names and units that the values of all profiles share. */

interface Quantity {
  /** Absent for texts, flags and plain numbers. */
  readonly unit?: string;
  readonly about: string;
}

/** A name that ends in N stands for a series: `input1`, `input2`. */
export const vocabulary: Readonly<Record<string, Quantity>> = {
  deviceId: { about: 'Identity of the device, as the frame names it' },
  // --- position
  latitude: { unit: 'degrees', about: 'WGS 84, south is negative' },
  longitude: { unit: 'degrees', about: 'WGS 84, west is negative' },
  altitude: { unit: 'm', about: 'Above mean sea level' },
  speed: { unit: 'km/h', about: 'Speed of the device' },
  groundSpeed: { unit: 'km/h', about: 'Speed over ground of an aircraft' },
  course: { unit: 'degrees', about: 'Direction of movement, clockwise from true north' },
  heading: { unit: 'degrees', about: 'Where the bow or nose points, clockwise from true north' },
  verticalRate: { unit: 'm/s', about: 'Climb is positive' },
  valid: { about: 'Whether the position is a valid fix' },
  satellites: { about: 'Satellites in use' },
  hdop: { about: 'Horizontal dilution of precision' },
  pdop: { about: 'Position dilution of precision' },
  vdop: { about: 'Vertical dilution of precision' },
  accuracy: { unit: 'm', about: 'Horizontal accuracy of the position' },
  // --- power of the device
  battery: { unit: '%', about: 'Charge of the battery' },
  batteryVoltage: { unit: 'V', about: 'Voltage of the battery' },
  charging: { about: 'Whether the battery is charged' },
  // --- electricity
  voltage: { unit: 'V', about: 'Supply, or what is measured' },
  current: { unit: 'A', about: 'Electric current' },
  power: { unit: 'W', about: 'Active power; import is positive' },
  reactivePower: { unit: 'var', about: 'Reactive power' },
  apparentPower: { unit: 'VA', about: 'Apparent power' },
  powerFactor: { about: 'Ratio of active to apparent power' },
  frequency: { unit: 'Hz', about: 'Frequency' },
  energy: { unit: 'kWh', about: 'Total of what was taken' },
  energyExport: { unit: 'kWh', about: 'Total of what was fed in' },
  reactiveEnergy: { unit: 'kvarh', about: 'Total of reactive energy' },
  // --- environment
  temperature: { unit: '°C', about: 'Temperature' },
  temperatureN: { unit: '°C', about: 'Temperature of a numbered sensor' },
  humidity: { unit: '%', about: 'Relative humidity' },
  humidityN: { unit: '%', about: 'Relative humidity of a numbered sensor' },
  pressure: { unit: 'hPa', about: 'Pressure' },
  illuminance: { unit: 'lx', about: 'Light' },
  co2: { unit: 'ppm', about: 'Carbon dioxide' },
  windSpeed: { unit: 'm/s', about: 'Speed of the wind' },
  windDirection: { unit: 'degrees', about: 'Where the wind comes from' },
  rainfall: { unit: 'mm', about: 'Rain' },
  // --- amounts
  volume: { unit: 'm³', about: 'Total volume' },
  flow: { unit: 'm³/h', about: 'Volume in time' },
  weight: { unit: 'kg', about: 'What a scale shows' },
  mass: { unit: 'kg', about: 'Mass' },
  level: { unit: '%', about: 'Filling level, or brightness' },
  count: { about: 'A number of things' },
  unit: { about: 'Unit of a value whose unit varies, as text' },
  stable: { about: 'Whether a reading has settled' },
  // --- vehicle
  ignition: { about: 'Whether the ignition is on' },
  motion: { about: 'Whether the device moves' },
  door: { about: 'Whether a door is open' },
  blocked: { about: 'Whether the engine is blocked' },
  armed: { about: 'Whether the alarm system is armed' },
  odometer: { unit: 'km', about: 'Total distance' },
  tripDistance: { unit: 'km', about: 'Distance of this trip' },
  fuel: { unit: '%', about: 'Fuel level' },
  fuelVolume: { unit: 'L', about: 'Fuel in the tank' },
  rpm: { unit: '1/min', about: 'Revolutions of the engine' },
  engineHours: { unit: 'h', about: 'Hours the engine has run' },
  engineLoad: { unit: '%', about: 'Load of the engine' },
  coolantTemperature: { unit: '°C', about: 'Temperature of the coolant' },
  vin: { about: 'Vehicle identification number' },
  driver: { about: 'Identity of the driver' },
  // --- people
  heartRate: { unit: '1/min', about: 'Pulse' },
  steps: { about: 'Steps counted' },
  spo2: { unit: '%', about: 'Oxygen saturation' },
  bloodPressureSystolic: { unit: 'mmHg', about: 'Blood pressure, upper value' },
  bloodPressureDiastolic: { unit: 'mmHg', about: 'Blood pressure, lower value' },
  // --- radio
  signal: { about: 'Strength of the mobile signal: bars or CSQ as the device gives it' },
  rssi: { unit: 'dBm', about: 'Received signal strength' },
  mcc: { about: 'Mobile country code' },
  mnc: { about: 'Mobile network code' },
  lac: { about: 'Location area code' },
  cellId: { about: 'Mobile cell' },
  imei: { about: 'IMEI of the modem' },
  imsi: { about: 'IMSI of the SIM card' },
  iccid: { about: 'Number of the SIM card' },
  // --- inputs and outputs
  inputN: { about: 'Digital input' },
  outputN: { about: 'Digital output' },
  adcN: { unit: 'V', about: 'Analogue input' },
  // --- device
  alarm: { about: 'What is wrong: sos, powerCut, lowBattery, overspeed, and so on' },
  event: { about: 'Event as the device names it' },
  status: { about: 'Status as the device gives it' },
  code: { about: 'Code as the device gives it' },
  index: { about: 'Number of the message, as the device counts' },
  archive: { about: 'Whether the record was stored before it was sent' },
  type: { about: 'Type of the message or the object' },
  name: { about: 'Name that the device or the object reports' },
  message: { about: 'A text' },
  firmware: { about: 'Version of the firmware' },
  hardware: { about: 'Version of the hardware' },
  model: { about: 'Model of the device' },
  serial: { about: 'Serial number' },
  // --- traffic
  callsign: { about: 'Callsign' },
  mmsi: { about: 'Maritime mobile service identity' },
  icao: { about: '24-bit address of an aircraft, in hex' },
  squawk: { about: 'Transponder code, four octal digits' },
};

/** Whether a profile may yield this key: it is of the vocabulary, or one of its own fields. `*` stands for all names. */
export function isFieldOf(fields: Readonly<Record<string, unknown>>, key: string): boolean {
  return Object.hasOwn(fields, '*') || isAmong(fields, key) || isAmong(vocabulary, key);
}

/** The unit of a value: as the profile says, else that of the vocabulary. */
export function unitOf(
  fields: Readonly<Record<string, { readonly unit?: string | undefined }>>,
  key: string,
): string | undefined {
  for (const names of [fields, vocabulary])
    if (isAmong(names, key)) return (names[key] ?? names[series(key)])?.unit;
  return undefined;
}

function isAmong(names: Readonly<Record<string, unknown>>, key: string): boolean {
  return Object.hasOwn(names, key) || Object.hasOwn(names, series(key));
}

const series = (key: string): string => key.replace(/\d+$/, 'N');
