// Data identifiers, and the forms of their values.

import { fromHex } from 'fairlead:helpers';

export const PHASES = ['', 'A', 'B', 'C'];

/** Form of a value: digits of BCD, decimals, whether the highest bit is the sign. */
export interface Form {
  readonly item: string;
  readonly bytes: number;
  readonly decimals: number;
  readonly unit: string;
  readonly signed?: boolean;
  /** Key of the vocabulary, and the factor to its unit. */
  readonly key?: string;
  readonly factor?: number;
  /** Which part of the identifier tells the phase or the tariff. */
  readonly by?: 'phase' | 'tariff';
  readonly as?: 'text' | 'digits' | 'status';
  /** A date and time follows each value. */
  readonly dated?: boolean;
}

const ENERGIES: Record<number, [item: string, unit: string, key?: string]> = {
  0: ['combined active energy', 'kWh'],
  1: ['active energy taken', 'kWh', 'energy'],
  2: ['active energy fed in', 'kWh', 'energyExport'],
  3: ['combined reactive energy 1', 'kvarh', 'reactiveEnergy'],
  4: ['combined reactive energy 2', 'kvarh'],
  5: ['reactive energy of quadrant 1', 'kvarh'],
  6: ['reactive energy of quadrant 2', 'kvarh'],
  7: ['reactive energy of quadrant 3', 'kvarh'],
  8: ['reactive energy of quadrant 4', 'kvarh'],
  9: ['apparent energy taken', 'kVAh'],
  10: ['apparent energy fed in', 'kVAh'],
};
/**
 * Forms by code, one a line: code, item, bytes and decimals (± where the highest bit is the sign), unit, and the key of the
 * vocabulary with the factor to its unit.
 */
function forms(text: string, by?: Form['by']): Map<string, Form> {
  return new Map(
    text
      .trim()
      .split('\n')
      .map((line) => {
        const [code = '', item = '', shape = '', unit = '-', target] = line.trim().split(/\s{2,}/);
        const [, sign, bytes, decimals = '0', as] = /^(±?)(\d+)(?:\.(\d))?(?: (\w+))?$/.exec(shape) ?? [];
        const [key, factor] = target?.split(' * ') ?? [];
        const form: Form = {
          item,
          bytes: Number(bytes),
          decimals: Number(decimals),
          unit: unit === '-' ? '' : unit,
          signed: sign === '±',
          ...(key !== undefined && { key }),
          ...(factor !== undefined && { factor: Number(factor) }),
          ...(by !== undefined && { by }),
          ...(as !== undefined && { as: as as NonNullable<Form['as']> }),
        };
        return [code, form];
      }),
  );
}

/** Quantities of 02 by the third part of the identifier. */
const QUANTITIES = forms(
  `
  1  voltage                    2.1   V        voltage
  2  current                    ±3.3  A        current
  3  active power               ±3.4  kW       power * 1000
  4  reactive power             ±3.4  kvar     reactivePower * 1000
  5  apparent power             ±3.4  kVA      apparentPower * 1000
  6  power factor               ±2.3  -        powerFactor
  7  phase angle                2.1   degrees
  8  distortion of the voltage  2.2   %
  9  distortion of the current  2.2   %
  `,
  'phase',
);
/** Single identifiers: 2007 with 8 digits, 1997 with 4. */
const ITEMS = forms(`
  02800001  neutral current                ±3.3      A
  02800002  frequency                      2.2       Hz       frequency
  02800003  mean power of a minute         ±3.4      kW
  02800004  active demand                  ±3.4      kW
  02800005  reactive demand                ±3.4      kvar
  02800006  apparent demand                ±3.4      kVA
  02800007  temperature                    ±2.1      °C       temperature
  02800008  voltage of the clock battery   2.2       V        batteryVoltage
  02800009  voltage of the outage battery  2.2       V
  0280000a  working time of the battery    4         min
  03110000  power failures                 3         -        count
  04000101  date and day of the week       4 digits  -
  04000102  time                           3 digits  -
  04000401  address                        6 digits  -
  04000402  meter number                   6 digits  -        serial
  04000403  asset number                   32 text   -
  04000404  rated voltage                  6 text    -
  04000405  rated current                  6 text    -
  04000406  largest current                6 text    -
  04000409  active constant                3         imp/kWh
  0400040b  model                          10 text   -        model
  0400040c  date of production             10 text   -
  0400040d  protocol version               16 text   -
  04000501  status word 1                  2 status  -        status
  04000502  status word 2                  2 status  -
  04000503  status word 3                  2 status  -
  04000504  status word 4                  2 status  -
  04000505  status word 5                  2 status  -
  04000506  status word 6                  2 status  -
  04000507  status word 7                  2 status  -
  04800001  software version               32 text   -        firmware
  04800002  hardware version               32 text   -        hardware
  04800003  manufacturer                   32 text   -
  9010      active energy taken            4.2       kWh      energy
  9020      active energy fed in           4.2       kWh      energyExport
  9110      reactive energy taken          4.2       kvarh    reactiveEnergy
  9120      reactive energy fed in         4.2       kvarh
  a010      largest active demand          3.4       kW
  b630      active power                   3.4       kW       power * 1000
  b640      reactive power                 2.2       kvar     reactivePower * 1000
  b650      power factor                   2.3       -        powerFactor
  c010      date and day of the week       4 digits  -
  c011      time                           3 digits  -
  c020      status word                    1 status  -        status
  c032      meter number                   6 digits  -        serial
`);
/** 1997: the last digit is the phase. */
const PHASED = forms(
  `
  b61  voltage         2    V     voltage
  b62  current         2.2  A     current
  b63  active power    3.4  kW    power * 1000
  b64  reactive power  2.2  kvar
  b65  power factor    2.3  -
  `,
  'phase',
);

export type Values = Record<string, unknown>;

export function formOf(di: string): Form | undefined {
  const single = ITEMS.get(di) ?? (di.length === 4 ? PHASED.get(di.slice(0, 3)) : undefined);
  if (single !== undefined || di.length === 4) return single;
  const [group, kind] = fromHex(di) as unknown as [number, number];
  const energy = ENERGIES[kind];
  if (group === 0 && energy !== undefined) {
    const [name, unit, key] = energy;
    return {
      item: name,
      bytes: 4,
      decimals: 2,
      unit,
      signed: kind === 0 || kind === 3 || kind === 4,
      by: 'tariff',
      ...(key && { key }),
    };
  }
  if (group === 1 && energy !== undefined) {
    const unit = energy[1].slice(0, -1);
    return {
      item: `largest demand: ${energy[0]}`,
      bytes: 3,
      decimals: 4,
      unit,
      signed: true,
      by: 'tariff',
      dated: true,
    };
  }
  return group === 2 && di.endsWith('00') ? QUANTITIES.get(String(kind)) : undefined;
}

/** What the identifier says beside the quantity: phase, tariff, settlement day. */
export function place(di: string, { by }: Form): Values {
  const part = Number.parseInt(di.slice(-4, -2), 16);
  if (by === 'phase') {
    const phase = PHASES[di.length === 4 ? Number.parseInt(di.slice(-1), 16) : part];
    return phase ? { phase } : {};
  }
  if (by !== 'tariff') return {};
  const settlement = Number.parseInt(di.slice(-2), 16);
  return {
    ...(part > 0 && part < 0xff && { tariff: part }),
    ...(settlement > 0 && settlement < 0xff && { settlement }),
  };
}
