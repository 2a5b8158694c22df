// Layouts of AIS messages.

import type { Bits, Message } from './bits.ts';

// name:kind, kind being u (unsigned), i (signed), b (bit) or t (text) with the number of bits and "/" with what the
// value is divided by, and an offset. "_" is spare, "*" takes all the rest. From "?" on the message may end: what is missing is 0.
const place = 'accuracy:b1 lon:i28/600000 lat:i27/600000';

const coarse = (prefix: string) => `${prefix}lon:i18/600 ${prefix}lat:i17/600`;

const size = 'to_bow:u9 to_stern:u9 to_port:u6 to_starboard:u6';

const moving = `status:u4 turn:i8 speed:u10/10 ${place} course:u12/10 heading:u9 second:u6 maneuver:u2 _:u3 raim:b1 ?radio:u19`;

const base = `year:u14 month:u4 day:u5 hour:u5 minute:u6 second:u6 ${place} epfd:u4 _:u10 raim:b1 radio:u19`;

const acknowledge = '_:u2 mmsi1:u30 _:u2 ?mmsi2:u30 _:u2 ?mmsi3:u30 _:u2 ?mmsi4:u30';

const slots = (n: number) => `offset${n}:u12 number${n}:u4 timeout${n}:u3 increment${n}:u11`;

export const layouts: Record<number, string> = {
  1: moving,
  2: moving,
  3: moving,
  4: base,
  5: `ais_version:u2 imo:u30 callsign:t42 shipname:t120 shiptype:u8 ${size} epfd:u4 month:u4 day:u5 hour:u5 minute:u6 draught:u8/10 destination:t120 ?dte:u1`,
  6: 'seqno:u2 dest_mmsi:u30 retransmit:b1 _:u1 dac:u10 fid:u6 data:*',
  7: acknowledge,
  8: '_:u2 dac:u10 fid:u6 data:*',
  9: `alt:u12 speed:u10 ${place} course:u12/10 second:u6 regional:u8 dte:u1 _:u3 assigned:b1 raim:b1 radio:u20`,
  10: '_:u2 dest_mmsi:u30',
  11: base,
  12: 'seqno:u2 dest_mmsi:u30 retransmit:b1 _:u1 text:*',
  13: acknowledge,
  14: '_:u2 text:*',
  15: '_:u2 mmsi1:u30 type1_1:u6 offset1_1:u12 ?_:u2 type1_2:u6 offset1_2:u12 ?_:u2 mmsi2:u30 type2_1:u6 offset2_1:u12',
  16: '_:u2 mmsi1:u30 offset1:u12 increment1:u10 ?mmsi2:u30 offset2:u12 increment2:u10',
  17: `_:u2 ${coarse('')} _:u5 data:*`,
  18: `reserved:u8 speed:u10/10 ${place} course:u12/10 heading:u9 second:u6 regional:u2 cs:b1 display:b1 dsc:b1 band:b1 msg22:b1 assigned:b1 raim:b1 radio:u20`,
  19: `reserved:u8 speed:u10/10 ${place} course:u12/10 heading:u9 second:u6 regional:u4 shipname:t120 shiptype:u8 ${size} epfd:u4 raim:b1 dte:u1 assigned:b1`,
  20: `_:u2 ${slots(1)} ?${slots(2)} ?${slots(3)} ?${slots(4)}`,
  21: `aid_type:u5 name:t120 ${place} ${size} epfd:u4 second:u6 off_position:b1 regional:u8 raim:b1 virtual_aid:b1 ?assigned:b1 ?_:u1 name_ext:*`,
  22: '_:u2 channel_a:u12 channel_b:u12 txrx:u4 power:b1',
  23: `_:u2 ${coarse('ne_')} ${coarse('sw_')} stationtype:u4 shiptype:u8 _:u22 txrx:u2 interval:u4 quiet:u4`,
  24: 'partno:u2',
  25: 'addressed:b1 structured:b1',
  26: 'addressed:b1 structured:b1',
  27: `accuracy:b1 raim:b1 status:u4 ${coarse('')} speed:u6 course:u9 gnss:b1`,
};

/** Weather and sea, of which the forms of two circulars of the IMO differ in what is given here. */
const weather = (air: string, more: string, level: string, water: string, salinity: string) =>
  `day:u5 hour:u5 minute:u6 wspeed:u7 wgust:u7 wdir:u9 wgustdir:u9 ${air} ${more} waterlevel:${level} leveltrend:u2 cspeed:u8/10 cdir:u9 cspeed2:u8/10 cdir2:u9 cdepth2:u5 cspeed3:u8/10 cdir3:u9 cdepth3:u5 waveheight:u8/10 waveperiod:u6 wavedir:u9 swellheight:u8/10 swellperiod:u6 swelldir:u9 seastate:u4 watertemp:${water} preciptype:u3 salinity:${salinity} ice:u2`;

/** Contents of binary messages, by their area code and function. */
export const contents: Record<string, string> = {
  '1/11': `lat:i24/60000 lon:i25/60000 ${weather('airtemp:u11/10-60 humidity:u7', 'dewpoint:u10/10-20 pressure:u9+800 pressuretend:u2 visibility:u8/10', 'u9/10-10', 'u10/10-10', 'u9/10')}`,
  '1/31': `lon:i25/60000 lat:i24/60000 accuracy:b1 ${weather('airtemp:i11/10 humidity:u7', 'dewpoint:i10/10 pressure:u9+799 pressuretend:u2 visgreater:b1 visibility:u7/10', 'u12/100-10', 'i10/10', 'u9/10')}`,
  '1/16': 'persons:u13',
  '200/10':
    'vin:t48 length:u13 beam:u10 shiptype:u14 hazard:u3 draught:u11 loaded:u2 speed_q:b1 course_q:b1 heading_q:b1',
  '200/55': 'crew:u8 passengers:u13 personnel:u8',
  '235/10':
    'ana_int:u10/20 ana_ext1:u10/20 ana_ext2:u10/20 racon:u2 light:u2 alarm:b1 stat_ext:u8 off_pos:b1',
};

/** What the first fields of a message say about those that follow. */
export const continued: Record<number, (message: Message, bits: Bits) => string> = {
  // The bit that tells the form stands behind both forms.
  22: (_, bits) =>
    (bits.peek(70) ? 'dest1:u30 _:u5 dest2:u30 _:u5' : `${coarse('ne_')} ${coarse('sw_')}`) +
    ' addressed:b1 band_a:b1 band_b:b1 zonesize:u3',
  24: ({ partno, mmsi }) =>
    partno === 0
      ? 'shipname:t120'
      : `shiptype:u8 vendorid:t18 model:u4 serial:u20 callsign:t42 ${isAuxiliary(mmsi) ? 'mothership_mmsi:u30' : size}`,
  25: binary,
  26: (message) => `${binary(message)}-20 radio:u20`,
};

/** Binary messages with an address, an application, or neither. */
function binary({ addressed, structured }: Message): string {
  return `${addressed ? 'dest_mmsi:u30 ' : ''}${structured ? 'app_id:u16 ' : ''}data:*`;
}

/** A craft that belongs to a mother ship has an MMSI of the form 98MMMxxxx. */
const isAuxiliary = (mmsi: unknown): boolean => Math.floor(Number(mmsi) / 10_000_000) === 98;
