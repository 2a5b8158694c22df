// Layouts of messages, and what reads them.

import { ascii, f32le, f64le, hex, i8, i16le, i32le, u8, u16le, u32le } from 'fairlead:helpers';

export type Values = Record<string, unknown>;
export type Numbers = Record<string, number>;

// name:type with the types of the interface description (U1 I4 R8 ..) and "/" what the value is divided by; "_:n" is
// n reserved bytes; CHn is text. The payload may end before a "?". A group in brackets repeats to the end.

const date = 'year:U2 month:U1 day:U1 hour:U1 min:U1 sec:U1';
export const messages: Record<string, [name: string, layout: string]> = {
  '01 01': ['NAV-POSECEF', 'iTOW:U4 ecefX:I4/100 ecefY:I4/100 ecefZ:I4/100 pAcc:U4/100'],
  '01 02': ['NAV-POSLLH', 'iTOW:U4 lon:I4/1e7 lat:I4/1e7 height:I4 hMSL:I4 hAcc:U4 vAcc:U4'],
  '01 03': ['NAV-STATUS', 'iTOW:U4 gpsFix:U1 flags:U1 fixStat:U1 flags2:U1 ttff:U4 msss:U4'],
  '01 04': [
    'NAV-DOP',
    'iTOW:U4 gDOP:U2/100 pDOP:U2/100 tDOP:U2/100 vDOP:U2/100 hDOP:U2/100 nDOP:U2/100 eDOP:U2/100',
  ],
  '01 05': [
    'NAV-ATT',
    'iTOW:U4 version:U1 _:3 roll:I4/1e5 pitch:I4/1e5 heading:I4/1e5 accRoll:U4/1e5 accPitch:U4/1e5 accHeading:U4/1e5',
  ],
  '01 06': [
    'NAV-SOL',
    'iTOW:U4 fTOW:I4 week:I2 gpsFix:U1 flags:U1 ecefX:I4/100 ecefY:I4/100 ecefZ:I4/100 pAcc:U4/100 ecefVX:I4/100 ecefVY:I4/100 ecefVZ:I4/100 sAcc:U4/100 pDOP:U2/100 _:1 numSV:U1',
  ],
  '01 07': [
    'NAV-PVT',
    `iTOW:U4 ${date} valid:U1 tAcc:U4 nano:I4 fixType:U1 flags:U1 flags2:U1 numSV:U1 lon:I4/1e7 lat:I4/1e7 height:I4 hMSL:I4 hAcc:U4 vAcc:U4 velN:I4 velE:I4 velD:I4 gSpeed:I4 headMot:I4/1e5 sAcc:U4 headAcc:U4/1e5 pDOP:U2/100 flags3:U2 _:4 ?headVeh:I4/1e5 magDec:I2/100 magAcc:U2/100`,
  ],
  '01 09': ['NAV-ODO', 'version:U1 _:3 iTOW:U4 distance:U4 totalDistance:U4 distanceStd:U4'],
  '01 11': ['NAV-VELECEF', 'iTOW:U4 ecefVX:I4/100 ecefVY:I4/100 ecefVZ:I4/100 sAcc:U4/100'],
  '01 12': [
    'NAV-VELNED',
    'iTOW:U4 velN:I4 velE:I4 velD:I4 speed:U4 gSpeed:U4 heading:I4/1e5 sAcc:U4 cAcc:U4/1e5',
  ],
  '01 13': [
    'NAV-HPPOSECEF',
    'version:U1 _:3 iTOW:U4 ecefX:I4/100 ecefY:I4/100 ecefZ:I4/100 ecefXHp:I1 ecefYHp:I1 ecefZHp:I1 flags:U1 pAcc:U4',
  ],
  '01 14': [
    'NAV-HPPOSLLH',
    'version:U1 _:2 flags:U1 iTOW:U4 lon:I4/1e7 lat:I4/1e7 height:I4 hMSL:I4 lonHp:I1 latHp:I1 heightHp:I1 hMSLHp:I1 hAcc:U4/10 vAcc:U4/10',
  ],
  '01 20': ['NAV-TIMEGPS', 'iTOW:U4 fTOW:I4 week:I2 leapS:I1 valid:U1 tAcc:U4'],
  '01 21': ['NAV-TIMEUTC', `iTOW:U4 tAcc:U4 nano:I4 ${date} valid:U1`],
  '01 22': ['NAV-CLOCK', 'iTOW:U4 clkB:I4 clkD:I4 tAcc:U4 fAcc:U4'],
  '01 30': [
    'NAV-SVINFO',
    'iTOW:U4 numCh:U1 globalFlags:U1 _:2 [chn:U1 svid:U1 flags:U1 quality:U1 cno:U1 elev:I1 azim:I2 prRes:I4/100]',
  ],
  '01 35': [
    'NAV-SAT',
    'iTOW:U4 version:U1 numSvs:U1 _:2 [gnssId:U1 svId:U1 cno:U1 elev:I1 azim:I2 prRes:I2/10 flags:U4]',
  ],
  '01 39': ['NAV-GEOFENCE', 'iTOW:U4 version:U1 status:U1 numFences:U1 combState:U1 [state:U1 id:U1]'],
  '01 3b': [
    'NAV-SVIN',
    'version:U1 _:3 iTOW:U4 dur:U4 meanX:I4/100 meanY:I4/100 meanZ:I4/100 meanXHP:I1 meanYHP:I1 meanZHP:I1 _:1 meanAcc:U4/10 obs:U4 valid:U1 active:U1',
  ],
  '01 3c': [
    'NAV-RELPOSNED',
    'version:U1 _:1 refStationId:U2 iTOW:U4 relPosN:I4/100 relPosE:I4/100 relPosD:I4/100 relPosLength:I4/100 relPosHeading:I4/1e5 _:4 relPosHPN:I1 relPosHPE:I1 relPosHPD:I1 relPosHPLength:I1 accN:U4 accE:U4 accD:U4 accLength:U4 accHeading:U4/1e5 _:4 flags:U4',
  ],
  '01 43': [
    'NAV-SIG',
    'iTOW:U4 version:U1 numSigs:U1 _:2 [gnssId:U1 svId:U1 sigId:U1 freqId:U1 prRes:I2/10 cno:U1 qualityInd:U1 corrSource:U1 ionoModel:U1 sigFlags:U2 _:4]',
  ],
  '01 61': ['NAV-EOE', 'iTOW:U4'],
  '02 13': ['RXM-SFRBX', 'gnssId:U1 svId:U1 sigId:U1 freqId:U1 numWords:U1 chn:U1 version:U1 _:1 [dwrd:U4]'],
  '02 15': [
    'RXM-RAWX',
    'rcvTow:R8 week:U2 leapS:I1 numMeas:U1 recStat:U1 version:U1 _:2 [prMes:R8 cpMes:R8 doMes:R4 gnssId:U1 svId:U1 sigId:U1 freqId:U1 locktime:U2 cno:U1 prStdev:U1 cpStdev:U1 doStdev:U1 trkStat:U1 _:1]',
  ],
  '04 00': ['INF-ERROR', 'text:CH'],
  '04 01': ['INF-WARNING', 'text:CH'],
  '04 02': ['INF-NOTICE', 'text:CH'],
  '04 03': ['INF-TEST', 'text:CH'],
  '04 04': ['INF-DEBUG', 'text:CH'],
  '05 00': ['ACK-NAK', 'clsID:U1 msgID:U1'],
  '05 01': ['ACK-ACK', 'clsID:U1 msgID:U1'],
  '06 00': [
    'CFG-PRT',
    'portID:U1 _:1 txReady:U2 mode:U4 baudRate:U4 inProtoMask:U2 outProtoMask:U2 flags:U2 _:2',
  ],
  '06 01': ['CFG-MSG', 'msgClass:U1 msgID:U1 rateDDC:U1 rateUART1:U1 rateUART2:U1 rateUSB:U1 rateSPI:U1 _:1'],
  '06 08': ['CFG-RATE', 'measRate:U2 navRate:U2 timeRef:U2'],
  '06 17': [
    'CFG-NMEA',
    'filter:U1 nmeaVersion:U1 numSV:U1 flags:U1 ?gnssToFilter:U4 svNumbering:U1 mainTalkerId:U1 gsvTalkerId:U1 version:U1',
  ],
  '06 24': [
    'CFG-NAV5',
    'mask:U2 dynModel:U1 fixMode:U1 fixedAlt:I4/100 fixedAltVar:U4/1e4 minElev:I1 drLimit:U1 pDop:U2/10 tDop:U2/10 pAcc:U2 tAcc:U2 staticHoldThresh:U1 dgnssTimeout:U1 cnoThreshNumSVs:U1 cnoThresh:U1',
  ],
  '06 8a': ['CFG-VALSET', 'version:U1 layers:U1 _:2'],
  '06 8b': ['CFG-VALGET', 'version:U1 layer:U1 position:U2'],
  '0a 04': ['MON-VER', 'swVersion:CH30 hwVersion:CH10 [extension:CH30]'],
  '0a 09': [
    'MON-HW',
    'pinSel:U4 pinBank:U4 pinDir:U4 pinVal:U4 noisePerMS:U2 agcCnt:U2 aStatus:U1 aPower:U1 flags:U1 _:1 usedMask:U4',
  ],
  '0a 38': [
    'MON-RF',
    'version:U1 nBlocks:U1 _:2 [blockId:U1 flags:U1 antStatus:U1 antPower:U1 postStatus:U4 _:4 noisePerMS:U2 agcCnt:U2 jamInd:U1 ofsI:I1 magI:U1 ofsQ:I1 magQ:U1 _:3]',
  ],
  '0d 01': ['TIM-TP', 'towMS:U4 towSubMS:U4 qErr:I4 week:U2 flags:U1 refInfo:U1'],
  '0d 03': [
    'TIM-TM2',
    'ch:U1 flags:U1 count:U2 wnR:U2 wnF:U2 towMsR:U4 towSubMsR:U4 towMsF:U4 towSubMsF:U4 accEst:U4',
  ],
  '10 02': ['ESF-MEAS', 'timeTag:U4 flags:U2 id:U2'],
  '10 10': [
    'ESF-STATUS',
    'iTOW:U4 version:U1 _:7 fusionMode:U1 _:2 numSens:U1 [sensStatus1:U1 sensStatus2:U1 freq:U1 faults:U1]',
  ],
  '10 14': ['ESF-ALG', 'iTOW:U4 version:U1 flags:U1 error:U1 _:1 yaw:U4/100 pitch:I2/100 roll:I2/100'],
  '10 15': [
    'ESF-INS',
    'bitfield0:U4 _:4 iTOW:U4 xAngRate:I4/1e3 yAngRate:I4/1e3 zAngRate:I4/1e3 xAccel:I4/100 yAccel:I4/100 zAccel:I4/100',
  ],
  '13 21': ['MGA-FLASH-ACK', 'type:U1 version:U1 ack:U1 _:1 sequence:U2'],
  '13 60': ['MGA-ACK-DATA0', 'type:U1 version:U1 infoCode:U1 msgId:U1 msgPayloadStart:U4'],
  '27 03': ['SEC-UNIQID', 'version:U1 _:3 uniqueId:HEX'],
  '28 00': [
    'HNR-PVT',
    `iTOW:U4 ${date} valid:U1 nano:I4 gpsFix:U1 flags:U1 _:2 lon:I4/1e7 lat:I4/1e7 height:I4 hMSL:I4 gSpeed:I4 speed:I4 headMot:I4/1e5 headVeh:I4/1e5 hAcc:U4 vAcc:U4 sAcc:U4 headAcc:U4/1e5`,
  ],
};

