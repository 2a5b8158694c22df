// The fields of a message one after another, and what those of all series mean.

import { dateText } from 'fairlead:helpers';

export type Values = Record<string, unknown>;

/** Takes one field after another. */
export class Fields {
  readonly list: string[];
  at = 0;

  constructor(list: string[]) {
    this.list = list;
  }

  get left(): number {
    return this.list.length - this.at;
  }

  /** The next field, without moving. */
  get head(): string {
    return this.list[this.at] ?? '';
  }

  next(): string {
    const field = this.list[this.at];
    if (field === undefined) throw new RangeError('the message ends early');
    this.at++;
    return field;
  }

  number(): number {
    const field = this.next();
    const value = Number(field);
    if (field === '' || Number.isNaN(value)) throw new RangeError(`not a number: ${field.slice(0, 40)}`);
    return value;
  }

  hex(): number {
    return Number.parseInt(this.next(), 16);
  }

  rest(): string[] {
    return this.list.slice(this.at);
  }
}

export function time(fields: Fields): Date {
  const date = fields.next();
  return dateText(date, fields.next().replaceAll(':', ''));
}

export function place(values: Values, latitude: number, longitude: number): void {
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) throw new RangeError('no such place');
  values.latitude = latitude;
  values.longitude = longitude;
}

export function motion(values: Values, fields: Fields): void {
  place(values, fields.number(), fields.number());
  values.speed = fields.number();
  values.course = fields.number();
}

export const EMERGENCIES: Record<number, string> = {
  1: 'sos',
  2: 'parking',
  3: 'powerCut',
  5: 'door',
  6: 'door',
  7: 'movement',
  8: 'vibration',
};
export const ALERTS: Record<number, string> = {
  1: 'overspeed',
  5: 'geofenceExit',
  6: 'geofenceEnter',
  14: 'lowBattery',
  15: 'vibration',
  16: 'accident',
  40: 'powerRestored',
  41: 'powerCut',
  42: 'sos',
  46: 'hardAcceleration',
  47: 'hardBraking',
  50: 'jamming',
  132: 'door',
};

export function event(values: Values, number: number, names: Record<number, string>): void {
  values.event = number;
  if (names[number] !== undefined) values.alarm = names[number];
}
