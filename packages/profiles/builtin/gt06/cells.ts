// Layouts of GT06 messages about the cells and access points around a device that has no fix.

import { hex, type Reader } from 'fairlead:helpers';
import type { Decoder, Message, Values } from './message.ts';
import { ALARMS, areaAndCell, type CellForm, date, network, setAlarm, WIDE } from './parts.ts';

interface CellList {
  count?: number;
  form?: CellForm;
  wifi?: boolean;
  advanceFirst?: boolean;
}

/** Cells (and access points) around a device that has no fix. */
export const cells = ({ count = 7, form = {}, wifi = false, advanceFirst = false }: CellList): Decoder => {
  return (message) => {
    const { content, values } = message;
    message.time = date(message);
    if (advanceFirst) content.skip(1);
    const operator = network(content, form);
    cellList(message, operator, advanceFirst ? content.u8() : count, form);
    if (!advanceFirst && content.left > 0) content.skip(1); // timing advance
    if (wifi && content.left > 0) values.wifi = accessPoints(content, content.u8());
  };
};

function cellList({ content, values }: Message, operator: Values, count: number, form: CellForm): void {
  const list: Values[] = [];
  for (let i = 0; i < count; i++) {
    const place = areaAndCell(content, form);
    const level = content.u8();
    if (place.lac !== 0) list.push({ ...operator, ...place, level });
  }
  if (list[0]) {
    const { level, ...serving } = list[0];
    Object.assign(values, serving, { cells: list, rssi: -Number(level) });
  }
}

export function accessPoints(content: Reader, count: number): Values[] {
  return Array.from({ length: count }, () => ({ mac: hex(content.take(6), ':'), level: content.u8() }));
}

export function wifiAlarm(message: Message): void {
  const { content, values } = message;
  message.time = date(message);
  const operator = network(content, {});
  const form = content.u8() > 0 ? WIDE : {};
  cellList(message, operator, content.u8(), form);
  content.skip(1); // timing advance
  values.wifi = accessPoints(content, content.u8());
  const code = content.u8();
  setAlarm(values, ALARMS[((content.u8() >> 4) << 8) | code]);
}

export function accessPointList(message: Message): void {
  const { content, values } = message;
  message.time = date(message);
  values.wifi = Array.from({ length: content.u8() }, () => {
    content.skip(2);
    return { mac: hex(content.take(6), ':') };
  });
}
