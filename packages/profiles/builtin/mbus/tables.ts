// Codes of M-Bus and what they mean.

/** Lines of a table, whose columns are two spaces or more apart. */
const table = (text: string): string[][] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s{2,}/));

const hexNumber = (digits = ''): number => Number.parseInt(digits, 16);

export const MEDIA = new Map(
  table(`
    00  Other
    01  Oil
    02  Electricity
    03  Gas
    04  Heat: Outlet
    05  Steam
    06  Warm water (30-90°C)
    07  Water
    08  Heat Cost Allocator
    09  Compressed Air
    0a  Cooling load meter: Outlet
    0b  Cooling load meter: Inlet
    0c  Heat: Inlet
    0d  Heat / Cooling load meter
    0e  Bus/System
    0f  Unknown Medium
    10  Irrigation Water
    11  Water Logger
    12  Gas Logger
    13  Gas Converter
    14  Calorific value
    15  Hot water (>90°C)
    16  Cold water
    17  Dual water
    18  Pressure
    19  A/D Converter
    1a  Smoke Detector
    1b  Ambient Sensor
    1c  Gas Detector
    20  Breaker: Electricity
    21  Valve: Gas or Water
    25  Customer Unit: Display Device
    28  Waste Water
    29  Garbage
    30  Service Unit
    36  Radio Converter: System
    37  Radio Converter: Meter
  `).map(([digits, name = '']) => [hexNumber(digits), name]),
);

export const FUNCTIONS = [
  'Instantaneous value',
  'Maximum value',
  'Minimum value',
  'Value during error state',
];

export const ERRORS = [
  'unspecified error',
  'unimplemented CI field',
  'buffer too long',
  'too many records',
  'premature end of record',
  'more than 10 DIFE',
  'more than 10 VIFE',
  'reserved',
  'application too busy',
  'too many readouts',
];

export const STATES = ['', '', 'power low', 'permanent error', 'temporary error'];

// Quantities by VIF: first and last code, quantity, unit, power of ten of the first code. 100 and 200: behind FD and FB.
export const POWERS = table(`
  00 07  Energy  Wh  -3
  08 0f  Energy  J  0
  10 17  Volume  m^3  -6
  18 1f  Mass  kg  -3
  28 2f  Power  W  -3
  30 37  Power  J/h  0
  38 3f  Volume flow  m^3/h  -6
  40 47  Volume flow  m^3/min  -7
  48 4f  Volume flow  m^3/s  -9
  50 57  Mass flow  kg/h  -3
  58 5b  Flow temperature  °C  -3
  5c 5f  Return temperature  °C  -3
  60 63  Temperature difference  K  -3
  64 67  External temperature  °C  -3
  68 6b  Pressure  bar  -3
  100 103  Credit  Currency units  -3
  104 107  Debit  Currency units  -3
  140 14f  Voltage  V  -9
  150 15f  Current  A  -12
  200 201  Energy  Wh  5
  208 209  Energy  J  8
  210 211  Volume  m^3  2
  218 219  Mass  kg  5
  221 221  Volume  feet^3  -1
  222 223  Volume  American gallon  -1
  224 224  Volume flow  American gallon/min  -3
  225 225  Volume flow  American gallon/min  0
  226 226  Volume flow  American gallon/h  0
  228 229  Power  W  5
  230 231  Power  J/h  8
  258 25b  Flow temperature  °F  -3
  25c 25f  Return temperature  °F  -3
  260 263  Temperature difference  °F  -3
  264 267  External temperature  °F  -3
  270 273  Cold / Warm Temperature Limit  °F  -3
  274 277  Cold / Warm Temperature Limit  °C  -3
  278 27f  Cumul. count max power  W  -3
`).map(([range = '', quantity = '', unit = '', exponent]) => {
  const [from = 0, to = 0] = range.split(' ').map(hexNumber);
  return { from, to, quantity, unit, exponent: Number(exponent) };
});

/** CI 73: each of these units, ten and a hundred of it. */
export const FIXED_UNITS = [
  'h,m,s',
  'D,M,Y',
  ...'Wh kWh MWh kJ MJ GJ W kW MW kJ/h MJ/h GJ/h ml l m^3 ml/h l/h m^3/h'
    .split(' ')
    .flatMap((unit) => [unit, `10 ${unit}`, `100 ${unit}`]),
  '1e-3 °C',
  'units for HCA',
  ...new Array<string>(4).fill('reserved'),
  'reserved but historic',
  'without units',
];