const types: Record<string, [size: number, read: (bytes: Uint8Array, at: number) => number | bigint]> = {
  U1: [1, u8],
  U2: [2, u16le],
  U4: [4, u32le],
  I1: [1, i8],
  I2: [2, i16le],
  I4: [4, i32le],
  R4: [4, f32le],
  R8: [8, f64le],
};

const text = (bytes: Uint8Array): string => ascii(bytes).replace(/\0.*$/s, '').trim();

/** Reads fields from `at` on; returns where they end. */
function readFields(fields: readonly string[], payload: Uint8Array, at: number, out: Values): number {
  let next = at;
  for (const field of fields) {
    if (field.startsWith('?') && next >= payload.length) break;
    const [name = '', kind = ''] = field.replace('?', '').split(':');
    if (name === '_') {
      next += Number(kind);
      continue;
    }
    if (kind === 'HEX' || kind.startsWith('CH')) {
      const size = Number(kind.slice(2)) || payload.length - next;
      if (next + size > payload.length) throw new RangeError(`${name} is cut off`);
      const bytes = payload.subarray(next, next + size);
      out[name] = kind === 'HEX' ? hex(bytes) : text(bytes);
      next += size;
      continue;
    }
    const [type = '', divisor = '1'] = kind.split('/');
    const [size, read] = types[type] as (typeof types)[string];
    out[name] = Number(read(payload, next)) / Number(divisor);
    next += size;
  }
  return next;
}

export function readMessage(layout: string, payload: Uint8Array): { ubx: Values; end: number } {
  const [head = '', group] = layout.split(/\s*[[\]]/);
  const ubx: Values = {};
  let end = readFields(head.split(' '), payload, 0, ubx);
  if (group !== undefined) {
    const list: Values[] = [];
    while (end < payload.length) {
      const item: Values = {};
      end = readFields(group.split(' '), payload, end, item);
      if (end > payload.length) throw new RangeError('a repeated group is cut off');
      list.push(item);
    }
    ubx.list = list;
  }
  return { ubx, end };
}
