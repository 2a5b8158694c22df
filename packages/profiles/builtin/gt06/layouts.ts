// Which layout a GT06 message has, by type and length.

import { accessPointList, cells, wifiAlarm } from './cells.ts';
import { heartbeat, shortHeartbeat, stepHeartbeat } from './heartbeats.ts';
import type { Decoder, Message } from './message.ts';
import { modular, statusList } from './modules.ts';
import { gps, LARGE_ID, LTE, unknown, WIDE } from './parts.ts';
import {
  addressRequest,
  alarm,
  alarmAltitude,
  alarmCard,
  alarmModules,
  alarmVoltage,
  locationCard,
  position,
  position12,
  positionAltitude,
  positionBattery,
  positionButton,
  positionCard,
  positionClimate,
  positionDriver,
  positionGeneration,
  positionLte,
  positionModules,
  positionNamed,
  positionX1,
  statusModules,
} from './positions.ts';
import {
  batteryPack,
  cameraEvent,
  cellAddress,
  cellAlarm,
  cellStatus,
  clockTag,
  commandReply,
  countedParts,
  engine,
  information,
  serialData,
  text,
} from './reports.ts';

const DECODERS: Record<number, Decoder> = {
  16: gps,
  17: position({ mnc: 2, id: 4 }),
  18: position12,
  19: heartbeat,
  21: text,
  22: alarm(),
  23: positionCard,
  24: cells({ wifi: true }),
  25: cellStatus,
  26: gps,
  30: position({}),
  33: commandReply,
  34: position({}),
  35: shortHeartbeat,
  36: cells({}),
  37: position(LARGE_ID),
  38: alarm(),
  39: alarm(true),
  40: cells({}),
  42: addressRequest,
  44: cells({ wifi: true }),
  45: position({}),
  46: cells({}),
  49: position({}),
  50: alarm(),
  51: cells({ count: 6, form: LARGE_ID, wifi: true }),
  52: positionX1,
  54: statusModules,
  55: positionModules,
  56: positionGeneration,
  57: alarmModules,
  64: batteryPack,
  97: positionButton,
  112: modular,
  140: engine,
  148: information,
  149: cameraEvent,
  155: serialData,
  160: position(WIDE),
  161: cells({ form: WIDE }),
  162: cells({ form: WIDE, wifi: true }),
  163: alarm(true),
  164: alarm(true),
  165: cellAlarm,
  167: cellAddress,
  169: wifiAlarm,
  178: clockTag,
  241: statusList,
  242: statusList,
  243: accessPointList,
};

/** By type and length: contents that differ from the usual one of their type. */
const VARIANTS: Record<number, Record<number, Decoder>> = {
  22: { 36: alarmVoltage, 38: alarm(false, LARGE_ID), 45: alarmCard },
  18: { 39: positionNamed },
  34: { 47: positionClimate, 60: positionDriver },
  36: { 46: positionBattery, 49: cells({ advanceFirst: true }) },
  49: { 42: positionAltitude },
  37: { 78: positionDriver },
  50: { 39: alarm(false, LTE), 41: alarmAltitude },
  54: { 53: locationCard },
  162: { 64: positionLte },
  163: { 12: stepHeartbeat, 24: stepHeartbeat },
};

export function decoder({ type, length, long }: Message): Decoder {
  if (long && (type === 0x32 || type === 0x33)) return countedParts;
  return (long ? undefined : VARIANTS[type]?.[length]) ?? DECODERS[type] ?? unknown;
}