export const FIXED_MEDIA =
  'Other|Oil|Electricity|Gas|Heat|Steam|Hot Water|Water|H.C.A.|Reserved|Gas Mode 2|Heat Mode 2|Hot Water Mode 2|Water Mode 2|H.C.A. Mode 2|Reserved'.split(
    '|',
  );

export const FIXED_KEYS: Record<string, readonly [key: string, factor: number]> = {
  Wh: ['energy', 1e-3],
  kWh: ['energy', 1],
  MWh: ['energy', 1e3],
  MJ: ['energy', 1 / 3.6],
  GJ: ['energy', 1e3 / 3.6],
  W: ['power', 1],
  kW: ['power', 1e3],
  l: ['volume', 1e-3],
  'm^3': ['volume', 1],
  'l/h': ['flow', 1e-3],
  'm^3/h': ['flow', 1],
};

/** Seconds, minutes, hours, days, months, years; the third column is the first of them. */
export const SECONDS = [1, 60, 3_600, 86_400, 2_629_743.83, 31_556_926];

export const DURATIONS = table(`
  20 23  On time  0
  24 27  Operating time  0
  70 73  Averaging Duration  0
  74 77  Actuality Duration  0
  124 129  Storage interval  0
  12c 12f  Duration since last readout  0
  131 133  Duration of tariff  1
  134 139  Period of tariff  0
  168 16b  Duration since last cumulation  2
  16c 16f  Operating time battery  2
`).map(([range = '', quantity = '', first]) => {
  const [from = 0, to = 0] = range.split(' ').map(hexNumber);
  return { from, to, quantity, first: Number(first) };
});

export const NAMES = new Map(
  table(`
    6c  Time point (date)
    6d  Time point (date & time)
    6e  H.C.A.
    78  Fabrication No
    79  (Enhanced) Identification
    7a  Bus Address
    7e  Any VIF
    7f  Manufacturer specific
    108  Access Number (transmission count)
    109  Medium
    10a  Manufacturer
    10b  Parameter set identification
    10c  Model / Version
    10d  Hardware version
    10e  Firmware version
    10f  Software version
    110  Customer location
    111  Customer
    112  Access Code User
    113  Access Code Operator
    114  Access Code System Operator
    115  Access Code Developer
    116  Password
    117  Error flags
    118  Error mask
    11a  Digital Output
    11b  Digital Input
    11c  Baudrate
    11d  Response delay time
    11e  Retry
    120  First storage # for cyclic storage
    121  Last storage # for cyclic storage
    122  Size of storage block
    130  Start of tariff
    13a  Dimensionless
    160  Reset counter
    161  Cumulation counter
    162  Control signal
    163  Day of week
    164  Week number
    165  Time point of day change
    166  State of parameter activation
    167  Special supplier information
    170  Date and time of battery change
  `).map(([digits, name = '']) => [hexNumber(digits), name]),
);

export const NAMED_UNITS: Record<number, string> = {
  108: '-',
  109: '-',
  110: 'Units for H.C.A.',
  284: 'Baud',
};

/** Modes of encryption in bits 8 to 12 of the signature: DES and AES. */
export const ENCRYPTED = [2, 3, 4, 5, 7];

/** Stands between records, and at the start of what was deciphered. */
export const FILLER = 0x2f;

/** Bytes of a value by the low four bits of DIF: integers, a float, BCD. */
export const SIZES = [0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, -1, 6];

/** Keys of the vocabulary by quantity and unit, with the factor to their unit. */
export const KEYS: Record<string, readonly [key: string, factor: number]> = {
  'Energy Wh': ['energy', 1e-3],
  'Energy J': ['energy', 1 / 3.6e6],
  'Volume m^3': ['volume', 1],
  'Mass kg': ['mass', 1],
  'Power W': ['power', 1],
  'Power J/h': ['power', 1 / 3_600],
  'Volume flow m^3/h': ['flow', 1],
  'Volume flow m^3/min': ['flow', 60],
  'Volume flow m^3/s': ['flow', 3_600],
  'Flow temperature °C': ['flowTemperature', 1],
  'Return temperature °C': ['returnTemperature', 1],
  'Temperature difference K': ['temperatureDifference', 1],
  'External temperature °C': ['temperature', 1],
  'Pressure bar': ['pressure', 1_000],
  'Voltage V': ['voltage', 1],
  'Current A': ['current', 1],
  'On time s': ['onTime', 1],
  'Operating time s': ['operatingTime', 1],
};

export const TEXTS: Record<string, string> = {
  'Fabrication No': 'serial',
  'Firmware version': 'firmware',
  'Hardware version': 'hardware',
  'Model / Version': 'model',
};
