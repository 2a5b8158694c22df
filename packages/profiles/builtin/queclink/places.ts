// Places and cells in a report.

import { isTime, type Report, type Result, set, time, type Values } from './report.ts';

const isDegrees = (field: string | undefined): boolean => /^-?\d{1,3}\.\d{6}$/.test(field ?? '');

/** Numbers of the fields that hold a longitude. */
export function found(fields: string[]): number[] {
  const list: number[] = [];
  for (let i = 4; i + 2 < fields.length; i++)
    if (isDegrees(fields[i]) && isDegrees(fields[i + 1]) && isTime(fields[i + 2])) list.push(i);
  return list;
}

export function places(report: Report): Result[] {
  const { id, type, kind, version, fields, sent, count } = report;
  const head = { deviceId: id, messageType: type, protocolVersion: version, count };
  const archive = kind === 'BUFF' ? { archive: true } : {};
  const list = found(fields);
  if (list.length === 0) return [{ values: { ...head, ...archive }, ...(sent && { time: sent }) }];
  return list.map((at) => {
    const values: Values = { ...head, ...archive, ...(sent && { sentTime: sent.toISOString() }) };
    place(values, fields, at);
    return { values, time: time(fields[at + 2] as string) };
  });
}

function place(values: Values, fields: string[], at: number): void {
  const [hdop, speed, course, altitude, longitude, latitude] = fields.slice(at - 4, at + 2);
  if (Math.abs(Number(latitude)) > 90 || Math.abs(Number(longitude)) > 180)
    throw new RangeError('no such place');
  values.valid = true;
  values.longitude = Number(longitude);
  values.latitude = Number(latitude);
  set(values, 'hdop', hdop);
  set(values, 'speed', speed);
  set(values, 'course', course);
  set(values, 'altitude', altitude);
  cell(values, fields.slice(at + 3, at + 7));
}

export const isCell = ([mcc, mnc, lac, cellId]: (string | undefined)[]): boolean =>
  /^\d{3,4}$/.test(mcc ?? '') &&
  /^\d{1,4}$/.test(mnc ?? '') &&
  /^[\da-f]{1,8}$/i.test(lac ?? '') &&
  /^[\da-f]{1,9}$/i.test(cellId ?? '');

export const cellOf = ([mcc, mnc, lac, cellId, level]: string[]): Values => ({
  mcc: Number(mcc),
  mnc: Number(mnc),
  lac: Number.parseInt(lac as string, 16),
  cellId: Number.parseInt(cellId as string, 16),
  ...(level !== undefined && { level: Number(level) }),
});

function cell(values: Values, fields: string[]): void {
  if (isCell(fields)) Object.assign(values, cellOf(fields));
}

/** What follows the last place and its cell. */
export function tailOf(fields: string[]): string[] | undefined {
  const at = found(fields).at(-1);
  return at === undefined ? undefined : fields.slice(at + 7);
}
