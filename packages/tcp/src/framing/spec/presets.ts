/** Named framings: each name is an abbreviation of a spec. */

/** Sizes of Modbus answers by function code, checksum included (Modbus over serial line V1.02, application protocol V1.1b3). */
const counted = { offset: 2, size: 1, adjust: 2 };
const MODBUS_ANSWERS = {
  '01': counted,
  '02': counted,
  '03': counted,
  '04': counted,
  '05': 8,
  '06': 8,
  '07': 5,
  '08': 8,
  '0b': 8,
  '0c': counted,
  '0f': 8,
  '10': 8,
  '11': counted,
  '14': counted,
  '15': counted,
  '16': 10,
  '17': counted,
  '18': { offset: 2, size: 2, adjust: 2 },
};
const EXCEPTIONS = Object.fromEntries(
  Object.keys(MODBUS_ANSWERS).map((code) => [(Number.parseInt(code, 16) | 0x80).toString(16), 5]),
);
const writeMany = { offset: 6, size: 1, adjust: 2 };
const MODBUS_REQUESTS = {
  '01': 8,
  '02': 8,
  '03': 8,
  '04': 8,
  '05': 8,
  '06': 8,
  '07': 4,
  '08': 8,
  '0b': 4,
  '0c': 4,
  '0f': writeMany,
  '10': writeMany,
  '11': 4,
  '14': counted,
  '15': counted,
  '16': 10,
  '17': { offset: 10, size: 1, adjust: 2 },
  '18': 6,
};
const modbusRule = (name: string, sizes: object) => ({
  name,
  kind: 'table',
  at: 1,
  sizes,
  checksum: { kind: 'crc16/modbus', from: 0, to: -2, at: -2, endian: 'little' },
  onBadChecksum: 'drop',
});

/** Specs by the names that people write instead of them. */
export const presets: Readonly<Record<string, object>> = {
  /** Text that ends with CR: many instruments. */
  cr: { rules: [{ kind: 'delimiter', end: '0d' }] },
  /** Text that ends with CR LF only. */
  crlf: { rules: [{ kind: 'delimiter', end: '0d0a' }] },
  /** STX text ETX; other bytes between frames are skipped. */
  'stx-etx': { rules: [{ match: { bytes: '02' }, kind: 'delimiter', end: '03', strip: [1, 1] }], resync: {} },
  /** HL7 minimal lower layer protocol: VT message FS CR. */
  mllp: { rules: [{ match: { bytes: '0b' }, kind: 'delimiter', end: '1c0d', strip: [1, 2] }], resync: {} },
  /** RFC 1055. */
  slip: {
    rules: [{ kind: 'markers', end: 'c0', escape: { byte: 'db', map: { dc: 'c0', dd: 'db' } } }],
  },
  /** Answers of a Modbus RTU device behind a serial server; this side sends requests. A pause ends a begun frame. */
  'modbus-rtu': {
    rules: [modbusRule('answer', { ...MODBUS_ANSWERS, ...EXCEPTIONS })],
    sent: [modbusRule('request', MODBUS_REQUESTS)],
    resync: {},
    silence: 50,
  },
};
