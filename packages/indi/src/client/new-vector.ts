import { indiErrors } from '../catalogue.ts';
import type { AnyNewVector, BlobValue, Member, SettableType } from '../wire/index.ts';
import { parseNumber } from '../wire/index.ts';
import { notWritable } from '../wire/text.ts';
import type { Element, Property } from './model.ts';

/** Values by element. Numbers may be given as text, sexagesimal too; switches as `On`, `Off`. */
export type NewValues = Readonly<Record<string, string | number | boolean | BlobValue>>;

/**
 * The element that asks for `values`. Texts and numbers that are not given go along as they are, as most drivers want a
 * vector whole, but for those that would have the whole of it refused; switches go alone. Throws `PROPERTY_NOT_SETTABLE`.
 */
export function newVectorFor(property: Property, values: NewValues, timestamp: number): AnyNewVector {
  const { device, name, type } = property;
  const where = `${device}.${name}`;
  const refuse = (reason: string): Error =>
    indiErrors.error('PROPERTY_NOT_SETTABLE', { property: where, reason });
  if (type === 'Light' || property.perm === 'ro') throw refuse('it is read-only');
  for (const given of Object.keys(values))
    if (!property.elements.has(given))
      throw refuse(`it has no element "${given}", but ${[...property.elements.keys()].join(', ')}`);
  const members: Member[] = [];
  for (const element of property.elements.values()) {
    const given = values[element.name];
    if (given !== undefined)
      members.push({ name: element.name, value: newValue(type, element, given, refuse) } as Member);
    else if (goesAlong(element)) members.push({ name: element.name, value: element.value } as Member);
  }
  const on = members.filter(({ value }) => value === true).map((member) => member.name);
  if (on.length > 1 && property.rule !== undefined && property.rule !== 'AnyOfMany')
    throw refuse(`only one of its switches may be On, not ${on.join(' and ')}`);
  return { tag: `new${type}Vector`, type, device, name, timestamp, members } as AnyNewVector;
}

/** Whether a value that the driver has told can be told to it: neither NaN, nor out of its own range, nor no text of XML. */
function goesAlong({ value, min = 0, max = 0 }: Element): boolean {
  if (typeof value === 'string') return notWritable(value) === undefined;
  return Number.isFinite(value) && !isOutside(value as number, min, max);
}

function isOutside(number: number, min: number, max: number): boolean {
  return min < max && (number < min || number > max);
}

function newValue(
  type: SettableType,
  { name, min = 0, max = 0 }: Element,
  given: NewValues[string],
  refuse: (reason: string) => Error,
): Member['value'] {
  switch (type) {
    case 'Text':
      return String(given);
    case 'Number': {
      const number = typeof given === 'number' ? given : parseNumber(String(given));
      if (number === undefined || !Number.isFinite(number))
        throw refuse(`"${given}" for ${name} is no number`);
      if (isOutside(number, min, max)) throw refuse(`${number} for ${name} is not between ${min} and ${max}`);
      return number;
    }
    case 'Switch': {
      const on = given === true || /^(on|true|1)$/i.test(String(given));
      if (!on && given !== false && !/^(off|false|0)$/i.test(String(given)))
        throw refuse(`"${given}" for ${name} is neither On nor Off`);
      return on;
    }
    default:
      if (typeof given !== 'object') throw refuse(`${name} is a BLOB`);
      return given;
  }
}
