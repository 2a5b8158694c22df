// Codes of DLMS and their meaning.

export const [NOTIFICATION, AARQ, AARE, EVENT, GET, GET_ANSWER, SET_ANSWER, ACTION_ANSWER, EXCEPTION] = [
  0x0f, 0x60, 0x61, 0xc2, 0xc0, 0xc4, 0xc5, 0xc7, 0xd8,
];

export const [GENERAL_GLO, GENERAL_DED] = [0xdb, 0xdc];

/** APDUs that are ciphered as a whole and do not name their sender. */
export const CIPHERED = [0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd7];

export const MAX_DEPTH = 12;

export const MAX_BLOCKS = 3_000;

export const ACCESS = [
  'success',
  'hardware fault',
  'temporary failure',
  'read-write denied',
  'object undefined',
];

export const MORE_ACCESS: Record<number, string> = {
  9: 'object class inconsistent',
  11: 'object unavailable',
  12: 'type unmatched',
  13: 'scope of access violated',
  14: 'data block unavailable',
  250: 'other reason',
};

export const UNITS: Record<number, string> = {
  8: 'degrees',
  9: '°C',
  13: 'm³',
  14: 'm³',
  27: 'W',
  28: 'VA',
  29: 'var',
  30: 'Wh',
  31: 'VAh',
  32: 'varh',
  33: 'A',
  35: 'V',
  44: 'Hz',
};

/** Keys by C.D.E, with the factor to their unit where the meter's unit is that of the Blue Book (W, Wh, V, A). */
export const KEYS: Record<string, readonly [key: string, factor: number]> = {
  '1.8.0': ['energy', 1e-3],
  '1.8.1': ['energyTariff1', 1e-3],
  '1.8.2': ['energyTariff2', 1e-3],
  '2.8.0': ['energyExport', 1e-3],
  '3.8.0': ['reactiveEnergy', 1e-3],
  '1.7.0': ['power', 1],
  '16.7.0': ['power', 1],
  '2.7.0': ['powerFed', 1],
  '3.7.0': ['reactivePower', 1],
  '9.7.0': ['apparentPower', 1],
  '13.7.0': ['powerFactor', 1],
  '14.7.0': ['frequency', 1],
  '32.7.0': ['voltageL1', 1],
  '52.7.0': ['voltageL2', 1],
  '72.7.0': ['voltageL3', 1],
  '31.7.0': ['currentL1', 1],
  '51.7.0': ['currentL2', 1],
  '71.7.0': ['currentL3', 1],
};
